import { type Extensions, isMarker, type Json, type JsonObject } from '@dragoman/plugin-sdk';

/** The dialect's id, and the key of its own extensions. */
export const DIALECT = 'gemini';
/** The model family whose signatures a Gemini client sends back, unless an envelope says otherwise. */
export const FAMILY = 'google';

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isEmpty(object: JsonObject): boolean {
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

/** The services' parser takes a single value where a list belongs, and their own examples do so. */
export function listOf(value: Json | undefined): Json[] | undefined {
  if (Array.isArray(value)) return value;
  return isObject(value) ? [value] : undefined;
}

/** This dialect's own fields on a request, message, part, tool or reply. */
export function ownFields(extensions: Extensions | undefined): JsonObject | undefined {
  return extensions?.[DIALECT];
}

/** Writes own wire fields back; they win over what the hub's words gave. */
export function writeFields(target: JsonObject, own: JsonObject | undefined): void {
  for (const key in own) {
    if (!isMarker(key)) target[key] = own[key];
  }
}

export function writeOwn(target: JsonObject, extensions: Extensions | undefined): void {
  writeFields(target, ownFields(extensions));
}
