import { silentLog } from '../../core/observe/log.ts';
import { createInlineRunner } from '../../core/translate/inline-runner.ts';
import { createPoolRunner } from '../../core/translate/pool-runner.ts';
import type { Runner } from '../../core/translate/runner.ts';
import { context, echo, echoRequest, echoStream, requestOf } from '../../test/core/translate/plans.ts';
import plugin from '../../test/core/translate/toys/echo.ts';

/**
 * What a hop to a worker costs beside the same steps inline: `node scripts/bench/pool.ts`. The translator does next to
 * nothing, so the figures are those of the runners. CPU is of the main thread; read ratios, not microseconds.
 */
const runners: [string, Runner][] = [
  ['inline', createInlineRunner(undefined, () => plugin)],
  ['pool', createPoolRunner({ modules: [echo], threads: 1, maxQueue: 1_000, log: silentLog })],
];

interface Figures {
  latency: number;
  cpu: number;
}

/** Microseconds per call: one after the other, and of main-thread CPU with `atOnce` under way. */
async function measure(call: () => unknown, calls: number, atOnce: number): Promise<Figures> {
  for (let index = 0; index < 200; index++) await call();
  const startedAt = performance.now();
  for (let index = 0; index < calls; index++) await call();
  const latency = ((performance.now() - startedAt) * 1_000) / calls;
  const before = process.threadCpuUsage();
  for (let index = 0; index < calls; index += atOnce) {
    await Promise.all(Array.from({ length: atOnce }, call));
  }
  const used = process.threadCpuUsage(before);
  return { latency, cpu: (used.user + used.system) / calls };
}

function report(what: string, figures: Record<string, Figures>): void {
  const { inline, pool } = figures;
  if (inline === undefined || pool === undefined) return;
  const write = (value: number) => value.toFixed(1).padStart(9);
  const cpu = `${write(inline.cpu)}${write(pool.cpu)}   x${(pool.cpu / inline.cpu).toFixed(2)}`;
  console.log(`${what.padEnd(24)}${write(inline.latency)}${write(pool.latency)}  ${cpu}`);
}

console.log(
  `${'us'.padEnd(24)}${'inline'.padStart(9)}${'pool'.padStart(9)}  ${'main CPU'.padStart(9)}${'pool'.padStart(9)}`,
);
for (const [kilobytes, calls] of [
  [1, 6_000],
  [10, 4_000],
  [100, 1_000],
  [1_000, 100],
] as const) {
  const body = requestOf({ text: 'x'.repeat(kilobytes * 1_000 - 50) });
  const figures: Record<string, Figures> = {};
  for (const [name, runner] of runners) {
    figures[name] = await measure(() => runner.request(echoRequest, body, context), calls, 8);
  }
  report(`request of ${kilobytes} KB`, figures);
}
for (const streams of [1, 20, 200]) {
  for (const events of [1, 5]) {
    const figures: Record<string, Figures> = {};
    for (const [name, runner] of runners) {
      const runs = Array.from({ length: streams }, () => runner.stream(echoStream, 'sse', context, []));
      const frames = Array.from({ length: events }, () => ({ data: '{"text":"some words of a stream"}' }));
      const tick = () => Promise.all(runs.map((run) => run.push(frames)));
      const made = await measure(tick, Math.max(200, 3_000 / streams), 1);
      figures[name] = { latency: made.latency, cpu: made.cpu / streams / events };
    }
    report(`${streams} streams, ${events} per read`, figures);
  }
}
for (const [, runner] of runners) await runner.close();
