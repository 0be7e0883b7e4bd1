import {
  decodeBase64Text,
  encodeBase64Text,
  isObject,
  type Json,
  type Opaque,
  openSignature,
  SIGNATURE_ENVELOPE,
  sealSignature,
} from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY } from './dialect.ts';

/**
 * Google's documentation of thought signatures: this word stands for one that does not exist, as on a call another
 * model made, and Gemini 3 refuses a call without any.
 */
const NO_SIGNATURE = 'skip_thought_signature_validator';
/** The same as clients that hold signatures as bytes send it. */
const NO_SIGNATURE_BASE64 = encodeBase64Text(NO_SIGNATURE);

/** The string a client gets for a signature, whoever issued it. Clients hold signatures as bytes: an envelope is base64. */
export function wrapSignature(signature: Opaque): string {
  if (signature.dialect === DIALECT && signature.family === FAMILY && typeof signature.value === 'string') {
    return signature.value;
  }
  return encodeBase64Text(sealSignature(signature));
}

/** How an envelope begins in base64: nine bytes are twelve characters, whatever follows. */
const ENVELOPE = encodeBase64Text(SIGNATURE_ENVELOPE);

/** Reads a signature a client or an upstream of `family` gave. */
export function unwrapSignature(text: string, family: string): Opaque {
  const opened = text.startsWith(ENVELOPE) ? openSignature(decodeBase64Text(text) ?? '') : undefined;
  return opened?.signature ?? { dialect: DIALECT, family, value: text };
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
