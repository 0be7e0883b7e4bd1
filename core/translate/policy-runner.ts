import { createInlineRunner } from './inline-runner.ts';
import { requestBytes } from './request-bytes.ts';
import type { Meter } from './run-steps.ts';
import type { Runner, Step, Tier } from './runner.ts';

export interface TierPolicy {
  /** Bodies up to this many bytes run on the main thread, when every module may. 0: nothing does. */
  inlineBelowBytes: number;
}
export interface ThreadRunners {
  /** Worker threads of trusted code. */
  pool: Runner;
  /** Null: no module is sandboxed. */
  sandbox: Runner | null;
}

/**
 * "Trusted and small inline, the rest in the pool, what nobody trusts in the sandbox." A plan runs in one hop: when one
 * of its modules needs a worker, all its steps run there, and when one is sandboxed, in a thread of the sandbox. Events of
 * streams between trusted modules always run inline (a hop costs ten times the work).
 */
export function createPolicyRunner(threads: ThreadRunners, policy: TierPolicy, meter?: Meter): Runner {
  const { pool, sandbox } = threads;
  const inline = createInlineRunner(meter);
  const pick = (steps: readonly Step[], bytes: number): Runner => {
    if (sandbox !== null && hasTier(steps, 'sandbox')) return sandbox;
    const isSmall = policy.inlineBelowBytes > 0 && bytes <= policy.inlineBelowBytes;
    return isSmall && !hasTier(steps, 'worker') ? inline : pool;
  };
  return {
    request: (steps, input, context) => pick(steps, requestBytes(input)).request(steps, input, context),
    response: (steps, input, context, memos) =>
      pick(steps, input.body.byteLength).response(steps, input, context, memos),
    call: (steps, input, context, memos) => pick(steps, 1).call(steps, input, context, memos),
    stream: (steps, framing, context, memos) => pick(steps, 1).stream(steps, framing, context, memos),
    async close() {
      await Promise.all([pool.close(), sandbox?.close()]);
    },
  };
}

function hasTier(steps: readonly Step[], tier: Tier): boolean {
  return steps.some((step) => step.type === 'translate' && step.module.tier === tier);
}
