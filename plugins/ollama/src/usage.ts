import { isObject, type JsonObject, type Usage } from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY } from './dialect.ts';

/** Counts of tokens and durations in nanoseconds, beside the other fields of a finished reply. */
export const METRICS: ReadonlySet<string> = new Set([
  'total_duration',
  'load_duration',
  'prompt_eval_count',
  'prompt_eval_duration',
  'eval_count',
  'eval_duration',
]);

/** `undefined` when the reply tells nothing. */
export function decodeUsage(body: JsonObject): Usage | undefined {
  let metrics: JsonObject | undefined;
  for (const key of METRICS) {
    if (body[key] === undefined) continue;
    metrics ??= {};
    metrics[key] = body[key];
  }
  if (metrics === undefined) return undefined;
  const usage: Usage = { raw: { dialect: DIALECT, family: FAMILY, value: metrics } };
  if (typeof body.prompt_eval_count === 'number') usage.inputTokens = body.prompt_eval_count;
  if (typeof body.eval_count === 'number') usage.outputTokens = body.eval_count;
  return usage;
}

/** Durations are unknown for other services' replies and left out, as the server itself does with zeros. */
export function writeUsage(target: JsonObject, usage: Usage): void {
  const { raw, inputTokens, outputTokens } = usage;
  if (raw?.dialect === DIALECT && isObject(raw.value)) {
    for (const key in raw.value) target[key] = raw.value[key];
    return;
  }
  if (inputTokens !== undefined) target.prompt_eval_count = inputTokens;
  if (outputTokens !== undefined) target.eval_count = outputTokens;
}
