import {
  isObject,
  type Json,
  type JsonObject,
  type ToolResultPart,
  warnHere,
  warnLost,
} from '@dragoman/plugin-sdk';
import { ownFields, writeOwn } from './dialect.ts';
import { encodeMedia } from './encode-media.ts';
import { writeBackMedia } from './media.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

/** Media a tool's result may hold, where the model takes any. */
const IN_RESULT = /^(?:image\/(?:png|jpeg|webp)|application\/pdf|text\/plain)$/;

/** `functionResponse` of a request of this dialect, as it came; of any other dialect without its media. */
export function encodeResult(part: ToolResultPart, writer: RequestWriter): JsonObject | undefined {
  if (part.hosted === true) {
    warnHere(writer, 'dropped', 'a result of a tool another service ran cannot be replayed');
    return undefined;
  }
  return { functionResponse: writer.isOwn ? writeBackResult(part) : encodeForeign(part, writer).wire };
}

function writeBackResult(part: ToolResultPart): JsonObject {
  const own = ownFields(part.extensions);
  const wire: JsonObject = {};
  if (own?.$id === undefined) wire.id = part.callId;
  else if (own.$id !== false) wire.id = own.$id;
  if (own?.$name === undefined) wire.name = part.name;
  else if (own.$name !== false) wire.name = own.$name;
  const form = own?.$response;
  let media = part.output;
  if (isObject(form)) wire.response = form.value;
  else if (form !== false) {
    const [first, ...rest] = part.output;
    media = rest;
    const text = first?.type === 'text' ? first.text : '';
    const value: Json = own?.$json === true ? JSON.parse(text) : text;
    wire.response = typeof form === 'string' ? { [form]: value } : value;
  }
  if (media.length > 0 || own?.$parts === true) wire.parts = media.map(writeBackOutput);
  writeOwn(wire, part.extensions);
  return wire;
}

function writeBackOutput(item: ToolResultPart['output'][number]): Json {
  if (item.type === 'opaque') return item.value;
  if (item.type !== 'media') return {};
  const own = ownFields(item.extensions);
  const wire = writeBackMedia(item, own);
  writeOwn(wire, item.extensions);
  return wire;
}

/** A result of another dialect, and the media that must stand beside it because the model takes none in results. */
export interface EncodedResult {
  wire: JsonObject;
  beside: JsonObject[];
}

/** The reference names `output` for what a function gave and `error` for how it failed. */
export function encodeForeign(part: ToolResultPart, writer: RequestWriter): EncodedResult {
  const values: Json[] = [];
  const within: JsonObject[] = [];
  const beside: JsonObject[] = [];
  for (let index = 0; index < part.output.length; index++) {
    const item = part.output[index];
    if (item === undefined) continue;
    writer.output = index;
    if (item.type !== 'media') warnLost(item, ['logprobs'], writer);
    if (item.type === 'text') values.push(item.text);
    else if (item.type === 'json') values.push(item.value);
    else if (item.type === 'opaque') warnHere(writer, 'dropped', `only ${item.dialect} can read this`);
    else {
      const media = encodeMedia(item, writer);
      if (media === undefined) continue;
      if (item.signature !== undefined) warnLost(item, ['filename', 'title', 'detail'], writer);
      if (writer.rules.mediaInResults && fitsResult(media)) {
        if (media.mediaResolution !== undefined) {
          delete media.mediaResolution;
          warnHere(writer, 'dropped', 'the resolution of media in a result cannot be chosen', '/detail');
        }
        within.push(media);
      } else {
        beside.push(media);
        warnHere(writer, 'approximated', 'media of a tool result is sent right after it');
      }
    }
    if (item.cache !== undefined) {
      warnHere(writer, 'approximated', 'the service decides by itself what it caches', '/cache');
    }
    warnForeign(writer, item.extensions);
  }
  writer.output = -1;
  warnLost(part, [], writer);
  const wire: JsonObject = { id: part.callId, name: resultName(part, writer) };
  wire.response = makeResponse(values, part.isError === true);
  if (within.length > 0) wire.parts = within;
  return { wire, beside };
}

function fitsResult(media: JsonObject): boolean {
  const data = isObject(media.inlineData) ? media.inlineData : media.fileData;
  return isObject(data) && typeof data.mimeType === 'string' && IN_RESULT.test(data.mimeType);
}

/** Several texts are one with a blank line between; an object the tool gave is the response itself. */
function makeResponse(values: Json[], isError: boolean): JsonObject {
  const [only] = values;
  if (values.length === 1 && isObject(only) && !isError) return only;
  const isText = values.every((value) => typeof value === 'string');
  const value = values.length === 1 ? (only ?? null) : isText ? values.join('\n\n') : values;
  return isError ? { error: value } : { output: value };
}

/** The service matches results by name: that of the call, and the client's own word only where there is no call. */
function resultName(part: ToolResultPart, writer: RequestWriter): string {
  return writer.calls.get(part.callId) ?? part.name ?? 'unknown';
}
