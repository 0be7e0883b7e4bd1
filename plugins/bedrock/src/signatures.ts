import {
  decodeBase64Text,
  encodeBase64Text,
  isObject,
  type Json,
  type JsonObject,
  type Opaque,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

/** The signature of readable thinking. */
export function decodeSignature(signature: string, family: string): Opaque {
  return { dialect: DIALECT, family, value: signature };
}

/**
 * Hidden thinking is bytes on this wire and text everywhere else: the bytes are that text. What is no text stays bytes, which
 * only this dialect can give back.
 */
export function decodeRedacted(base64: string, family: string): Opaque {
  const text = decodeBase64Text(base64);
  return { dialect: DIALECT, family, value: text === undefined ? { bytes: base64 } : text };
}

/** The block of thinking that may be sent back to `family`; `undefined` when it was not issued there. */
export function encodeReasoningBlock(
  signature: Opaque | undefined,
  text: string,
  isRedacted: boolean,
  family: string,
): JsonObject | undefined {
  const value = replayable(signature, family);
  if (value === undefined) return undefined;
  if (isObject(value)) {
    return typeof value.bytes === 'string' ? { redactedContent: value.bytes } : undefined;
  }
  if (typeof value !== 'string' || value === '') return undefined;
  return isRedacted
    ? { redactedContent: encodeBase64Text(value) }
    : { reasoningText: { text, signature: value } };
}

function replayable(signature: Opaque | undefined, family: string): Json | undefined {
  if (signature === undefined || (signature.family ?? signature.dialect) !== family) return undefined;
  return signature.value;
}
