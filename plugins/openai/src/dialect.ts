import { type Extensions, isMarker, isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

/** The dialect's id, and the key of its own extensions. */
export const DIALECT = 'openai-chat';

/** This dialect's own fields on a request, reply, message, part or tool. */
export function ownFields(extensions: Extensions | undefined): JsonObject | undefined {
  return extensions?.[DIALECT];
}

/** The dialect's own fields of `owner`, made when there are none. */
export function makeOwn(owner: { extensions?: Extensions }): JsonObject {
  owner.extensions ??= {};
  let own = owner.extensions[DIALECT];
  if (own === undefined) {
    own = {};
    owner.extensions[DIALECT] = own;
  }
  return own;
}

/** Adds wire fields (or nothing) to those `owner` keeps. */
export function keepOwn(owner: { extensions?: Extensions }, fields: JsonObject | undefined): void {
  if (fields === undefined) return;
  const own = makeOwn(owner);
  for (const key in fields) own[key] = fields[key];
}

/** Writes this dialect's own wire fields back; they win over what the hub's words gave. */
export function writeOwn(target: JsonObject, extensions: Extensions | undefined): void {
  const own = ownFields(extensions);
  if (own === undefined) return;
  for (const key in own) if (!isMarker(key)) target[key] = own[key];
}

/** How a field was written that has not the type the hub's word stands for. */
export function formOf(value: Json | undefined): Json {
  return value === undefined ? 'absent' : { value };
}

/** Writes a field as it came; nothing when there is no form. */
export function restoreForm(target: JsonObject, field: string, form: Json | undefined): void {
  if (form === 'absent') delete target[field];
  else if (isObject(form)) target[field] = form.value;
}
