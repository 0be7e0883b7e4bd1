import { isObject, type Json, type JsonObject, type Usage } from '@dragoman/plugin-sdk';

import { DIALECT } from './dialect.ts';

function count(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Usage of a reply; `undefined` when there is none. The object itself stays in `raw`. */
export function decodeUsage(wire: Json | undefined): Usage | undefined {
  if (!isObject(wire)) return undefined;
  const usage: Usage = {};
  const input = isObject(wire.input_tokens_details) ? wire.input_tokens_details : {};
  const output = isObject(wire.output_tokens_details) ? wire.output_tokens_details : {};
  const inputTokens = count(wire.input_tokens);
  if (inputTokens !== undefined) usage.inputTokens = inputTokens;
  const outputTokens = count(wire.output_tokens);
  if (outputTokens !== undefined) usage.outputTokens = outputTokens;
  const cached = count(input.cached_tokens);
  if (cached !== undefined) usage.cacheReadTokens = cached;
  const written = count(input.cache_write_tokens);
  if (written !== undefined) usage.cacheWriteTokens = written;
  const reasoning = count(output.reasoning_tokens);
  if (reasoning !== undefined) usage.reasoningTokens = reasoning;
  usage.raw = { dialect: DIALECT, value: wire };
  return usage;
}

/** The usage object for a client; null when nothing is known. */
export function encodeUsage(usage: Usage): JsonObject | null {
  if (usage.raw?.dialect === DIALECT && isObject(usage.raw.value)) return usage.raw.value;
  const { inputTokens, outputTokens } = usage;
  if (inputTokens === undefined && outputTokens === undefined) return null;
  const input = inputTokens ?? 0;
  const output = outputTokens ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheReadTokens ?? 0,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}
