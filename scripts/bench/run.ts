import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measureAddedLatency, measureStart, measureStreamMemory } from './extras.ts';
import { extraHead, extraRow, formatTable, workloadHead, workloadRow } from './report.ts';
import { measureWorkload } from './rounds.ts';
import { otherCore, startTarget, startUpstream, type Target, type TargetName } from './targets.ts';
import { workloads } from './workloads.ts';

/**
 * The gateway against the least a Node process can do for the same answers: `node scripts/bench/run.ts [--quick]
 * [--only W2,W5,latency,memory,start] [--rounds 5]`. Read the multiples: the microseconds are this machine's and this
 * run's. Needs Linux and two cores that have nothing else to do. Writes nothing but the table.
 */
const { values } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, rounds: { type: 'string' } },
});
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const share = values.quick ? 0.25 : 1;
const only = values.only?.split(',');
const wants = (name: string): boolean => only === undefined || only.includes(name);

spawnSync('taskset', ['-cp', String(otherCore), String(process.pid)]);
const upstream = await startUpstream();
const targets: Target[] = [];
try {
  for (const name of ['bare', 'bare-tr', 'gateway'] satisfies TargetName[]) {
    targets.push(await startTarget(name, upstream.port));
  }
  console.log(`Node ${process.version}, ${cpus()[0]?.model.trim()}, best of ${rounds} interleaved rounds`);
  await runWorkloads();
  await runExtras();
} finally {
  for (const target of targets) await target.stop();
  await upstream.stop();
}

async function runWorkloads(): Promise<void> {
  const rows: string[][] = [];
  const extra: string[][] = [];
  for (const workload of workloads) {
    if (!wants(workload.name)) continue;
    progress(workload.name);
    const found = await measureWorkload(workload, targets, upstream.port, rounds, share);
    rows.push(workloadRow(workload, found));
    const floor = found.get('bare-tr')?.firstMs;
    const gateway = found.get('gateway')?.firstMs;
    if (workload.name !== 'W6' || floor === undefined || gateway === undefined) continue;
    extra.push(extraRow('first event in W6, p50 ms', floor, gateway, 'P8 <= bare-tr + 2', floor + 2));
  }
  if (rows.length === 0) return;
  console.log(`\nCPU of the whole process tree, us per request:\n\n${formatTable(workloadHead, rows)}`);
  if (extra.length > 0) console.log(`\n${formatTable(extraHead, extra)}`);
}

async function runExtras(): Promise<void> {
  const rows: string[][] = [];
  if (wants('latency')) {
    progress('latency');
    const added = await measureAddedLatency(targets, upstream.port, rounds);
    rows.push(row('added p50 at concurrency 1, W2, ms', added, 'P10 <= 0.40', 0.4));
  }
  if (wants('memory')) {
    progress('memory');
    const perStream = await measureStreamMemory(upstream.port, values.quick ? 300 : 1_000);
    rows.push(row('memory per open stream, KB', perStream, 'P9 <= 100', 100));
  }
  if (wants('start')) {
    progress('start');
    const found = await measureStart(upstream.port, rounds);
    const of = (field: 'startMs' | 'idleMb') =>
      new Map([...found].map(([name, each]) => [name, each[field]]));
    rows.push(row('spawn to first 200, ms', of('startMs'), 'P13 <= 300', 300));
    rows.push(row('idle RSS, MiB', of('idleMb'), 'P13 <= 95', 95));
  }
  if (rows.length > 0) console.log(`\n${formatTable(extraHead, rows)}`);
}

function row(figure: string, found: Map<string, number>, goal: string, limit: number): string[] {
  return extraRow(
    figure,
    found.get('bare-tr') ?? Number.NaN,
    found.get('gateway') ?? Number.NaN,
    goal,
    limit,
  );
}

/** On standard error, so that the table can be redirected. */
function progress(name: string): void {
  process.stderr.write(`${name} ...\n`);
}
