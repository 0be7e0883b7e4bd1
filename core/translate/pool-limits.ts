import { GatewayError } from '../errors/gateway-error.ts';
import type { StreamState } from './run-stream.ts';
import type { Memos, Step, TranslateStep } from './runner.ts';

/** What JavaScript in the sandbox may be late: it stops itself, and its thread is ended only when it cannot. */
const engineGraceMs = 100;

/** How long a call may take before its thread is ended, in milliseconds. */
export function limitOf(step: TranslateStep | undefined): number {
  if (step === undefined) return 1_000;
  const { tier, format, limits } = step.module;
  return limits.timeoutMs + (tier === 'sandbox' && format === 'cjs' ? engineGraceMs : 0);
}

/** Refuses input above `maxInputKb` of any module it would pass through. */
export function limitInput(calls: readonly TranslateStep[], bytes: number): void {
  for (const step of calls) {
    const { maxInputKb } = step.module.limits;
    if (bytes > maxInputKb * 1_024) throw overLimit(step, 'its input is', bytes, 'maxInputKb', maxInputKb);
  }
}

/** Refuses output above `maxOutputKb` of the module that made it: the last one. */
export function limitOutput(steps: readonly Step[], bytes: number): void {
  const step = steps.findLast((candidate) => candidate.type === 'translate');
  if (step === undefined) return;
  const { maxOutputKb } = step.module.limits;
  if (bytes > maxOutputKb * 1_024) throw overLimit(step, 'its output is', bytes, 'maxOutputKb', maxOutputKb);
}

/** What a plugin of others gives outside of a body is parsed on the main thread, where nobody should wait for it. */
const mostParsedKb = 4_096;

/**
 * Refuses what the host would have to parse and keep of plugins that do not ship with it: output that is no body, and
 * memos, which are state. `bytes` is what all of it comes to.
 */
export function limitParsed(steps: readonly Step[], memos: Memos, bytes: number): void {
  if (bytes <= smallBytes) return;
  for (const [index, step] of steps.entries()) {
    if (step.type !== 'translate' || !step.module.checked) continue;
    const { maxStateKb, maxOutputKb } = step.module.limits;
    const memo = JSON.stringify(memos[index] ?? null).length;
    if (memo > maxStateKb * 1_024) throw overLimit(step, 'its memo is', memo, 'maxStateKb', maxStateKb);
    if (bytes > mostParsedKb * 1_024 && maxOutputKb > mostParsedKb) {
      const reason = `its output is ${bytes >> 10} KB, and ${mostParsedKb} KB are the most for what is no body`;
      throw new GatewayError('GW_TRANSLATE_LIMIT', {
        plugin: step.module.plugin,
        function: step.function,
        reason,
      });
    }
  }
}
const smallBytes = 1_024;

/** Writes a stream's state as JSON and refuses one above `maxStateKb`. */
export function limitState(steps: readonly TranslateStep[], state: StreamState): string {
  const text = JSON.stringify(state);
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index] as TranslateStep;
    const { maxStateKb } = step.module.limits;
    if (text.length <= maxStateKb * 1_024) continue;
    const size = JSON.stringify(state.states[index])?.length ?? 0;
    if (size > maxStateKb * 1_024)
      throw overLimit(step, 'its stream state is', size, 'maxStateKb', maxStateKb);
    // Parts that never close and indexes far apart fill what the guard itself has to remember.
    const open = JSON.stringify(state.grammar).length;
    if (open > maxStateKb * 1_024 && step.function === 'decodeStream') {
      throw overLimit(step, 'the list of its open parts is', open, 'maxStateKb', maxStateKb);
    }
  }
  return text;
}

function overLimit(
  step: TranslateStep,
  what: string,
  bytes: number,
  name: string,
  limit: number,
): GatewayError {
  return new GatewayError('GW_TRANSLATE_LIMIT', {
    plugin: step.module.plugin,
    function: step.function,
    reason: `${what} ${Math.ceil(bytes / 1_024)} KB, and limits.${name} is ${limit}`,
  });
}
