import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { TranslateError } from '@dragoman/plugin-sdk';
import { buildArray } from './array.ts';
import type { Build } from './build.ts';
import { buildNumber } from './number.ts';
import { buildObject } from './object.ts';
import { absorb, emptyShape, type Search, type Shape } from './shape.ts';
import { buildString } from './string.ts';
import { isWithin, typesOf } from './value.ts';

/** A schema that needs more steps is either hostile or no use for a demonstration. */
const maxSteps = 20_000;

/**
 * The smallest instance of a JSON Schema (2020-12 and the older drafts' spellings): required properties only, the
 * shortest branch of a choice, zero, the empty string. Patterns are met as far as `pattern.ts` reads them; `not`,
 * `if` and "exactly one" of `oneOf` are not looked at.
 */
export function smallestInstance(schema: JsonObject): Json {
  const search: Search = { root: schema, steps: 0 };
  const build: Build = (inner, open) => {
    spend(search, 1);
    const shape = absorb(emptyShape(open), inner ?? true, search);
    return shape === undefined ? undefined : buildShape(shape, search, build);
  };
  const instance = build(schema, []);
  if (instance === undefined) throw new TranslateError('unsupported', 'no value fits the JSON schema');
  return instance;
}

function buildShape(shape: Shape, search: Search, build: Build): Json | undefined {
  const [branches, ...choices] = shape.choices;
  if (branches === undefined) return buildPlain(shape, search, build);
  return shortest(branches, (branch) => {
    spend(search, 1);
    const chosen = absorb({ ...shape, choices }, branch, search);
    return chosen === undefined ? undefined : buildShape(chosen, search, build);
  });
}

function buildPlain({ keywords, open }: Shape, search: Search, build: Build): Json | undefined {
  if (keywords.const !== undefined) return isWithin(keywords, keywords.const) ? keywords.const : undefined;
  if (Array.isArray(keywords.enum)) {
    return shortest(keywords.enum, (value) => (isWithin(keywords, value) ? value : undefined));
  }
  return shortest(typesOf(keywords), (type) => {
    switch (type) {
      case 'null':
        return null;
      case 'boolean':
        return false;
      case 'integer':
      case 'number':
        return buildNumber(keywords, type === 'integer');
      case 'string': {
        const text = buildString(keywords);
        spend(search, (text ?? '').length / 100);
        return text;
      }
      case 'array':
        return buildArray(keywords, open, build);
      case 'object':
        return buildObject(keywords, open, build);
      default:
        return undefined;
    }
  });
}

function spend(search: Search, steps: number): void {
  search.steps += steps;
  if (search.steps <= maxSteps) return;
  throw new TranslateError('unsupported', 'the JSON schema is too large to fill in offline');
}

function shortest<Item>(items: Item[], build: (item: Item) => Json | undefined): Json | undefined {
  let best: Json | undefined;
  let bestLength = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const value = build(item);
    if (value === undefined) continue;
    const length = JSON.stringify(value).length;
    if (length < bestLength) {
      best = value;
      bestLength = length;
    }
  }
  return best;
}
