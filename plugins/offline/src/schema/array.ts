import { isObject, type Json, type JsonObject, TranslateError } from '@dragoman/plugin-sdk';
import type { Build } from './build.ts';
import { isInBounds, isWithin, numberOf, sameJson, toList } from './value.ts';

/** More items than this are a way to fill memory, not a wish. */
const maxItems = 1000;

export function buildArray(keywords: JsonObject, open: string[], build: Build): Json[] | undefined {
  const contained = keywords.contains === undefined ? 0 : numberOf(keywords.minContains, 1);
  const length = Math.max(numberOf(keywords.minItems, 0), contained);
  if (length > maxItems)
    throw new TranslateError('unsupported', `${length} array items are too many to fill in offline`);
  const items: Json[] = [];
  for (let index = 0; index < length; index += 1) {
    const own = itemSchema(keywords, index);
    // The last places go to what the array must contain: the first ones may be spoken for by `prefixItems`.
    const isContained = index >= length - contained && keywords.contains !== undefined;
    const item = build(isContained ? { allOf: [own, keywords.contains ?? true] } : own, open);
    const fresh = keywords.uniqueItems === true ? distinct(item, own, items) : item;
    if (fresh === undefined) return undefined;
    items.push(fresh);
  }
  return isInBounds(keywords, items.length, 'Items') ? items : undefined;
}

/** Tuples are `prefixItems` since 2020-12 and an `items` array before. */
function itemSchema(keywords: JsonObject, index: number): Json {
  const isOldTuple = Array.isArray(keywords.items);
  const tuple = isOldTuple ? toList(keywords.items) : toList(keywords.prefixItems);
  return tuple[index] ?? (isOldTuple ? keywords.additionalItems : keywords.items) ?? true;
}

/** `item`, or the next value like it that does not stand in the array yet. */
function distinct(item: Json | undefined, schema: Json, items: Json[]): Json | undefined {
  const isNew = (value: Json): boolean => !items.some((other) => sameJson(other, value));
  if (item === undefined || isNew(item)) return item;
  const keywords = isObject(schema) ? schema : {};
  return variants(item, keywords, items.length).find((value) => isNew(value) && isWithin(keywords, value));
}

function variants(item: Json, keywords: JsonObject, count: number): Json[] {
  if (Array.isArray(keywords.enum)) return keywords.enum;
  const steps = Array.from({ length: count }, (_, index) => index + 1);
  if (typeof item === 'number') {
    const step = numberOf(keywords.multipleOf, 1);
    return [...steps.map((by) => item + by * step), ...steps.map((by) => item - by * step)];
  }
  if (typeof item === 'string') return steps.map((by) => item + 'a'.repeat(by));
  return typeof item === 'boolean' ? [!item] : [];
}
