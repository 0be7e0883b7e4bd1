import type { Json } from '../json.ts';
import type { StreamTranslator, TranslateContext, Warning } from '../translate.ts';

/** What a stream translator gave over all its calls. */
export interface StreamResult<Item> {
  items: Item[];
  warnings: Warning[];
  /** The state each call returned, as it was then. */
  states: string[];
}
export interface RunStreamOptions {
  /** How the stream ended; `undefined` leaves it open. Default: `complete`. */
  end?: 'complete' | 'cut' | undefined;
  /** Tell the end in a call of its own, with no items, rather than with the last batch. Default: false. */
  endAlone?: boolean;
  /** Send every state through JSON, as a worker would. Default: true. */
  json?: boolean;
}

/** Runs a stream translator over batches of items, as the host does. */
export function runStream<In, Out>(
  translator: StreamTranslator<In, Out>,
  batches: In[][],
  context: TranslateContext,
  options: RunStreamOptions = {},
): StreamResult<Out> {
  const { json = true, endAlone = false } = options;
  const end = 'end' in options ? options.end : 'complete';
  const result: StreamResult<Out> = { items: [], warnings: [], states: [] };
  let state: Json = null;
  const step = (items: In[], last: boolean): void => {
    const input = last && end !== undefined ? { state, items, end } : { state, items };
    const { output, warnings } = translator(input, context);
    result.items.push(...output.items);
    result.warnings.push(...(warnings ?? []));
    const text = JSON.stringify(output.state);
    result.states.push(text);
    state = json ? (JSON.parse(text) as Json) : output.state;
  };
  const isSplit = endAlone || batches.length === 0;
  for (const [at, items] of batches.entries()) step(items, !isSplit && at === batches.length - 1);
  if (isSplit && end !== undefined) step([], true);
  return result;
}

/** Numbers in [0, 1) that depend on `seed` alone (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Items in batches of random size; now and then one is empty, as a read that completes no frame is. */
export function splitItems<Item>(items: Item[], random: () => number): Item[][] {
  const batches: Item[][] = [];
  let at = 0;
  while (at < items.length) {
    const size = Math.floor(random() * 4);
    batches.push(items.slice(at, at + size));
    at += size;
  }
  return batches;
}

/** Freezes a value and everything in it, and returns it. */
export function freezeDeep<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) freezeDeep(each);
  }
  return value;
}

/** A copy that shares nothing. Only for JSON. */
export function copyJson<Value>(value: Value): Value {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as Value);
}
