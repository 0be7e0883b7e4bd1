import type { LoadedDialect, LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import { compileMarks, type Marks } from './scan-body.ts';

const ofDialects = new WeakMap<Snapshot, WeakMap<LoadedDialect, Marks | null>>();
const ofPairs = new WeakMap<LoadedProvider, WeakMap<LoadedDialect, Pair | null>>();

interface Pair {
  texts: readonly string[];
  /** All of them, for a body read as one character per byte. */
  search: RegExp;
}

/**
 * What any provider that speaks a dialect, or the dialect itself, calls foreign: to be looked for while a body is scanned,
 * which costs a tenth of a search. Null when that finds less than a search would.
 */
export function marksAbout(snapshot: Snapshot, dialect: LoadedDialect): Marks | null {
  return cached(ofDialects, snapshot, dialect, () => {
    const texts = new Set(marksOf(dialect));
    for (const provider of snapshot.providers.values()) {
      if (provider.dialect === dialect.id) for (const text of marksOf(provider)) texts.add(text);
    }
    return compileMarks([...texts]);
  });
}

/** Whether a body has a mark of either side. `seen`: what `marksAbout` named and was found in it, when it was scanned. */
export function hasMarks(
  body: Buffer,
  seen: readonly string[] | null | undefined,
  dialect: LoadedDialect,
  provider: LoadedProvider,
): boolean {
  const pair = cached(ofPairs, provider, dialect, () =>
    compilePair([...marksOf(dialect), ...marksOf(provider)]),
  );
  if (pair === null) return false;
  if (seen) return seen.length > 0 && pair.texts.some((text) => seen.includes(text));
  return pair.search.test(body.toString('latin1'));
}

function compilePair(texts: readonly string[]): Pair | null {
  if (texts.length === 0) return null;
  return { texts, search: new RegExp(texts.map((text) => RegExp.escape(text)).join('|')) };
}

/** As their bytes. */
function marksOf({ declaration }: LoadedDialect | LoadedProvider): string[] {
  return (declaration.foreignMarks ?? []).map((mark) => Buffer.from(mark).toString('latin1'));
}

function cached<Owner extends object, Value>(
  values: WeakMap<Owner, WeakMap<LoadedDialect, Value>>,
  owner: Owner,
  dialect: LoadedDialect,
  make: () => Value,
): Value {
  let ofOwner = values.get(owner);
  if (ofOwner === undefined) {
    ofOwner = new WeakMap();
    values.set(owner, ofOwner);
  }
  let value = ofOwner.get(dialect);
  if (value === undefined) {
    value = make();
    ofOwner.set(dialect, value);
  }
  return value;
}
