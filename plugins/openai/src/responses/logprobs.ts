import type { JsonObject, TokenLogprob } from '@dragoman/plugin-sdk';
import { encodeLogprobs } from '../logprobs.ts';

/** As clients of this dialect read them: they look for the bytes of every token. */
export function encodeWhole(list: TokenLogprob[]): JsonObject[] {
  return encodeLogprobs(list.map(fill));
}

function fill(entry: TokenLogprob): TokenLogprob {
  const filled: TokenLogprob = { ...entry, bytes: entry.bytes ?? bytesOf(entry.token) };
  if (entry.top !== undefined) filled.top = entry.top.map(fill);
  return filled;
}

/** UTF-8, written out because a translator may run where there is no `TextEncoder`. Half a surrogate pair has none. */
function bytesOf(token: string): number[] {
  if (!token.isWellFormed()) return [];
  return Array.from(encodeURIComponent(token).matchAll(/%([0-9A-F]{2})|[^%]/g), ([character, hex]) =>
    hex === undefined ? character.charCodeAt(0) : Number.parseInt(hex, 16),
  );
}
