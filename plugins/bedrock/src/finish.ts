import { type Finish, isObject, type Json, type UpstreamError } from '@dragoman/plugin-sdk';

const REASONS: Record<string, Finish['reason']> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool-calls',
  guardrail_intervened: 'content-filter',
  content_filtered: 'content-filter',
  model_context_window_exceeded: 'context-length',
  malformed_model_output: 'error',
  malformed_tool_use: 'error',
  refusal: 'refusal',
  pause_turn: 'pause',
};

/** `fields` is what the request asked for of the model's own reply: the stop sequence. */
export function decodeFinish(reason: Json | undefined, fields: Json | undefined): Finish {
  const finish: Finish = { reason: 'other' };
  if (typeof reason === 'string') {
    finish.reason = Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? 'other') : 'other';
    finish.raw = reason;
  }
  const holder = isObject(fields) && isObject(fields.delta) ? fields.delta : fields;
  if (isObject(holder) && typeof holder.stop_sequence === 'string')
    finish.stopSequence = holder.stop_sequence;
  return finish;
}

/** The failure an answer broke off with: another dialect has no form for it that does not look like success. */
export function failureOf({ reason, raw }: Finish): UpstreamError | undefined {
  if (reason !== 'error') return undefined;
  return { kind: 'server', message: `the model broke off its answer: '${raw}'` };
}
