import { isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';
import { sameJson, toList } from './value.ts';

/** Adds one more keyword to those that must all hold. What cannot be merged keeps its first value. */
export function mergeKeyword(keywords: JsonObject, keyword: string, value: Json): void {
  const present = Object.hasOwn(keywords, keyword) ? keywords[keyword] : undefined;
  keywords[keyword] = present === undefined ? value : mergeValues(keyword, present, value);
  // Two constants that differ: no type is left that could fit.
  if (keyword === 'const' && present !== undefined && !sameJson(present, value)) keywords.type = [];
}

function mergeValues(keyword: string, first: Json, second: Json): Json {
  switch (keyword) {
    case 'required':
      return Array.from(new Set([...toList(first), ...toList(second)]));
    case 'type':
      return mergeTypes(toList(first), toList(second));
    case 'enum':
      return toList(first).filter((value) => toList(second).some((other) => sameJson(value, other)));
    case 'minimum':
    case 'exclusiveMinimum':
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return Math.max(Number(first), Number(second));
    case 'maximum':
    case 'exclusiveMaximum':
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return Math.min(Number(first), Number(second));
    case 'properties':
    case 'patternProperties':
      return mergeProperties(first, second);
    case 'items':
    case 'additionalProperties':
    case 'contains':
      return { allOf: [first, second] };
    case 'uniqueItems':
      return first === true || second === true;
    default:
      return first;
  }
}

function mergeTypes(first: Json[], second: Json[]): Json[] {
  const common = first.filter((type) => second.includes(type));
  const isInteger =
    (first.includes('integer') && second.includes('number')) ||
    (second.includes('integer') && first.includes('number'));
  return isInteger && !common.includes('integer')
    ? [...common.filter((type) => type !== 'number'), 'integer']
    : common;
}

function mergeProperties(first: Json, second: Json): Json {
  if (!isObject(first) || !isObject(second)) return first;
  const merged = new Map(Object.entries(first));
  for (const [name, schema] of Object.entries(second)) {
    const present = merged.get(name);
    merged.set(name, present === undefined || schema === undefined ? schema : { allOf: [present, schema] });
  }
  return Object.fromEntries(merged);
}
