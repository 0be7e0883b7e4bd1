import { isObject, type Json, type JsonObject, type TokenLogprob } from '@dragoman/plugin-sdk';

/** Entries of another shape than the documented one are left out. */
export function decodeLogprobs(list: Json | undefined): TokenLogprob[] {
  const decoded: TokenLogprob[] = [];
  if (!Array.isArray(list)) return decoded;
  for (const wire of list) {
    if (!isObject(wire) || typeof wire.token !== 'string' || typeof wire.logprob !== 'number') continue;
    const entry: TokenLogprob = { token: wire.token, logprob: wire.logprob };
    if (Array.isArray(wire.bytes)) entry.bytes = wire.bytes.filter((byte) => typeof byte === 'number');
    const top = decodeLogprobs(wire.top_logprobs);
    if (top.length > 0) entry.top = top;
    decoded.push(entry);
  }
  return decoded;
}

export function encodeLogprobs(list: readonly TokenLogprob[]): Json[] {
  return list.map(({ token, logprob, bytes, top }) => {
    const entry: JsonObject = { token, logprob };
    if (bytes !== undefined) entry.bytes = bytes;
    if (top !== undefined && top.length > 0) entry.top_logprobs = encodeLogprobs(top);
    return entry;
  });
}
