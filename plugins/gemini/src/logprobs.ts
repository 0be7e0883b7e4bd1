import { isObject, type Json, type JsonObject, type TokenLogprob } from '@dragoman/plugin-sdk';

/** `logprobsResult`: the chosen tokens, and beside each those that might have been. */
export function decodeLogprobs(wire: Json | undefined): TokenLogprob[] | undefined {
  if (!isObject(wire) || !Array.isArray(wire.chosenCandidates)) return undefined;
  const tops = Array.isArray(wire.topCandidates) ? wire.topCandidates : [];
  const list: TokenLogprob[] = [];
  for (let at = 0; at < wire.chosenCandidates.length; at++) {
    const entry = readEntry(wire.chosenCandidates[at]);
    if (entry === undefined) return undefined;
    const top: Json | undefined = tops[at];
    if (isObject(top) && Array.isArray(top.candidates)) {
      const others = top.candidates.map(readEntry).filter((each) => each !== undefined);
      if (others.length > 0) entry.top = others;
    }
    list.push(entry);
  }
  return list;
}

function readEntry(wire: Json | undefined): TokenLogprob | undefined {
  if (!isObject(wire) || typeof wire.token !== 'string') return undefined;
  // 0 is left out on the wire: certainty.
  return { token: wire.token, logprob: typeof wire.logProbability === 'number' ? wire.logProbability : 0 };
}

export function encodeLogprobs(list: TokenLogprob[]): JsonObject {
  const chosen: JsonObject[] = [];
  const tops: JsonObject[] = [];
  for (const entry of list) {
    chosen.push(writeEntry(entry));
    if (entry.top !== undefined) tops.push({ candidates: entry.top.map(writeEntry) });
  }
  return tops.length === 0 ? { chosenCandidates: chosen } : { chosenCandidates: chosen, topCandidates: tops };
}

function writeEntry({ token, logprob }: TokenLogprob): JsonObject {
  return { token, logProbability: logprob };
}
