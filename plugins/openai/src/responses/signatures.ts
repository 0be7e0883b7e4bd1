import type { JsonObject, Opaque } from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

/**
 * Clients of this dialect send `encrypted_content` back untouched. A signature of another family crosses in an
 * envelope, so that the next request can tell it from OpenAI's own and give it back to its owner only.
 */
const ENVELOPE = 'dragoman:';
/** What a client gets for reasoning nobody signed: OpenAI would look it up by its id, and find nothing. */
export const UNSIGNED = `${ENVELOPE}[]`;
/** OpenAI's encrypted reasoning is a Fernet token: its first byte, the version, is always 0x80. */
const OPENAI_PREFIX = 'gAAAA';

/** The text a client gets for a signature, whoever issued it. */
export function wrapSignature({ dialect, family, value }: Opaque): string {
  if (typeof value === 'string' && (dialect === DIALECT || family === 'openai')) return value;
  return ENVELOPE + JSON.stringify([dialect, family ?? null, value]);
}

/**
 * Other families sign calls and texts too, where this dialect has no place for it. The signature then follows its item
 * as a reasoning item of its own, which clients give back with the rest and never look into.
 */
export function carrySignature({ dialect, family, value }: Opaque, id: string): JsonObject {
  const envelope = ENVELOPE + JSON.stringify([dialect, family ?? null, value, 'previous']);
  return { id, type: 'reasoning', summary: [], encrypted_content: envelope };
}

/** A signature as it was issued. */
export interface ReadSignature {
  signature: Opaque;
  /** It belongs to the part before. */
  isCarried: boolean;
}

/** `family`: of the upstream that gave the text; absent where a client gave it, and its form must tell. */
export function readSignature(text: string, family: string | undefined): ReadSignature {
  if (text.startsWith(ENVELOPE)) {
    try {
      const [dialect, issuer, value, place] = JSON.parse(text.slice(ENVELOPE.length));
      if (typeof dialect === 'string' && value !== undefined) {
        const signature: Opaque = { dialect, value };
        if (typeof issuer === 'string') signature.family = issuer;
        return { signature, isCarried: place === 'previous' };
      }
    } catch {
      // Not an envelope after all: a damaged one is refused by the upstream, as any damaged signature is.
    }
  }
  const signature: Opaque = { dialect: DIALECT, value: text };
  const issuer = family ?? (text.startsWith(OPENAI_PREFIX) ? 'openai' : undefined);
  if (issuer !== undefined) signature.family = issuer;
  return { signature, isCarried: false };
}

/** The signature to replay to `family`, if it was issued there. */
export function replayable(signature: Opaque | undefined, family: string): string | undefined {
  if (signature === undefined || typeof signature.value !== 'string') return undefined;
  return (signature.family ?? signature.dialect) === family ? signature.value : undefined;
}
