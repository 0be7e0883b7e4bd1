import { type ChatTarget, chat } from '../helpers/chat.ts';

export interface Pulse {
  readonly failures: string[];
  /** Milliseconds of each request, in order. */
  readonly times: number[];
  stop(): Promise<void>;
}

/** Short requests to `model`, one after the other, with the time of each: what another client feels. */
export function startPulse(target: ChatTarget, model: string): Pulse {
  const failures: string[] = [];
  const times: number[] = [];
  let isStopped = false;
  async function beat(): Promise<void> {
    while (!isStopped && failures.length < 20) {
      const startedAt = performance.now();
      const reply = await chat(target, { model, stream: true }).catch((thrown: unknown) => String(thrown));
      times.push(performance.now() - startedAt);
      if (typeof reply === 'string') failures.push(reply);
      else if (reply.status !== 200 || reply.finish !== 'stop') {
        failures.push(`status ${reply.status}, finish ${reply.finish}: ${reply.error}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const beating = beat();
  return {
    failures,
    times,
    async stop() {
      isStopped = true;
      await beating;
    },
  };
}

/** The value below which the given share of `times` lies. */
export function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
