import {
  isObject,
  type Json,
  type JsonObject,
  type Part,
  type ToolCallPart,
  toStandardBase64,
} from '@dragoman/plugin-sdk';
import { DIALECT, ownFields, writeFields } from './dialect.ts';
import { writeBackMedia } from './media.ts';
import { wrapSignature } from './signatures.ts';

/** What a client gets for one part of a reply; `undefined` when this dialect has no place for it. */
export function encodeReplyPart(part: Part): Json | undefined {
  if (part.type === 'opaque') return part.dialect === DIALECT ? part.value : undefined;
  const wire = encodeData(part);
  if (wire === undefined) return undefined;
  const own = ownFields(part.extensions);
  if (part.signature !== undefined) wire.thoughtSignature = wrapSignature(part.signature);
  if (own?.$text === false) delete wire.text;
  writeFields(wire, own);
  return wire;
}

function encodeData(part: Exclude<Part, { type: 'opaque' }>): JsonObject | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { text: part.text };
    case 'json':
      return { text: JSON.stringify(part.value) };
    case 'reasoning':
      return { text: part.text, thought: true };
    case 'media':
      return encodeReplyMedia(part);
    case 'tool-call':
      return part.kind === 'hosted' ? undefined : { functionCall: encodeReplyCall(part) };
    case 'tool-result':
      return undefined;
  }
}

function encodeReplyMedia(part: Extract<Part, { type: 'media' }>): JsonObject | undefined {
  const own = ownFields(part.extensions);
  const { source, mediaType } = part;
  if (own !== undefined || source.type === 'url') return writeBackMedia(part, own);
  if (source.type === 'base64') {
    return { inlineData: { mimeType: mediaType, data: toStandardBase64(source.data) } };
  }
  return source.type === 'file' && source.dialect === DIALECT ? writeBackMedia(part, own) : undefined;
}

/** `functionCall` for a client; free text goes in an object, as clients read nothing else. */
export function encodeReplyCall(part: Omit<ToolCallPart, 'type'>): JsonObject {
  const own = ownFields(part.extensions);
  const call: JsonObject = {};
  if (own?.$id === undefined) call.id = part.id;
  else if (own.$id !== false) call.id = own.$id;
  const isPrefixed = part.namespace === undefined || part.name.startsWith(`${part.namespace}__`);
  if (own?.$name === undefined) call.name = isPrefixed ? part.name : `${part.namespace}__${part.name}`;
  else if (own.$name !== false) call.name = own.$name;
  if (own?.$args === undefined)
    call.args = part.kind === 'custom' ? { input: part.input } : readArgs(part.input);
  else if (own.$args !== false) call.args = own.$args;
  if (isObject(own?.$call)) Object.assign(call, own.$call);
  return call;
}

/** Input that is no JSON object is put in one: the client's code sees what the model wrote. */
function readArgs(input: string): JsonObject {
  if (input.trim() === '') return {};
  try {
    const args: Json = JSON.parse(input);
    return isObject(args) ? args : { input: args };
  } catch {
    return { input };
  }
}
