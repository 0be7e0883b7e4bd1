import type { BreakerSettings } from '../config/settings.ts';

/** How a call of a plugin ended; `killed`: its thread had to be ended, or ended. */
export type CallOutcome = 'ok' | 'failed' | 'killed';

/** Calls of the window, as they were when something tripped. */
export interface CallCounts {
  calls: number;
  /** Killed ones included. */
  failed: number;
  killed: number;
}
/**
 * `errors`: too large a share failed. `kills`: too many had to be stopped, and the plugin is paused now. `recovered`: the
 * call that tried it again went well.
 */
export type Trip = 'errors' | 'kills' | 'recovered';

/** Watches the calls of one version of a plugin. Times are milliseconds of any clock that only goes forward. */
export interface Breaker {
  /** May a call be made? While paused: no, until the pause is over; then one may, and decides. */
  admit(nowMs: number): boolean;
  /** While true, what was admitted before and waits for a thread is not worth one. */
  isPaused(nowMs: number): boolean;
  /** It was paused, and no call has shown since that it may go on. */
  isOpen(): boolean;
  record(outcome: CallOutcome, nowMs: number): Trip | null;
  counts(nowMs: number): CallCounts;
}

/** The window goes forward in steps of a sixth. */
const buckets = 6;

export function createBreaker(settings: () => BreakerSettings): Breaker {
  let steps: (CallCounts & { step: number })[] = [];
  /** Since when it is paused; null: it is not. */
  let pausedAt: number | null = null;
  /** When the call went out that tries it again. */
  let triedAt: number | null = null;

  const stepMs = (): number => (settings().windowSeconds * 1000) / buckets;
  const pauseMs = (): number => settings().pauseSeconds * 1000;

  function counts(nowMs: number): CallCounts {
    const first = Math.floor(nowMs / stepMs()) - buckets;
    steps = steps.filter(({ step }) => step > first);
    const sum: CallCounts = { calls: 0, failed: 0, killed: 0 };
    for (const { calls, failed, killed } of steps) {
      sum.calls += calls;
      sum.failed += failed;
      sum.killed += killed;
    }
    return sum;
  }
  function add(outcome: CallOutcome, nowMs: number): void {
    const step = Math.floor(nowMs / stepMs());
    let bucket = steps.at(-1);
    if (bucket?.step !== step) {
      bucket = { step, calls: 0, failed: 0, killed: 0 };
      steps.push(bucket);
    }
    bucket.calls++;
    if (outcome !== 'ok') bucket.failed++;
    if (outcome === 'killed') bucket.killed++;
  }
  function judge(nowMs: number): Trip | null {
    const { errorShare, minCalls, maxKills } = settings();
    const { calls, failed, killed } = counts(nowMs);
    if (killed >= maxKills && killed >= calls * errorShare) {
      pausedAt = nowMs;
      triedAt = null;
      return 'kills';
    }
    return calls >= minCalls && failed >= calls * errorShare ? 'errors' : null;
  }

  return {
    counts,
    isOpen: () => pausedAt !== null,
    // Also when the pause is over: only the call that tries it again may pass.
    isPaused: (nowMs) => pausedAt !== null && (triedAt === null || nowMs - pausedAt < pauseMs()),
    admit(nowMs) {
      if (pausedAt === null) return true;
      if (nowMs - pausedAt < pauseMs()) return false;
      // A call whose client went away never comes back: after another pause the next one may try.
      if (triedAt !== null && nowMs - triedAt < pauseMs()) return false;
      triedAt = nowMs;
      return true;
    },
    record(outcome, nowMs) {
      if (pausedAt === null) {
        add(outcome, nowMs);
        return outcome === 'ok' ? null : judge(nowMs);
      }
      if (outcome === 'killed') pausedAt = nowMs;
      // Of calls that were under way when the pause began, only that they too had to be stopped says something.
      if (outcome === 'killed' || triedAt === null) {
        triedAt = null;
        return null;
      }
      triedAt = null;
      pausedAt = null;
      steps = [];
      add(outcome, nowMs);
      return 'recovered';
    },
  };
}
