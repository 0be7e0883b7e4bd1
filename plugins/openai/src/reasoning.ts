import {
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type OpaquePart,
  type ReasoningPart,
} from '@dragoman/plugin-sdk';
import { DIALECT, makeOwn, ownFields } from './dialect.ts';

/**
 * The official API never shows reasoning; compatible services do, in one of these: `reasoning_content` (DeepSeek and
 * most others), `reasoning` (Groq, OpenRouter, newer vLLM), or OpenRouter's list `reasoning_details`, which also holds
 * signatures and is what its clients send back.
 */
export type ReasoningField = 'reasoning_content' | 'reasoning';

/** OpenRouter's names for who signed, by family. */
const FORMATS: Record<string, string> = {
  anthropic: 'anthropic-claude-v1',
  openai: 'openai-responses-v1',
  google: 'google-gemini-v1',
  xai: 'xai-responses-v1',
};

/** The name of a family that signs its reasoning. */
export function signerOf(family: string): string | undefined {
  return FORMATS[family];
}

function familyOf(format: Json | undefined): string | undefined {
  if (typeof format !== 'string' || format === 'unknown') return undefined;
  for (const family in FORMATS) if (FORMATS[family] === format) return family;
  return format;
}

const TEXT_FIELDS = new Set(['type', 'text', 'signature']);
const SUMMARY_FIELDS = new Set(['type', 'summary']);
const ENCRYPTED_FIELDS = new Set(['type', 'data']);

export function decodeDetail(detail: Json, family?: string): ReasoningPart | OpaquePart {
  return (isObject(detail) ? readDetail(detail, family) : undefined) ?? opaqueDetail(detail);
}

function opaqueDetail(value: Json): OpaquePart {
  return {
    type: 'opaque',
    dialect: DIALECT,
    value,
    extensions: { [DIALECT]: { $place: 'reasoning_details' } },
  };
}

function readDetail(detail: JsonObject, family: string | undefined): ReasoningPart | undefined {
  const { type } = detail;
  const part: ReasoningPart = { type: 'reasoning', text: '' };
  let rest: JsonObject | undefined;
  let signature: Json | undefined;
  if (type === 'reasoning.text') {
    if (typeof detail.text === 'string') part.text = detail.text;
    else if (detail.text !== undefined) return undefined;
    rest = leftover(detail, TEXT_FIELDS);
    signature = detail.signature;
    if (detail.text === undefined) rest = { ...rest, text: null };
  } else if (type === 'reasoning.summary') {
    if (typeof detail.summary !== 'string') return undefined;
    part.text = detail.summary;
    part.summary = true;
    rest = leftover(detail, SUMMARY_FIELDS);
  } else if (type === 'reasoning.encrypted') {
    if (typeof detail.data !== 'string') return undefined;
    part.redacted = true;
    rest = leftover(detail, ENCRYPTED_FIELDS);
    signature = detail.data;
  } else {
    return undefined;
  }
  if (typeof signature === 'string') {
    const owner = familyOf(detail.format) ?? family;
    part.signature =
      owner === undefined
        ? { dialect: DIALECT, value: signature }
        : { dialect: DIALECT, family: owner, value: signature };
  } else if (signature !== undefined) {
    rest = { ...rest, signature };
  }
  makeOwn(part).$detail = rest ?? {};
  return part;
}

/** One entry of `reasoning_details`. */
export function encodeDetail(part: ReasoningPart): JsonObject {
  const kept = ownFields(part.extensions)?.$detail;
  const detail: JsonObject = {};
  const signature = part.signature?.value;
  if (part.redacted === true) {
    detail.type = 'reasoning.encrypted';
    detail.data = typeof signature === 'string' ? signature : '';
  } else if (part.summary === true && signature === undefined) {
    // A summary has no place for a signature, which must come back; a text has.
    detail.type = 'reasoning.summary';
    detail.summary = part.text;
  } else {
    detail.type = 'reasoning.text';
    detail.text = part.text;
    if (signature !== undefined) detail.signature = signature;
  }
  if (isObject(kept)) return restoreDetail(detail, kept);
  const format = formatOf(part);
  if (format !== undefined) detail.format = format;
  return detail;
}

function restoreDetail(detail: JsonObject, kept: JsonObject): JsonObject {
  for (const key in kept) {
    // A text that was absent is marked by null; everything else is as it came.
    if (key === 'text') delete detail.text;
    else detail[key] = kept[key];
  }
  return detail;
}

export function formatOf(part: Pick<ReasoningPart, 'signature'>): string | undefined {
  const { signature } = part;
  if (signature === undefined) return undefined;
  const family = signature.family ?? signature.dialect;
  return FORMATS[family] ?? family;
}

/** True when only `reasoning_details` can carry the part whole. */
export function needsDetail(part: ReasoningPart): boolean {
  return (
    part.signature !== undefined ||
    part.redacted === true ||
    ownFields(part.extensions)?.$detail !== undefined
  );
}
