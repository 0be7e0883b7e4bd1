import type { Json, JsonObject } from './json.ts';

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isStrings(value: unknown): value is string[] {
  if (!Array.isArray(value)) return false;
  for (const item of value) if (typeof item !== 'string') return false;
  return true;
}

export function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
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

/** Copies every field of `fields` (or nothing) to `target`. */
export function assign(target: JsonObject, fields: Json | undefined): void {
  if (!isObject(fields)) return;
  for (const key in fields) target[key] = fields[key];
}
