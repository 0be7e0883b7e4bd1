import {
  type JsonObject,
  type MediaPart,
  type Part,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  warnHere,
  warnLost,
} from '@dragoman/plugin-sdk';
import { writeOwn } from './dialect.ts';
import { encodeCall } from './encode-call.ts';
import { encodeMedia } from './media.ts';
import { type RequestWriter, warnForeign, wireToolName } from './writer.ts';

/** A piece of a message and the field it goes into. */
export type Piece =
  | { field: 'thinking' | 'images' | 'content'; text: string }
  | { field: 'tool_calls'; call: JsonObject };

/** `undefined`, with a warning, when the server has no place for the part. */
export function encodePart(part: Exclude<Part, ToolResultPart>, writer: RequestWriter): Piece | undefined {
  const piece = encodeContent(part, writer);
  if (part.cache !== undefined) {
    warnHere(writer, 'approximated', 'the server itself decides what it caches', '/cache');
  }
  if (part.signature !== undefined && piece !== undefined) {
    warnHere(writer, 'dropped', 'the server takes no signatures', '/signature');
  }
  warnForeign(writer, part.extensions);
  return piece;
}

function encodeContent(part: Exclude<Part, ToolResultPart>, writer: RequestWriter): Piece | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part, writer);
    case 'refusal':
      warnHere(writer, 'approximated', 'a refusal is sent as ordinary text');
      return { field: 'content', text: part.text };
    case 'json':
      return { field: 'content', text: JSON.stringify(part.value) };
    case 'reasoning':
      if (part.text !== '') return { field: 'thinking', text: part.text };
      if (part.signature !== undefined) {
        warnHere(writer, 'dropped', 'hidden reasoning of another service cannot be replayed');
      }
      return undefined;
    case 'media':
      return encodeMediaPart(part, writer);
    case 'tool-call':
      return encodeCallPart(part, writer);
    case 'opaque':
      warnHere(writer, 'dropped', `a block only ${part.dialect} can read is left out`);
      return undefined;
  }
}

function encodeText(part: TextPart, writer: RequestWriter): Piece {
  if (part.citations !== undefined && part.citations.length > 0) {
    warnHere(writer, 'dropped', 'the server takes no citations', '/citations');
  }
  return { field: 'content', text: part.text };
}

function encodeMediaPart(part: MediaPart, writer: RequestWriter): Piece | undefined {
  const encoded = encodeMedia(part);
  if ('reason' in encoded) {
    warnHere(writer, 'unsupported', encoded.reason);
    return undefined;
  }
  if ('text' in encoded) {
    warnHere(writer, 'approximated', 'a document is sent as ordinary text');
    return { field: 'content', text: encoded.text };
  }
  if (part.detail !== undefined && part.detail !== 'auto') {
    warnHere(writer, 'dropped', 'the resolution of an image cannot be chosen', '/detail');
  }
  warnLost(part, ['signature', 'detail'], writer);
  return { field: 'images', text: encoded.image };
}

function encodeCallPart(part: ToolCallPart, writer: RequestWriter): Piece | undefined {
  if (part.kind === 'hosted') {
    warnHere(writer, 'dropped', 'a call of a tool another service ran cannot be replayed');
    return undefined;
  }
  const name = wireToolName(writer, part.name, part.namespace);
  writer.callNames.set(part.id, name);
  const { call, isChanged } = encodeCall(part, name);
  if (isChanged) {
    warnHere(writer, 'approximated', 'a tool input that is not a JSON object is sent as {}', '/input');
  }
  return { field: 'tool_calls', call };
}

/** The message of role `tool` for a result; `undefined` when another service ran the tool. */
export function encodeResult(part: ToolResultPart, own: JsonObject | undefined, writer: RequestWriter) {
  if (part.hosted === true) {
    warnHere(writer, 'dropped', 'a result of a tool another service ran cannot be replayed');
    return undefined;
  }
  const texts: string[] = [];
  const images: string[] = [];
  for (let index = 0; index < part.output.length; index++) {
    const item = part.output[index];
    if (item === undefined) continue;
    writer.output = index;
    const piece = encodePart(item, writer);
    if (piece?.field === 'images') images.push(piece.text);
    else if (piece?.field === 'content') texts.push(piece.text);
  }
  writer.output = -1;
  warnLost(part, [], writer);
  if (part.isError === true) {
    warnHere(writer, 'dropped', 'that a tool failed can only be told in its text', '/isError');
  }
  if (part.cache !== undefined) {
    warnHere(writer, 'approximated', 'the server itself decides what it caches', '/cache');
  }
  const wire: JsonObject = { role: 'tool', content: texts.join('\n\n') };
  if (images.length > 0) wire.images = images;
  const name = writer.callNames.get(part.callId) ?? part.name;
  if (own?.$name === undefined) {
    if (name !== undefined) wire.tool_name = name;
  } else if (own.$name !== 'none') wire.name = own.$name;
  if (own?.$id === undefined) wire.tool_call_id = part.callId;
  writeOwn(wire, part.extensions);
  warnForeign(writer, part.extensions);
  return wire;
}
