import {
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type OpaquePart,
  type Part,
  type ReasoningPart,
  type TextPart,
  type ToolCallPart,
} from '@dragoman/plugin-sdk';
import type { CallLedger } from './call-ledger.ts';
import { decodeResult } from './decode-result.ts';
import { DIALECT, FAMILY } from './dialect.ts';
import { decodeBlob, decodeFile } from './media.ts';
import { named } from './names.ts';
import { unwrapSignature } from './signatures.ts';

/** What reading a part needs to know of its surroundings. */
export interface PartReader {
  /** Who issued the signatures. */
  family: string;
  /** The id of a call that came without one. */
  makeCallId(name: string, input: string): string;
  /** Of a request: which results answer which calls. */
  ledger?: CallLedger;
}

export const TEXT_FIELDS: ReadonlySet<string> = new Set(['text', 'thoughtSignature']);
export const THOUGHT_FIELDS: ReadonlySet<string> = new Set(['text', 'thought', 'thoughtSignature']);
const CALL_FIELDS = new Set(['functionCall', 'thoughtSignature']);
const RESULT_FIELDS = new Set(['functionResponse', 'thoughtSignature']);
const BLOB_FIELDS = new Set(['inlineData', 'thoughtSignature']);
const FILE_FIELDS = new Set(['fileData', 'thoughtSignature']);
const WITHIN_CALL = new Set(['id', 'name', 'args']);

/** One part. What the hub has no words for stays whole. */
export function decodePart(raw: Json, reader: PartReader): Part {
  if (!isObject(raw)) return opaquePart(raw);
  const wire = named(raw);
  const read = readPart(wire, reader);
  if (read === undefined) return opaquePart(wire);
  const { part } = read;
  const rest = leftover(wire, read.known);
  if (typeof wire.thoughtSignature === 'string') {
    part.signature = unwrapSignature(wire.thoughtSignature, reader.family);
  } else if (wire.thoughtSignature !== undefined) {
    addOwn(part, { thoughtSignature: wire.thoughtSignature });
  }
  if (rest !== undefined) addOwn(part, rest);
  return part;
}

function addOwn(part: Part, fields: JsonObject): void {
  const own = part.extensions?.[DIALECT];
  part.extensions = { [DIALECT]: own === undefined ? fields : { ...own, ...fields } };
}

function opaquePart(value: Json): OpaquePart {
  return { type: 'opaque', dialect: DIALECT, family: FAMILY, value };
}

interface ReadPart {
  part: Part;
  known: ReadonlySet<string>;
}

function readPart(wire: JsonObject, reader: PartReader): ReadPart | undefined {
  if (typeof wire.text === 'string') {
    if (wire.thought !== true) return { part: { type: 'text', text: wire.text }, known: TEXT_FIELDS };
    // The service shows summaries of its thoughts, never the thoughts themselves.
    const part: ReasoningPart = { type: 'reasoning', text: wire.text, summary: true };
    return { part, known: THOUGHT_FIELDS };
  }
  if (isObject(wire.functionCall)) return { part: decodeCall(wire.functionCall, reader), known: CALL_FIELDS };
  if (isObject(wire.functionResponse) && reader.ledger !== undefined) {
    return { part: decodeResult(wire.functionResponse, reader.ledger), known: RESULT_FIELDS };
  }
  if (isObject(wire.inlineData)) return readMedia(decodeBlob(wire.inlineData), BLOB_FIELDS);
  if (isObject(wire.fileData)) return readMedia(decodeFile(wire.fileData), FILE_FIELDS);
  return readBareSignature(wire);
}

function readMedia(part: Part | undefined, known: ReadonlySet<string>): ReadPart | undefined {
  return part === undefined ? undefined : { part, known };
}

/** A part that is nothing but a signature reads as an empty text. */
function readBareSignature(wire: JsonObject): ReadPart | undefined {
  if (typeof wire.thoughtSignature !== 'string' || Object.keys(wire).length !== 1) return undefined;
  const part: TextPart = { type: 'text', text: '', extensions: { [DIALECT]: { $text: false } } };
  return { part, known: TEXT_FIELDS };
}

function decodeCall(raw: JsonObject, reader: PartReader): ToolCallPart {
  const wire = named(raw);
  const name = typeof wire.name === 'string' ? wire.name : '';
  const input = isObject(wire.args) ? JSON.stringify(wire.args) : '{}';
  const hasId = typeof wire.id === 'string' && wire.id !== '';
  const id = hasId ? String(wire.id) : reader.makeCallId(name, input);
  reader.ledger?.addCall(id, name);
  const part: ToolCallPart = { type: 'tool-call', id, name, kind: 'function', input };
  const rest = leftover(wire, WITHIN_CALL);
  if (hasId && isObject(wire.args) && rest === undefined && name !== '') return part;
  const own: JsonObject = {};
  if (!hasId) own.$id = wire.id ?? false;
  if (wire.name !== name) own.$name = wire.name ?? false;
  if (!isObject(wire.args)) own.$args = wire.args ?? false;
  if (rest !== undefined) own.$call = rest;
  for (const _ in own) {
    part.extensions = { [DIALECT]: own };
    break;
  }
  return part;
}
