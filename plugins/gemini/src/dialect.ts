import { type Extensions, isMarker, isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

/** The dialect's id, and the key of its own extensions. */
export const DIALECT = 'gemini';
/** The model family whose signatures a Gemini client sends back, unless an envelope says otherwise. */
export const FAMILY = 'google';

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
