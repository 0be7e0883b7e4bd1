import type { Json, JsonObject, Opaque } from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY, isObject } from './dialect.ts';

/**
 * A client of this dialect sends thinking signatures back untouched. One issued by another family crosses in an
 * envelope, so that the next request can tell it from Anthropic's own and give it back to its owner only.
 */
const ENVELOPE = 'dragoman:';

/** The string a client gets for a signature, whoever issued it. */
export function wrapSignature(signature: Opaque): string {
  if (signature.dialect === DIALECT && signature.family === FAMILY && typeof signature.value === 'string') {
    return signature.value;
  }
  return ENVELOPE + JSON.stringify([signature.dialect, signature.family ?? null, signature.value]);
}

/**
 * Other families sign calls and texts too, where this dialect has no place for it. The signature then follows its block
 * as a redacted block of its own, which clients give back with the rest and never look into.
 */
export function carrySignature(signature: Opaque): JsonObject {
  const envelope = [signature.dialect, signature.family ?? null, signature.value, 'previous'];
  return { type: 'redacted_thinking', data: ENVELOPE + JSON.stringify(envelope) };
}

/** The signature of the block before, if this block carries it. */
export function carriedSignature(block: Json): Opaque | undefined {
  if (!isObject(block) || block.type !== 'redacted_thinking' || typeof block.data !== 'string')
    return undefined;
  if (!block.data.startsWith(ENVELOPE) || !block.data.endsWith(',"previous"]')) return undefined;
  const signature = unwrapSignature(block.data, FAMILY);
  return signature.value === block.data ? undefined : signature;
}

/** Reads a signature a client or an upstream of `family` gave. */
export function unwrapSignature(text: string, family: string): Opaque {
  if (text.startsWith(ENVELOPE)) {
    try {
      const [dialect, issuer, value] = JSON.parse(text.slice(ENVELOPE.length));
      if (typeof dialect === 'string' && value !== undefined) {
        return typeof issuer === 'string' ? { dialect, family: issuer, value } : { dialect, value };
      }
    } catch {
      // Not an envelope after all: a damaged one is refused by the upstream, as any damaged signature is.
    }
  }
  return { dialect: DIALECT, family, value: text };
}

/** The signature to replay to `family`, if it was issued there. An empty one is none: thoughts of others come without. */
export function replayable(signature: Opaque | undefined, family: string): string | undefined {
  if (signature === undefined || typeof signature.value !== 'string' || signature.value === '')
    return undefined;
  return (signature.family ?? signature.dialect) === family ? signature.value : undefined;
}
