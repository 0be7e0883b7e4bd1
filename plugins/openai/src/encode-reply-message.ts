import {
  assign,
  type Candidate,
  isObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type Part,
  type TextPart,
  type ToolCallPart,
} from '@dragoman/plugin-sdk';
import { encodeAnnotation } from './citations.ts';
import { DIALECT, ownFields, restoreForm, writeOwn } from './dialect.ts';
import { encodeUrl } from './encode-media.ts';
import { encodeLogprobs } from './logprobs.ts';
import { encodeDetail, needsDetail } from './reasoning.ts';
import { CALL_SIGNATURE, NO_DETAIL, type ReplyWriter, warnReply } from './reply-writer.ts';
import { encodeToolCall, isLegacy } from './tool-calls.ts';

export interface EncodedMessage {
  message: JsonObject;
  logprobs?: JsonObject[];
}

/** The message of one choice. Texts become one string: clients of this dialect expect no list here. */
export function encodeReplyMessage(
  candidate: Pick<Candidate, 'parts' | 'extensions'>,
  writer: ReplyWriter,
): EncodedMessage {
  const kept = ownFields(candidate.extensions);
  const rest = isObject(kept?.$message) ? kept.$message : undefined;
  const message: JsonObject = { role: 'assistant', content: null };
  const encoded: EncodedMessage = { message };
  if (rest?.content === 'parts') message.content = [];
  if (kept?.$refusal !== 'absent') message.refusal = null;
  for (let index = 0; index < candidate.parts.length; index++) {
    const part = candidate.parts[index];
    if (part !== undefined) addPart(part, encoded, `${writer.path}/parts/${index}`, writer);
  }
  repeatReasoning(candidate, message);
  if (rest !== undefined) restoreMessage(message, rest);
  return encoded;
}

function addPart(part: Part, encoded: EncodedMessage, path: string, writer: ReplyWriter): void {
  const { message } = encoded;
  const isListed = Array.isArray(message.content);
  switch (part.type) {
    case 'text':
      addText(part, encoded, path, writer);
      return;
    case 'json':
      append(message, 'content', JSON.stringify(part.value));
      return;
    case 'refusal':
      if (isListed) push(message, 'content', { type: 'refusal', refusal: part.text });
      else append(message, 'refusal', part.text);
      return;
    case 'reasoning':
      if (isListed && ownFields(part.extensions)?.$place === 'content') {
        const thinking = ownFields(part.extensions)?.$thinking ?? [{ type: 'text', text: part.text }];
        push(message, 'content', { type: 'thinking', thinking });
        return;
      }
      if (writer.isOwn ? ownFields(part.extensions)?.$detail !== undefined : needsDetail(part)) {
        push(message, 'reasoning_details', encodeDetail(part));
      }
      addReasoningText(part, message, writer);
      return;
    case 'tool-call':
      addCall(part, message, path, writer);
      return;
    case 'media':
      addMedia(part, message, path, writer);
      return;
    case 'opaque':
      addOpaque(part, message, path, writer);
      return;
    case 'tool-result':
      warnReply(writer, path, 'the result of a tool the provider ran itself has no place in a chat reply');
  }
}

function append(message: JsonObject, field: string, text: string): void {
  const before = message[field];
  message[field] = typeof before === 'string' ? before + text : text;
}

function push(message: JsonObject, field: string, value: Json): void {
  const list = message[field];
  if (Array.isArray(list)) list.push(value);
  else message[field] = [value];
}

function addText(part: TextPart, encoded: EncodedMessage, path: string, writer: ReplyWriter): void {
  const { message } = encoded;
  if (Array.isArray(message.content)) {
    const wire: JsonObject = { type: 'text', text: part.text };
    writeOwn(wire, part.extensions);
    message.content.push(wire);
  } else {
    append(message, 'content', part.text);
  }
  if (part.logprobs !== undefined) {
    const logprobs = encodeLogprobs(part.logprobs);
    encoded.logprobs = encoded.logprobs === undefined ? logprobs : encoded.logprobs.concat(logprobs);
  }
  if (part.citations === undefined) return;
  for (const citation of part.citations) {
    const length = typeof message.content === 'string' ? message.content.length : part.text.length;
    const annotation = encodeAnnotation(citation, writer.isOwn, length);
    if (annotation === undefined)
      warnReply(writer, `${path}/citations`, 'only citations of web pages have a place here');
    else push(message, 'annotations', annotation);
  }
}

/** Details repeat their text in a plain field only if they came so, or if nobody knows what the client reads. */
function addReasoningText(
  part: Part & { type: 'reasoning' },
  message: JsonObject,
  writer: ReplyWriter,
): void {
  if (part.text === '') return;
  const own = ownFields(part.extensions);
  if (writer.isOwn && own?.$detail !== undefined) return;
  const field = own?.$field === 'reasoning' ? 'reasoning' : 'reasoning_content';
  const before = message[field];
  message[field] = typeof before === 'string' ? `${before}\n\n${part.text}` : part.text;
}

function repeatReasoning(candidate: Pick<Candidate, 'parts' | 'extensions'>, message: JsonObject): void {
  const own = ownFields(candidate.extensions);
  if (own === undefined) return;
  for (const field of ['reasoning_content', 'reasoning'] as const) {
    if (own[`$${field}`] !== true) continue;
    let text = '';
    for (const part of candidate.parts) if (part.type === 'reasoning') text += part.text;
    message[field] = text;
  }
}

function addCall(part: ToolCallPart, message: JsonObject, path: string, writer: ReplyWriter): void {
  if (part.kind === 'hosted') {
    warnReply(writer, path, 'a call of a tool the provider ran itself has no place in a chat reply');
    return;
  }
  const isPlain = isLegacy(part) || (writer.functions && message.function_call === undefined);
  const { signature } = part;
  if (signature !== undefined && !writer.isOwn && (isPlain || signature.family !== 'google'))
    warnReply(writer, `${path}/signature`, CALL_SIGNATURE);
  if (isPlain) {
    message.function_call = { name: part.name, arguments: part.input };
    return;
  }
  const name = part.namespace === undefined ? part.name : `${part.namespace}__${part.name}`;
  push(message, 'tool_calls', encodeToolCall(part, { id: part.id, name, isOwn: writer.isOwn }));
}

function addMedia(part: MediaPart, message: JsonObject, path: string, writer: ReplyWriter): void {
  const own = ownFields(part.extensions);
  if (part.source.type === 'base64' && (own?.$place === 'audio' || part.mediaType.startsWith('audio/'))) {
    if (part.detail !== undefined) warnReply(writer, `${path}/detail`, NO_DETAIL);
    const audio: JsonObject = { data: part.source.data };
    writeOwn(audio, part.extensions);
    if (own === undefined) assign(audio, { id: 'audio', expires_at: 0, transcript: '' });
    message.audio = audio;
    return;
  }
  const url = encodeUrl(part);
  if (url === undefined || !(part.mediaType.startsWith('image/') || own?.$place === 'images')) {
    warnReply(writer, path, `'${part.mediaType}' has no place in a chat reply`);
    return;
  }
  push(message, 'images', encodeImage(part, url, listLength(message.images)));
}

function listLength(list: Json | undefined): number {
  return Array.isArray(list) ? list.length : 0;
}

/** An image of the answer, as the clients of OpenRouter and others read it. */
export function encodeImage(part: MediaPart, url: string, index: number): JsonObject {
  const own = ownFields(part.extensions);
  const inner: JsonObject = { url };
  if (part.detail !== undefined) inner.detail = part.detail;
  assign(inner, own?.$inner);
  const image: JsonObject = { type: 'image_url', image_url: inner };
  if (own === undefined) image.index = index;
  else writeOwn(image, part.extensions);
  return image;
}

function addOpaque(
  part: Part & { type: 'opaque' },
  message: JsonObject,
  path: string,
  writer: ReplyWriter,
): void {
  if (part.dialect !== DIALECT) {
    warnReply(writer, path, `a part only ${part.dialect} can read is left out`);
    return;
  }
  const place = ownFields(part.extensions)?.$place;
  push(message, typeof place === 'string' ? place : 'content', part.value);
}

function restoreMessage(message: JsonObject, rest: JsonObject): void {
  for (const key in rest) {
    const value = rest[key];
    if (key === '$role') restoreForm(message, 'role', value);
    else if (key !== 'content') message[key] = value;
    else if (value === 'absent') delete message.content;
    else if (value === 'empty') message.content = '';
    else if (isObject(value)) message.content = value.value;
  }
}
