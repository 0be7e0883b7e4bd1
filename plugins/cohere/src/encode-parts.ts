import {
  decodeBase64Text,
  isObject,
  type JsonObject,
  type MediaPart,
  type Part,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  warnHere,
  warnLost,
  wireToolName,
} from '@dragoman/plugin-sdk';

import { type RequestWriter, warnForeign } from './writer.ts';

/** What a part is on the wire. */
export type Piece =
  | { field: 'thinking' | 'text'; text: string }
  | { field: 'image'; item: JsonObject }
  | { field: 'call'; call: JsonObject }
  | { field: 'document' };

/** `undefined`, with a warning, when the service has no place for the part. */
export function encodePart(part: Exclude<Part, ToolResultPart>, writer: RequestWriter): Piece | undefined {
  const piece = encodeContent(part, writer);
  if (part.cache !== undefined) {
    warnHere(writer, 'approximated', 'the service itself decides what it caches', '/cache');
  }
  if (part.signature !== undefined && piece !== undefined) {
    warnHere(writer, 'dropped', 'the service takes no signatures', '/signature');
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
      return { field: 'text', text: part.text };
    case 'json':
      return { field: 'text', text: JSON.stringify(part.value) };
    case 'reasoning':
      if (part.text !== '' && writer.takesThinking) return { field: 'thinking', text: part.text };
      if (part.text !== '') warnHere(writer, 'dropped', 'the model takes no thinking');
      else if (part.signature !== undefined) {
        warnHere(writer, 'dropped', 'hidden reasoning of another service cannot be replayed');
      }
      return undefined;
    case 'media':
      return encodeMedia(part, writer);
    case 'tool-call':
      return encodeCall(part, writer);
    case 'opaque':
      warnHere(writer, 'dropped', `a block only ${part.dialect} can read is left out`);
      return undefined;
  }
}

function encodeText(part: TextPart, writer: RequestWriter): Piece {
  if (part.citations !== undefined && part.citations.length > 0) {
    warnHere(writer, 'dropped', 'citations of earlier answers are not sent', '/citations');
  }
  return { field: 'text', text: part.text };
}

function encodeCall(part: ToolCallPart, writer: RequestWriter): Piece | undefined {
  if (part.kind === 'hosted') {
    warnHere(writer, 'dropped', 'a call of a tool another service ran cannot be replayed');
    return undefined;
  }
  const name = wireToolName(writer, part.name, part.namespace);
  const input = part.kind === 'custom' ? JSON.stringify({ input: part.input }) : readInput(part, writer);
  return { field: 'call', call: { id: part.id, type: 'function', function: { name, arguments: input } } };
}

/** The service refuses arguments that are no JSON object. */
function readInput({ input }: ToolCallPart, writer: RequestWriter): string {
  if (input.trim() === '') return '{}';
  try {
    if (isObject(JSON.parse(input))) return input;
  } catch {
    // Falls through: the warning below tells.
  }
  warnHere(writer, 'approximated', 'a tool input that is not a JSON object is sent as {}', '/input');
  return '{}';
}

function encodeMedia(part: MediaPart, writer: RequestWriter): Piece | undefined {
  const { mediaType, source } = part;
  if (mediaType.startsWith('image/')) return encodeImage(part, writer);
  const text =
    source.type === 'text'
      ? source.text
      : source.type === 'base64' && isText(mediaType)
        ? decodeBase64Text(source.data)
        : undefined;
  if (text === undefined) {
    warnHere(writer, 'unsupported', `${mediaType} is not accepted`);
    return undefined;
  }
  const title = part.title ?? part.filename;
  // Documents stand beside the conversation; a tool's result, or an answer in JSON, can only hold text.
  if (writer.takesDocuments && writer.output < 0) {
    warnHere(writer, 'approximated', 'a document is sent beside the conversation, to ground the answer on');
    const about: JsonObject = title === undefined ? { text } : { title, text };
    writer.documents.push({ id: `doc_${writer.documents.length}`, data: about });
    return { field: 'document' };
  }
  warnHere(writer, 'approximated', 'a document is sent as ordinary text');
  return { field: 'text', text: title === undefined ? text : `${title}\n\n${text}` };
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith('text/') || mediaType === 'application/json';
}

function encodeImage(part: MediaPart, writer: RequestWriter): Piece | undefined {
  const { detail, mediaType, source } = part;
  if (source.type !== 'base64' && source.type !== 'url') {
    warnHere(writer, 'unsupported', 'a file stored with another service cannot be read here');
    return undefined;
  }
  // A type nobody knows is still an image: the service looks at the bytes.
  const type = mediaType === 'image/*' ? 'image/png' : mediaType;
  const image: JsonObject = {
    url: source.type === 'url' ? source.url : `data:${type};base64,${source.data}`,
  };
  if (detail === 'low' || detail === 'high' || detail === 'auto') image.detail = detail;
  else if (detail !== undefined) {
    warnHere(writer, 'approximated', `the service knows no resolution '${detail}'`, '/detail');
  }
  warnLost(part, ['signature', 'detail'], writer);
  return { field: 'image', item: { type: 'image_url', image_url: image } };
}

/** The message of role `tool` for a result; `undefined` when another service ran the tool. */
export function encodeResult(part: ToolResultPart, writer: RequestWriter): JsonObject | undefined {
  if (part.hosted === true) {
    warnHere(writer, 'dropped', 'a result of a tool another service ran cannot be replayed');
    return undefined;
  }
  const texts: string[] = [];
  for (let index = 0; index < part.output.length; index++) {
    const item = part.output[index];
    if (item === undefined) continue;
    writer.output = index;
    if (item.type === 'media' && item.mediaType.startsWith('image/')) {
      warnHere(writer, 'unsupported', "a tool's result holds only text");
      continue;
    }
    const piece = encodePart(item, writer);
    if (piece?.field === 'text') texts.push(piece.text);
  }
  writer.output = -1;
  warnLost(part, [], writer);
  if (part.isError === true) {
    warnHere(writer, 'dropped', 'that a tool failed can only be told in its text', '/isError');
  }
  if (part.cache !== undefined) {
    warnHere(writer, 'approximated', 'the service itself decides what it caches', '/cache');
  }
  warnForeign(writer, part.extensions);
  return { role: 'tool', tool_call_id: part.callId, content: texts.join('\n\n') };
}
