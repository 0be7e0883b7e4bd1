import { setTimeout as wait } from 'node:timers/promises';
import { Connection, formatRequest } from './connection.ts';
import { median } from './load.ts';
import { requestBody } from './payloads.ts';
import { residentKb } from './process-tree.ts';
import { startTarget, type Target, type TargetName } from './targets.ts';
import { paths } from './workloads.ts';

const names: readonly TargetName[] = ['bare-tr', 'gateway'];

/** Milliseconds that a target adds to the median of W2 when one request is under way at a time. */
export async function measureAddedLatency(
  targets: readonly Target[],
  upstreamPort: number,
  rounds: number,
): Promise<Map<string, number>> {
  const direct = formatRequest(paths.anthropic, '', requestBody('anthropic', 'small', 'small'));
  const best = new Map<string, number>();
  const note = (name: string, found: number) => best.set(name, Math.min(found, best.get(name) ?? found));
  for (let round = 0; round < rounds; round++) {
    note('direct', await medianOf(upstreamPort, direct));
    for (const target of targets) {
      if (!names.includes(target.name)) continue;
      const body = requestBody('openai', 'anthropic/small', 'small');
      note(target.name, await medianOf(target.port, formatRequest(paths.openai, target.key, body)));
    }
  }
  const base = best.get('direct') ?? 0;
  return new Map(names.map((name) => [name, (best.get(name) ?? Number.NaN) - base]));
}

async function medianOf(port: number, request: Buffer): Promise<number> {
  const connection = await Connection.open(port);
  const times: number[] = [];
  for (let index = 0; index < 1_500; index++) {
    const sentAt = performance.now();
    const { firstAt } = await connection.send(request);
    if (index >= 300) times.push(firstAt - sentAt);
  }
  connection.close();
  return median(times);
}

/** Resident KB per translated stream that is open and silent, over the first hundred, in a fresh process each. */
export async function measureStreamMemory(
  upstreamPort: number,
  streams: number,
): Promise<Map<string, number>> {
  const perStream = new Map<string, number>();
  for (const name of names) {
    const target = await startTarget(name, upstreamPort);
    try {
      await warm(target);
      const first = await hold(target, 100);
      await wait(500);
      const before = residentKb(target.pid);
      const rest = await hold(target, streams);
      await wait(500);
      perStream.set(name, (residentKb(target.pid) - before) / streams);
      for (const connection of [...first, ...rest]) connection.close();
    } finally {
      await target.stop();
    }
  }
  return perStream;
}

async function warm(target: Target): Promise<void> {
  const body = requestBody('openai', 'anthropic/small', 'small');
  const request = formatRequest(paths.openai, target.key, body);
  const connection = await Connection.open(target.port);
  for (let index = 0; index < 5_000; index++) await connection.send(request);
  connection.close();
}

async function hold(target: Target, count: number): Promise<Connection[]> {
  const body = requestBody('openai', 'anthropic/held', 'held');
  const request = formatRequest(paths.openai, target.key, body);
  const held: Connection[] = [];
  for (let index = 0; index < count; index++) {
    const connection = await Connection.open(target.port);
    // Never answered in full: closing the connection ends it.
    void connection.send(request);
    held.push(connection);
    if (index % 20 === 19) await untilAnswered(held);
  }
  await untilAnswered(held);
  return held;
}

async function untilAnswered(connections: readonly Connection[]): Promise<void> {
  while (!connections.every((connection) => connection.answered)) await wait(5);
}

export interface StartFigures {
  startMs: number;
  idleMb: number;
}

/** From spawn to the first 200 (for the floor: to its port being known), and resident memory two seconds later. */
export async function measureStart(upstreamPort: number, rounds: number): Promise<Map<string, StartFigures>> {
  const best = new Map<string, StartFigures>();
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const startedAt = performance.now();
      const target = await startTarget(name, upstreamPort);
      const startMs = performance.now() - startedAt;
      await wait(2_000);
      const idleMb = residentKb(target.pid) / 1024;
      await target.stop();
      const known = best.get(name) ?? { startMs, idleMb };
      best.set(name, { startMs: Math.min(startMs, known.startMs), idleMb: Math.min(idleMb, known.idleMb) });
    }
  }
  return best;
}
