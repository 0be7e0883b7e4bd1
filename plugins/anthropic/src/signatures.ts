import {
  isObject,
  type Json,
  type JsonObject,
  type Opaque,
  openSignature,
  replayable as replayableIn,
  sealSignature,
} from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY } from './dialect.ts';

/** The string a client gets for a signature, whoever issued it: clients of this dialect send it back untouched. */
export function wrapSignature(signature: Opaque): string {
  if (signature.dialect === DIALECT && signature.family === FAMILY && typeof signature.value === 'string') {
    return signature.value;
  }
  return sealSignature(signature);
}

/**
 * Other families sign calls and texts too, where this dialect has no place for it. The signature then follows its block
 * as a redacted block of its own, which clients give back with the rest and never look into.
 */
export function carrySignature(signature: Opaque): JsonObject {
  return { type: 'redacted_thinking', data: sealSignature(signature, 'previous') };
}

/** The signature of the block before, if this block carries it. */
export function carriedSignature(block: Json): Opaque | undefined {
  if (!isObject(block) || block.type !== 'redacted_thinking' || typeof block.data !== 'string')
    return undefined;
  const opened = openSignature(block.data);
  return opened?.isCarried === true ? opened.signature : undefined;
}

/** Reads a signature a client or an upstream of `family` gave. */
export function unwrapSignature(text: string, family: string): Opaque {
  return openSignature(text)?.signature ?? { dialect: DIALECT, family, value: text };
}

/** The signature to replay to `family`, if it was issued there. An empty one is none: thoughts of others come without. */
export function replayable(signature: Opaque | undefined, family: string): string | undefined {
  return replayableIn(signature, family) || undefined;
}
