import {
  type CanonicalRequest,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type Message,
  TranslateError,
  type Translator,
  type WireRequest,
} from '@dragoman/plugin-sdk';
import { createCallLedger } from './call-ledger.ts';
import { decodeConfig } from './decode-config.ts';
import { decodePart, type PartReader } from './decode-parts.ts';
import { decodeToolConfig, decodeTools } from './decode-tools.ts';
import { DIALECT, FAMILY, listOf } from './dialect.ts';
import { named } from './names.ts';

const REQUEST_FIELDS = new Set([
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'serviceTier',
  'model',
]);
const CONTENT_FIELDS = new Set(['role', 'parts']);

/** The parameter of the route's path that holds the model: another name where the route streams, which no body says. */
export function modelOf(wire: WireRequest): { model: string; stream: boolean } {
  const streamed = wire.path.streamModel;
  const model = streamed ?? wire.path.model ?? '';
  return {
    model: model.startsWith('models/') ? model.slice(7) : model,
    stream: streamed !== undefined || wire.query.alt === 'sse',
  };
}

/**
 * Unknown fields stay in the extensions: a request is never refused for a field this file does not know. The
 * extensions of the request are always there, which tells `encodeRequest` that it may write everything back.
 */
export const decodeRequest: Translator<WireRequest, CanonicalRequest> = (wire) => {
  if (!isObject(wire.body)) throw new TranslateError('invalid-input', 'The body must be a JSON object', '');
  const { model, stream } = modelOf(wire);
  return { output: readRequest(wire.body, model, stream) };
};

/** `model` is what the path says; a name in the body only repeats it. */
export function readRequest(raw: JsonObject, model: string, stream: boolean): CanonicalRequest {
  const body = named(raw);
  const contents = listOf(body.contents);
  if (contents === undefined) {
    throw new TranslateError('invalid-input', 'contents is not specified', '/contents');
  }
  const own: JsonObject = leftover(body, REQUEST_FIELDS) ?? {};
  if (body.model !== undefined) own.$model = body.model;
  const ledger = createCallLedger();
  const reader: PartReader = { family: FAMILY, makeCallId: ledger.makeId, ledger };
  const messages: Message[] = [];
  if (isObject(body.systemInstruction)) {
    messages.push(decodeSystem(body.systemInstruction, reader));
  } else if (body.systemInstruction !== undefined) {
    own.systemInstruction = body.systemInstruction;
  }
  for (let index = 0; index < contents.length; index++) {
    messages.push(decodeContent(contents[index] ?? null, index, reader));
  }
  const request: CanonicalRequest = { model, messages, stream };
  decodeTools(body.tools, request, own);
  decodeToolConfig(body.toolConfig, request, own);
  decodeConfig(body.generationConfig, request, own);
  if (typeof body.serviceTier === 'string') request.serviceTier = body.serviceTier;
  else if (body.serviceTier !== undefined) own.serviceTier = body.serviceTier;
  request.extensions = { [DIALECT]: own };
  return request;
}

function decodeSystem(raw: JsonObject, reader: PartReader): Message {
  const wire = named(raw);
  const own: JsonObject = leftover(wire, CONTENT_FIELDS) ?? {};
  // Any role is taken here, and none has a meaning.
  if (wire.role !== undefined) own.$role = wire.role;
  const message: Message = { role: 'system', parts: decodeParts(wire.parts, own, reader) };
  for (const _ in own) {
    message.extensions = { [DIALECT]: own };
    break;
  }
  return message;
}

function decodeContent(raw: Json, index: number, reader: PartReader): Message {
  if (!isObject(raw)) {
    throw new TranslateError('invalid-input', 'A content must be an object', `/contents/${index}`);
  }
  const wire = named(raw);
  const own: JsonObject = leftover(wire, CONTENT_FIELDS) ?? {};
  const message: Message = { role: 'user', parts: [] };
  switch (wire.role) {
    case 'user':
      break;
    case 'model':
      message.role = 'assistant';
      break;
    case 'function':
      message.role = 'tool';
      break;
    case 'system':
      message.role = 'system';
      own.$place = 'contents';
      break;
    default:
      own.$role = wire.role ?? false;
  }
  message.parts = decodeParts(wire.parts, own, reader);
  for (const _ in own) {
    message.extensions = { [DIALECT]: own };
    break;
  }
  return message;
}

function decodeParts(raw: Json | undefined, own: JsonObject, reader: PartReader): Message['parts'] {
  const list = listOf(raw);
  if (list === undefined) {
    own.$parts = raw ?? false;
    return [];
  }
  const parts: Message['parts'] = [];
  for (const item of list) parts.push(decodePart(item, reader));
  return parts;
}
