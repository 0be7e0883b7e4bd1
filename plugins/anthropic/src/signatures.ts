import type { Opaque } from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY } from './dialect.ts';

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

/** The signature to replay to `family`, if it was issued there. */
export function replayable(signature: Opaque | undefined, family: string): string | undefined {
  if (signature === undefined || typeof signature.value !== 'string') return undefined;
  return (signature.family ?? signature.dialect) === family ? signature.value : undefined;
}
