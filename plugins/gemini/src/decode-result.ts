import {
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type ToolResultPart,
} from '@dragoman/plugin-sdk';
import type { CallLedger } from './call-ledger.ts';
import { DIALECT, FAMILY } from './dialect.ts';
import { decodeBlob, decodeFile } from './media.ts';
import { named } from './names.ts';

const RESULT_FIELDS = new Set(['id', 'name', 'response', 'parts']);
const BLOB_FIELDS = new Set(['inlineData']);
const FILE_FIELDS = new Set(['fileData']);
/** Keys that hold the whole result, after the reference (`output`, `error`) and Google's examples (`result`). */
const WHOLE = new Set(['output', 'result', 'error']);

/** `functionResponse`. What the hub's words do not tell of its form is kept in markers. */
export function decodeResult(raw: JsonObject, ledger: CallLedger): ToolResultPart {
  const wire = named(raw);
  const own: JsonObject = leftover(wire, RESULT_FIELDS) ?? {};
  const part: ToolResultPart = { type: 'tool-result', callId: '', output: [] };
  const ownName = typeof wire.name === 'string' ? wire.name : '';
  if (typeof wire.id === 'string' && wire.id !== '') {
    part.callId = wire.id;
    const called = ledger.claim(wire.id);
    part.name = ownName === '' ? (called ?? '') : ownName;
  } else {
    const call = ledger.take(ownName);
    part.callId = call.id;
    part.name = call.name;
    own.$id = wire.id ?? false;
  }
  if (part.name !== wire.name) own.$name = wire.name ?? false;
  readResponse(wire.response, part, own);
  if (Array.isArray(wire.parts)) {
    for (const item of wire.parts) part.output.push(decodeResultPart(item));
    if (wire.parts.length === 0) own.$parts = true;
  } else if (wire.parts !== undefined) {
    own.parts = wire.parts;
  }
  if (!isEmpty(own)) part.extensions = { [DIALECT]: own };
  return part;
}

/** A value that is no text becomes JSON text, as tools give it everywhere else; `$json` tells it apart. */
function readResponse(response: Json | undefined, part: ToolResultPart, own: JsonObject): void {
  if (!isObject(response)) {
    own.$response = response === undefined ? false : { value: response };
    return;
  }
  const key = wholeKey(response);
  const value = key === undefined ? response : (response[key] ?? null);
  own.$response = key ?? true;
  if (key === 'error') part.isError = true;
  if (typeof value === 'string') part.output.push({ type: 'text', text: value });
  else {
    own.$json = true;
    part.output.push({ type: 'text', text: JSON.stringify(value) });
  }
}

/** The one key that holds the whole result, if the response is of that form. */
function wholeKey(response: JsonObject): string | undefined {
  let key: string | undefined;
  for (const each in response) {
    if (key !== undefined || !WHOLE.has(each)) return undefined;
    key = each;
  }
  return key;
}

/** Media beside the value of a result. */
function decodeResultPart(raw: Json): ToolResultPart['output'][number] {
  if (isObject(raw)) {
    const wire = named(raw);
    const isBlob = isObject(wire.inlineData);
    const media = isObject(wire.inlineData)
      ? decodeBlob(wire.inlineData)
      : isObject(wire.fileData)
        ? decodeFile(wire.fileData)
        : undefined;
    if (media !== undefined) {
      const rest = leftover(wire, isBlob ? BLOB_FIELDS : FILE_FIELDS);
      if (rest !== undefined) media.extensions = { [DIALECT]: { ...media.extensions?.[DIALECT], ...rest } };
      return media;
    }
    return { type: 'opaque', dialect: DIALECT, family: FAMILY, value: wire };
  }
  return { type: 'opaque', dialect: DIALECT, family: FAMILY, value: raw };
}
