import type { Json, JsonObject } from '@dragoman/plugin-sdk';

/** The dialect's id. */
export const DIALECT = 'bedrock-converse';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of `object` that are not `known`; `undefined` when there are none. */
export function leftover(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  let rest: JsonObject | undefined;
  for (const key in object) {
    if (known.has(key) || object[key] === undefined) continue;
    rest ??= {};
    rest[key] = object[key];
  }
  return rest;
}
