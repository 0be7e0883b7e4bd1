import { decodeBase64Text, encodeBase64Text, type Json, type Opaque } from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY, isObject } from './dialect.ts';

/**
 * A client of this dialect sends thought signatures back. One issued by another family crosses in an envelope, so that
 * the next request can tell it from Google's own and give it back to its owner only. The envelope is base64, because
 * clients hold signatures as bytes.
 */
const ENVELOPE = 'dragoman:';
/** `dragoman:` in base64: nine bytes are twelve characters, whatever follows. */
const ENVELOPE_BASE64 = encodeBase64Text(ENVELOPE);

/**
 * Google's documentation of thought signatures: this word stands for one that does not exist, as on a call another
 * model made, and Gemini 3 refuses a call without any.
 */
const NO_SIGNATURE = 'skip_thought_signature_validator';
/** The same as clients that hold signatures as bytes send it. */
const NO_SIGNATURE_BASE64 = encodeBase64Text(NO_SIGNATURE);

/** The string a client gets for a signature, whoever issued it. */
export function wrapSignature(signature: Opaque): string {
  if (signature.dialect === DIALECT && signature.family === FAMILY && typeof signature.value === 'string') {
    return signature.value;
  }
  const envelope = [signature.dialect, signature.family ?? null, signature.value];
  return encodeBase64Text(ENVELOPE + JSON.stringify(envelope));
}

/** Reads a signature a client or an upstream of `family` gave. */
export function unwrapSignature(text: string, family: string): Opaque {
  if (text.startsWith(ENVELOPE_BASE64)) {
    const opened = decodeBase64Text(text);
    try {
      const [dialect, issuer, value]: Json[] = JSON.parse((opened ?? '').slice(ENVELOPE.length));
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

/** True for the word that stands for no signature: it belongs to nobody. */
export function isNoSignature(signature: Opaque): boolean {
  return signature.value === NO_SIGNATURE || signature.value === NO_SIGNATURE_BASE64;
}

/**
 * Stands in for the signature of calls that have none: on their way to Gemini, and in replies of others, because a
 * client may go on with Gemini. Only the first of several parallel calls is ever signed. True when there is a call.
 */
export function signCalls(parts: readonly Json[]): boolean {
  const first = parts.find((part) => isObject(part) && isObject(part.functionCall));
  if (!isObject(first)) return false;
  first.thoughtSignature ??= NO_SIGNATURE;
  return true;
}
