import { isObject, type Json, type JsonObject, type Usage } from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY } from './dialect.ts';

/**
 * `input_tokens` on the wire leaves out what was read from or written to the cache; the hub counts all input.
 * The service's own object travels along untouched.
 */
export function decodeUsage(wire: Json | undefined): Usage {
  if (!isObject(wire)) return {};
  const usage: Usage = {};
  const read = numberOf(wire.cache_read_input_tokens);
  const written = numberOf(wire.cache_creation_input_tokens);
  const input = numberOf(wire.input_tokens);
  if (input !== undefined) usage.inputTokens = input + (read ?? 0) + (written ?? 0);
  const output = numberOf(wire.output_tokens);
  if (output !== undefined) usage.outputTokens = output;
  if (read !== undefined) usage.cacheReadTokens = read;
  if (written !== undefined) usage.cacheWriteTokens = written;
  if (isObject(wire.cache_creation)) {
    const short = numberOf(wire.cache_creation.ephemeral_5m_input_tokens);
    const long = numberOf(wire.cache_creation.ephemeral_1h_input_tokens);
    if (short !== undefined) usage.cacheWrite5mTokens = short;
    if (long !== undefined) usage.cacheWrite1hTokens = long;
  }
  if (isObject(wire.output_tokens_details)) {
    const thinking = numberOf(wire.output_tokens_details.thinking_tokens);
    if (thinking !== undefined) usage.reasoningTokens = thinking;
  }
  usage.raw = { dialect: DIALECT, family: FAMILY, value: wire };
  return usage;
}

/** The wire's usage object; zeros where nothing is known, because clients add these fields up. The tier is a field of it. */
export function encodeUsage(usage: Usage, serviceTier?: string): JsonObject {
  const raw = ownUsage(usage);
  if (raw !== undefined) return raw;
  const read = usage.cacheReadTokens ?? 0;
  const written = usage.cacheWriteTokens ?? 0;
  const wire: JsonObject = {
    input_tokens: Math.max(0, (usage.inputTokens ?? 0) - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: usage.outputTokens ?? 0,
  };
  if (usage.cacheWrite5mTokens !== undefined || usage.cacheWrite1hTokens !== undefined) {
    wire.cache_creation = {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens ?? 0,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens ?? 0,
    };
  }
  if (usage.reasoningTokens !== undefined) {
    wire.output_tokens_details = { thinking_tokens: usage.reasoningTokens };
  }
  const tier = serviceTier === 'default' ? 'standard' : serviceTier;
  if (tier === 'standard' || tier === 'priority' || tier === 'batch') wire.service_tier = tier;
  return wire;
}

export function ownUsage(usage: Usage | undefined): JsonObject | undefined {
  const raw = usage?.raw;
  return raw?.dialect === DIALECT && isObject(raw.value) ? raw.value : undefined;
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
