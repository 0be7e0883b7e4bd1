import { checkAnswer } from './check.ts';
import { Load, median } from './load.ts';
import { cpuMs } from './process-tree.ts';
import type { Target, TargetName } from './targets.ts';
import type { Workload } from './workloads.ts';

/** The best of all rounds of one target. */
export interface Figures {
  /** Microseconds of CPU per request, or per event of a stream. */
  cpuUs: number;
  requestsPerSecond: number;
  /** Median from the request to its first byte, in milliseconds; of the round in which it was lowest. */
  firstMs: number;
}
export type ByTarget = Map<TargetName, Figures>;

/** Rounds of all targets in turn, so that a noisy minute of the machine meets all of them. */
export async function measureWorkload(
  workload: Workload,
  targets: readonly Target[],
  upstreamPort: number,
  rounds: number,
  share: number,
): Promise<ByTarget> {
  const taking = targets.filter((target) => workload.targets.includes(target.name));
  const lengths = new Map<Target, number>();
  for (const target of taking) lengths.set(target, await checkAnswer(workload, target, upstreamPort));
  const best: ByTarget = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const target of taking) {
      const load = await Load.open(workload, target, lengths.get(target) ?? 0);
      const found = await measureRound(workload, target, load, share);
      load.close();
      const known = best.get(target.name) ?? found;
      best.set(target.name, {
        cpuUs: Math.min(known.cpuUs, found.cpuUs),
        requestsPerSecond: Math.max(known.requestsPerSecond, found.requestsPerSecond),
        firstMs: Math.min(known.firstMs, found.firstMs),
      });
    }
  }
  return best;
}

async function measureRound(workload: Workload, target: Target, load: Load, share: number): Promise<Figures> {
  const isSlow = workload.script === 'slow';
  const requests = isSlow ? workload.requests : Math.ceil(workload.requests * share);
  if (!isSlow) await load.run(Math.ceil(requests / 5));
  const cpuBefore = cpuMs(target.pid);
  const startedAt = performance.now();
  // Slow streams start over a second: nobody's clients all start at once.
  const latencies = await load.run(requests, isSlow ? 1_000 : 0);
  const elapsedMs = performance.now() - startedAt;
  const cpuUs = (cpuMs(target.pid) - cpuBefore) * 1_000;
  return {
    cpuUs: cpuUs / requests / (workload.events ?? 1),
    requestsPerSecond: (requests * 1_000) / elapsedMs,
    firstMs: median(latencies),
  };
}
