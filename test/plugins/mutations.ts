import { type Json, type JsonObject, TranslateError } from '@dragoman/plugin-sdk';
import { copyJson, freezeDeep } from '@dragoman/plugin-sdk/testing';

/** Values that stand where something else is expected. */
const strangers: Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  '',
  'x',
  [],
  {},
  ['a'],
  [null],
  [{}],
  { name: 'n' },
  [[]],
  { type: 'text' },
  { type: 'message' },
];

export interface Mutator {
  pick<Item>(list: readonly Item[]): Item;
  /** The value, frozen, with one to three places changed, added or taken away. */
  mutate<Value>(original: Value): Value;
}

export function createMutator(random: () => number): Mutator {
  function pick<Item>(list: readonly Item[]): Item {
    const item = list[Math.floor(random() * list.length)];
    if (item === undefined) throw new Error('the list is empty');
    return item;
  }

  function mutate<Value>(original: Value): Value {
    const value = copyJson(original);
    for (let left = 1 + Math.floor(random() * 3); left > 0; left--) {
      const owners = collect(value as Json, []);
      if (owners.length === 0) break;
      const owner = pick(owners) as JsonObject;
      const key = pick([...Object.keys(owner), 'content']);
      if (random() < 0.2 && !Array.isArray(owner)) delete owner[key];
      else if (key in owner || !Array.isArray(owner)) owner[key] = copyJson(pick(strangers));
    }
    return freezeDeep(value);
  }

  return { pick, mutate };
}

function collect(value: Json | undefined, found: object[]): object[] {
  if (typeof value !== 'object' || value === null) return found;
  found.push(value);
  for (const inner of Object.values(value)) collect(inner, found);
  return found;
}

/** What is thrown must be a refusal: anything else is a fault of the translator. */
export function survives(run: () => void): void {
  try {
    run();
  } catch (thrown) {
    if (!(thrown instanceof TranslateError)) throw thrown;
  }
}
