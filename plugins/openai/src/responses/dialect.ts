import { type Extensions, isMarker, type JsonObject, warnForeignFields } from '@dragoman/plugin-sdk';
import type { RequestWriter } from '../writer.ts';

/** The dialect's id, and the key of its own extensions. */
export const DIALECT = 'openai-responses';

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

/** Says what of another dialect's own fields is not carried. `path` is where they stand. */
export function warnForeign(writer: RequestWriter, extensions: Extensions | undefined, path: string): void {
  warnForeignFields(writer, DIALECT, extensions, path);
}
