import { createInlineRunner } from './inline-runner.ts';
import { requestBytes } from './request-bytes.ts';
import type { Meter } from './run-steps.ts';
import type { Runner, Step } from './runner.ts';

export interface TierPolicy {
  /** Bodies up to this many bytes run on the main thread, when every module may. 0: nothing does. */
  inlineBelowBytes: number;
}

/**
 * "Trusted and small inline, the rest in the pool." A plan runs in one hop: when one of its modules needs a worker, all
 * its steps run there. Events of streams between trusted modules always run inline (a hop costs ten times the work).
 */
export function createPolicyRunner(pool: Runner, policy: TierPolicy, meter?: Meter): Runner {
  const inline = createInlineRunner(meter);
  const pick = (steps: readonly Step[], bytes: number): Runner =>
    policy.inlineBelowBytes > 0 && bytes <= policy.inlineBelowBytes && canRunInline(steps) ? inline : pool;
  return {
    request: (steps, input, context) => pick(steps, requestBytes(input)).request(steps, input, context),
    response: (steps, input, context, memos) =>
      pick(steps, input.body.byteLength).response(steps, input, context, memos),
    call: (steps, input, context, memos) => pick(steps, 1).call(steps, input, context, memos),
    stream: (steps, framing, context, memos) => pick(steps, 1).stream(steps, framing, context, memos),
    close: () => pool.close(),
  };
}

function canRunInline(steps: readonly Step[]): boolean {
  return steps.every((step) => step.type !== 'translate' || step.module.tier === 'inline');
}
