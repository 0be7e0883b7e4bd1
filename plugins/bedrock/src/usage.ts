import { isObject, type Json, type JsonObject, type Usage } from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

/** `inputTokens` on the wire leaves out what was read from or written to the cache; the hub counts all input. */
export function decodeUsage(wire: Json | undefined): Usage {
  if (!isObject(wire)) return {};
  const usage: Usage = {};
  const read = numberOf(wire.cacheReadInputTokens);
  const written = numberOf(wire.cacheWriteInputTokens);
  const input = numberOf(wire.inputTokens);
  if (input !== undefined) usage.inputTokens = input + (read ?? 0) + (written ?? 0);
  const output = numberOf(wire.outputTokens);
  if (output !== undefined) usage.outputTokens = output;
  if (read !== undefined) usage.cacheReadTokens = read;
  if (written !== undefined) usage.cacheWriteTokens = written;
  writeDetails(usage, wire);
  usage.raw = { dialect: DIALECT, value: wire };
  return usage;
}

/** Writes to the cache by how long they live. */
function writeDetails(usage: Usage, wire: JsonObject): void {
  if (!Array.isArray(wire.cacheDetails)) return;
  for (const detail of wire.cacheDetails) {
    const count = isObject(detail) ? numberOf(detail.inputTokens) : undefined;
    if (!isObject(detail) || count === undefined) continue;
    if (detail.ttl === '1h') usage.cacheWrite1hTokens = (usage.cacheWrite1hTokens ?? 0) + count;
    else if (detail.ttl === '5m') usage.cacheWrite5mTokens = (usage.cacheWrite5mTokens ?? 0) + count;
  }
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
