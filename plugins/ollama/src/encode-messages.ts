import { type Json, type JsonObject, type Message, warnHere } from '@dragoman/plugin-sdk';
import { ownFields, writeOwn } from './dialect.ts';
import { encodePart, encodeResult, type Piece } from './encode-parts.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

/** Fields of a message in the order in which a model reads them. */
const ORDER: Record<Piece['field'], number> = { thinking: 0, images: 1, content: 2, tool_calls: 3 };

interface Draft {
  role: string;
  last: number;
  thinking: string[];
  images: string[];
  content: string[];
  calls: JsonObject[];
}

/**
 * A message has one field of each kind, so parts in another order take several messages in a row, as the server's own
 * translation from OpenAI's API does it; the models' templates join them again.
 */
export function encodeMessages(messages: Message[], writer: RequestWriter): Json[] {
  const encoded: JsonObject[] = [];
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    writer.message = index;
    writer.part = -1;
    if (message.name !== undefined) warnHere(writer, 'dropped', "a speaker's name cannot be sent", '/name');
    warnForeign(writer, message.extensions);
    encodeMessage(message, encoded, writer);
  }
  writer.message = -1;
  writer.part = -1;
  return encoded;
}

function encodeMessage(message: Message, encoded: JsonObject[], writer: RequestWriter): void {
  const own = ownFields(message.extensions);
  const before = encoded.length;
  encodeResults(message, own, encoded, writer);
  let draft: Draft | undefined;
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined || part.type === 'tool-result') continue;
    writer.part = index;
    const piece = encodePart(part, writer);
    if (piece === undefined) continue;
    const place = ORDER[piece.field];
    if (draft === undefined || place < draft.last) {
      if (draft !== undefined) encoded.push(finishDraft(draft));
      const role = message.role === 'tool' ? 'user' : message.role;
      draft = { role, last: place, thinking: [], images: [], content: [], calls: [] };
    }
    draft.last = place;
    if (piece.field === 'tool_calls') draft.calls.push(piece.call);
    else draft[piece.field].push(piece.text);
  }
  if (draft !== undefined) encoded.push(finishDraft(draft));
  else if (encoded.length === before && writer.isOwn) encoded.push({ role: message.role, content: '' });
  const last = encoded.length > before ? encoded.at(-1) : undefined;
  if (last !== undefined) writeOwn(last, message.extensions);
}

/** Results come first: they answer the turn before. */
function encodeResults(
  message: Message,
  own: JsonObject | undefined,
  encoded: JsonObject[],
  writer: RequestWriter,
): void {
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part?.type !== 'tool-result') continue;
    writer.part = index;
    const wire = encodeResult(part, own, writer);
    if (wire !== undefined) encoded.push(wire);
  }
}

function finishDraft({ role, thinking, images, content, calls }: Draft): JsonObject {
  const wire: JsonObject = { role, content: content.join('\n\n') };
  if (thinking.length > 0) wire.thinking = thinking.join('\n\n');
  if (images.length > 0) wire.images = images;
  if (calls.length > 0) wire.tool_calls = calls;
  return wire;
}
