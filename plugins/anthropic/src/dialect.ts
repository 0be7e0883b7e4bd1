import { type Extensions, isMarker, type Json, type JsonObject, type Opaque } from '@dragoman/plugin-sdk';

/** The dialect's id, and the key of its own extensions. */
export const DIALECT = 'anthropic-messages';
/** The model family whose signatures an Anthropic client sends back, unless an envelope says otherwise. */
export const FAMILY = 'anthropic';

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
