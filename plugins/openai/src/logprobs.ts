import { isObject, type Json, type JsonObject, type TokenLogprob } from '@dragoman/plugin-sdk';

/** `undefined` when the list is of another shape than the documented one. */
export function decodeLogprobs(list: Json | undefined): TokenLogprob[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const decoded: TokenLogprob[] = [];
  for (const wire of list) {
    const entry = isObject(wire) ? readEntry(wire) : undefined;
    if (entry === undefined) return undefined;
    if (isObject(wire) && Array.isArray(wire.top_logprobs)) {
      const top = decodeLogprobs(wire.top_logprobs);
      if (top === undefined) return undefined;
      if (top.length > 0) entry.top = top;
    }
    decoded.push(entry);
  }
  return decoded;
}

function readEntry(wire: JsonObject): TokenLogprob | undefined {
  if (typeof wire.token !== 'string' || typeof wire.logprob !== 'number') return undefined;
  const entry: TokenLogprob = { token: wire.token, logprob: wire.logprob };
  if (Array.isArray(wire.bytes)) entry.bytes = wire.bytes as number[];
  return entry;
}

/** `isTop`: an entry of `top_logprobs`, which has no such list itself. */
export function encodeLogprobs(list: TokenLogprob[], isTop = false): JsonObject[] {
  const encoded: JsonObject[] = [];
  for (const { token, logprob, bytes, top } of list) {
    const entry: JsonObject = { token, logprob, bytes: bytes ?? null };
    if (!isTop) entry.top_logprobs = top === undefined ? [] : encodeLogprobs(top, true);
    encoded.push(entry);
  }
  return encoded;
}
