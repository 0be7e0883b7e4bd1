import { isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';
import { mergeKeyword } from './merge.ts';
import { toList } from './value.ts';

/** A schema with its references followed and its conjunctions merged; what is left to choose stands in `choices`. */
export interface Shape {
  keywords: JsonObject;
  /** Each entry is an `anyOf` or `oneOf`: one branch of every entry must be absorbed. */
  choices: Json[][];
  /** References being filled in. The smallest instance never holds another instance of the same reference. */
  open: string[];
}
export interface Search {
  root: JsonObject;
  steps: number;
}

export function emptyShape(open: string[]): Shape {
  return { keywords: {}, choices: [], open };
}

/** The shape that also fits `schema`; `undefined` where the two contradict each other or a reference leads back. */
export function absorb(shape: Shape, schema: Json, search: Search): Shape | undefined {
  const keywords: JsonObject = { ...shape.keywords };
  const choices = [...shape.choices];
  const open = [...shape.open];
  const waiting: Json[] = [schema];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === true) continue;
    if (!isObject(next)) return undefined;
    for (const [keyword, value] of Object.entries(next)) {
      if (value === undefined) continue;
      if (keyword === '$ref' && typeof value === 'string') {
        if (open.includes(value)) return undefined;
        open.push(value);
        waiting.push(resolveReference(search.root, value));
      } else if (keyword === 'allOf') waiting.push(...toList(value));
      else if (keyword === 'anyOf' || keyword === 'oneOf') choices.push(toList(value));
      else mergeKeyword(keywords, keyword, value);
    }
  }
  return { keywords, choices, open };
}

/** `#`, `#/pointer` and `#anchor`; anything else lies outside the request and is taken to allow everything. */
function resolveReference(root: JsonObject, reference: string): Json {
  if (!reference.startsWith('#')) return true;
  const fragment = decodeFragment(reference.slice(1));
  if (fragment !== '' && !fragment.startsWith('/')) return findAnchor(root, fragment) ?? true;
  let place: Json | undefined = root;
  for (const token of fragment.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(place)) place = place[Number(name)];
    else place = isObject(place) && Object.hasOwn(place, name) ? place[name] : undefined;
  }
  return place ?? true;
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    // Not percent-encoded after all: a name with a plain `%` in it.
    return fragment;
  }
}

function findAnchor(root: JsonObject, anchor: string): Json | undefined {
  for (const definitions of [root.$defs, root.definitions]) {
    if (!isObject(definitions)) continue;
    for (const definition of Object.values(definitions)) {
      if (isObject(definition) && definition.$anchor === anchor) return definition;
    }
  }
  return undefined;
}
