import { isObject, type Json, type TokenLogprob } from '@dragoman/plugin-sdk';

/**
 * The service gives pieces of text with the probabilities of the tokens they are made of, and not the text of each
 * token: the probability of a piece is their product.
 */
export function decodeLogprobs(wire: Json | undefined): TokenLogprob[] {
  const decoded: TokenLogprob[] = [];
  for (const item of Array.isArray(wire) ? wire : [wire]) {
    if (!isObject(item) || typeof item.text !== 'string' || !Array.isArray(item.logprobs)) continue;
    let sum = 0;
    for (const logprob of item.logprobs) if (typeof logprob === 'number') sum += logprob;
    decoded.push({ token: item.text, logprob: sum });
  }
  return decoded;
}
