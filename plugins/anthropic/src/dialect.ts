import { type Extensions, isMarker, type Json, type JsonObject, type Opaque } from '@dragoman/plugin-sdk';

/** The dialect's id, and the key of its own extensions. */
export const DIALECT = 'anthropic-messages';
/** The model family whose signatures an Anthropic client sends back, unless an envelope says otherwise. */
export const FAMILY = 'anthropic';

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

/** This dialect's own fields on a request, message, part or tool. */
export function ownFields(extensions: Extensions | undefined): JsonObject | undefined {
  return extensions?.[DIALECT];
}

/** Writes this dialect's own wire fields back; they win over what the hub's words gave. */
export function writeOwn(target: JsonObject, extensions: Extensions | undefined): void {
  const own = ownFields(extensions);
  if (own === undefined) return;
  for (const key in own) {
    if (!isMarker(key)) target[key] = own[key];
  }
}

/** The wire value of an opaque thing if this dialect wrote it. */
export function ownValue(opaque: Opaque | undefined): Json | undefined {
  return opaque?.dialect === DIALECT ? opaque.value : undefined;
}
