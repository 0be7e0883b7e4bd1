import { isObject, type Json, type Usage } from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY } from './dialect.ts';

/**
 * `tokens` counts what the model read, the service's own preamble included; `billed_units` what is paid for. Limits and
 * windows go by the first, so that is what the hub is told; the second stays in `raw`.
 */
export function decodeUsage(wire: Json | undefined): Usage {
  if (!isObject(wire)) return {};
  const usage: Usage = {};
  const input = countOf(wire, 'input_tokens');
  const output = countOf(wire, 'output_tokens');
  if (input !== undefined) usage.inputTokens = input;
  if (output !== undefined) usage.outputTokens = output;
  if (typeof wire.cached_tokens === 'number') usage.cacheReadTokens = wire.cached_tokens;
  usage.raw = { dialect: DIALECT, family: FAMILY, value: wire };
  return usage;
}

function countOf(wire: { [key: string]: Json | undefined }, field: string): number | undefined {
  for (const counts of [wire.tokens, wire.billed_units]) {
    const count = isObject(counts) ? counts[field] : undefined;
    if (typeof count === 'number') return count;
  }
  return undefined;
}
