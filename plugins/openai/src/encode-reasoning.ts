import { type Json, type JsonObject, type Message, type ReasoningPart, warnHere } from '@dragoman/plugin-sdk';
import { ownFields } from './dialect.ts';
import { encodeDetail } from './reasoning.ts';
import type { RequestWriter } from './writer.ts';

/** Writes one part of earlier reasoning on its message, in the field the service reads, or tells that it is lost. */
export function encodeReasoning(part: ReasoningPart, message: JsonObject, writer: RequestWriter): void {
  const own = ownFields(part.extensions);
  const wanted = writer.options.reasoningField;
  if (own !== undefined && wanted === undefined) {
    if (own.$detail !== undefined) pushDetail(message, encodeDetail(part));
    else append(message, own.$field === 'reasoning' ? 'reasoning' : 'reasoning_content', part.text);
    return;
  }
  if (wanted !== undefined && !writer.reasons) {
    // "reasoning is not supported with this model" (Groq, seen 2025-08).
    if (part.text !== '')
      warnHere(writer, 'dropped', 'a model that does not reason takes no earlier reasoning');
    return;
  }
  switch (wanted) {
    case 'reasoning_details':
      pushDetail(message, encodeDetail(withoutForeign(part, writer)));
      return;
    case 'reasoning':
    case 'reasoning_content':
      if (part.text === '') break;
      append(message, wanted, part.text);
      if (part.signature !== undefined) {
        warnHere(writer, 'dropped', 'a reasoning signature has no place here', '/signature');
      }
      return;
    default:
  }
  if (part.text !== '' || part.signature !== undefined) {
    warnHere(writer, 'dropped', 'the service takes no earlier reasoning');
  }
}

/** A signature is replayed only to the family that issued it. */
function withoutForeign(part: ReasoningPart, writer: RequestWriter): ReasoningPart {
  if (part.signature === undefined || isReplayable(part, writer)) return part;
  warnHere(
    writer,
    'dropped',
    'a reasoning signature of another service cannot be replayed here',
    '/signature',
  );
  const unsigned: ReasoningPart = { type: 'reasoning', text: part.text };
  if (part.summary !== undefined) unsigned.summary = part.summary;
  return unsigned;
}

/** A service that passes on to others (`family` other than theirs) gave the signature itself if it came in this dialect. */
function isReplayable(part: ReasoningPart, writer: RequestWriter): boolean {
  const { signature } = part;
  return (
    signature !== undefined &&
    (signature.family === writer.family || ownFields(part.extensions)?.$detail !== undefined)
  );
}

function append(message: JsonObject, field: string, text: string): void {
  const before = message[field];
  message[field] = typeof before === 'string' ? `${before}\n\n${text}` : text;
}

function pushDetail(message: JsonObject, detail: Json): void {
  const details = message.reasoning_details;
  if (Array.isArray(details)) details.push(detail);
  else message.reasoning_details = [detail];
}

/** Writes the plain fields that repeat the details' text, as they came. */
export function repeatReasoning(message: Message, wire: JsonObject): void {
  const own = ownFields(message.extensions);
  if (own === undefined) return;
  for (const field of ['reasoning_content', 'reasoning'] as const) {
    if (own[`$${field}`] !== true) continue;
    let text = '';
    for (const part of message.parts) if (part.type === 'reasoning') text += part.text;
    wire[field] = text;
  }
}
