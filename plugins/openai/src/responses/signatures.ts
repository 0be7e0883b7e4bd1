import {
  type JsonObject,
  type Opaque,
  type OpenedSignature,
  openSignature,
  SIGNATURE_ENVELOPE,
  sealSignature,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

/** What a client gets for reasoning nobody signed: OpenAI would look it up by its id, and find nothing. */
export const UNSIGNED = `${SIGNATURE_ENVELOPE}[]`;
/** OpenAI's encrypted reasoning is a Fernet token: its first byte, the version, is always 0x80. */
const OPENAI_PREFIX = 'gAAAA';

/** The text a client gets for a signature, whoever issued it. */
export function wrapSignature(signature: Opaque): string {
  const { dialect, family, value } = signature;
  if (typeof value === 'string' && (dialect === DIALECT || family === 'openai')) return value;
  return sealSignature(signature);
}

/**
 * Other families sign calls and texts too, where this dialect has no place for it. The signature then follows its item
 * as a reasoning item of its own, which clients give back with the rest and never look into.
 */
export function carrySignature(signature: Opaque, id: string): JsonObject {
  return { id, type: 'reasoning', summary: [], encrypted_content: sealSignature(signature, 'previous') };
}

/** `family`: of the upstream that gave the text; absent where a client gave it, and its form must tell. */
export function readSignature(text: string, family: string | undefined): OpenedSignature {
  const opened = openSignature(text);
  if (opened !== undefined) return opened;
  const signature: Opaque = { dialect: DIALECT, value: text };
  const issuer = family ?? (text.startsWith(OPENAI_PREFIX) ? 'openai' : undefined);
  if (issuer !== undefined) signature.family = issuer;
  return { signature, isCarried: false };
}
