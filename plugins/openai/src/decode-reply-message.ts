import {
  type Candidate,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type MediaPart,
  type Part,
  type TextPart,
  type ToolCallPart,
  unwrapInput,
} from '@dragoman/plugin-sdk';
import { decodeAnnotation } from './citations.ts';
import { decodeContentPart } from './decode-content.ts';
import { decodeMedia } from './decode-media.ts';
import { decodeReasoning, REASONING_FIELDS } from './decode-reasoning.ts';
import { DIALECT, formOf, keepOwn, makeOwn } from './dialect.ts';
import { decodeLogprobs } from './logprobs.ts';
import { audioType } from './media-types.ts';
import type { UpstreamMemo } from './memo.ts';
import { decodeLegacyCall, decodeToolCall, legacyId } from './tool-calls.ts';

const MESSAGE_FIELDS = new Set<string>([
  ...REASONING_FIELDS,
  'role',
  'content',
  'refusal',
  'annotations',
  'audio',
  'images',
  'tool_calls',
  'function_call',
]);

/** Reads the message of a choice into `into`. `choice` holds the choice's other fields; what is read is taken out. */
export function decodeReplyMessage(
  message: JsonObject,
  into: Pick<Candidate, 'parts' | 'extensions'>,
  choice: JsonObject,
  family: string,
  memo: UpstreamMemo,
): void {
  const { parts } = into;
  const rest: JsonObject = leftover(message, MESSAGE_FIELDS) ?? {};
  if (message.role !== 'assistant') rest.$role = formOf(message.role);
  decodeReasoning(message, parts, into, rest, family);
  readContent(message.content, parts, rest);
  readText(message, firstText(parts), choice, rest);
  if (typeof message.refusal === 'string' && message.refusal !== '') {
    parts.push({ type: 'refusal', text: message.refusal });
  } else if (message.refusal !== undefined && message.refusal !== null) {
    rest.refusal = message.refusal;
  } else if (message.refusal === undefined) {
    makeOwn(into).$refusal = 'absent';
  }
  readMedia(message, parts, rest, memo);
  readCalls(message, parts, rest, memo);
  if (!isEmpty(rest)) keepOwn(into, { $message: rest });
}

function readContent(content: Json | undefined, parts: Part[], rest: JsonObject): void {
  if (typeof content === 'string' && content !== '') parts.push({ type: 'text', text: content });
  else if (Array.isArray(content)) {
    for (const part of content) parts.push(decodeContentPart(part));
    rest.content = 'parts';
  } else if (content !== null) {
    rest.content = content === undefined ? 'absent' : content === '' ? 'empty' : { value: content };
  }
}

function firstText(parts: Part[]): TextPart | undefined {
  for (const part of parts) if (part.type === 'text') return part;
  return undefined;
}

/** Citations and log probabilities belong to the text; without one they are kept as they came. */
function readText(
  message: JsonObject,
  text: TextPart | undefined,
  choice: JsonObject,
  rest: JsonObject,
): void {
  const { annotations } = message;
  if (text !== undefined && Array.isArray(annotations) && annotations.length > 0) {
    text.citations = annotations.map(decodeAnnotation);
  } else if (annotations !== undefined) {
    rest.annotations = annotations;
  }
  const { logprobs } = choice;
  const decoded = text !== undefined && isObject(logprobs) ? decodeLogprobs(logprobs.content) : undefined;
  if (text === undefined || decoded === undefined || decoded.length === 0 || !isObject(logprobs)) return;
  text.logprobs = decoded;
  const others = leftover(logprobs, LOGPROBS_FIELDS);
  if (others === undefined) delete choice.logprobs;
  else choice.logprobs = others;
}

const LOGPROBS_FIELDS = new Set(['content']);
const AUDIO_FIELDS = new Set(['data']);

function readMedia(message: JsonObject, parts: Part[], rest: JsonObject, memo: UpstreamMemo): void {
  const { audio, images } = message;
  if (isObject(audio) && typeof audio.data === 'string' && audio.data !== '') {
    const mediaType = memo.audioFormat === undefined ? 'audio/*' : audioType(memo.audioFormat);
    const part: MediaPart = { type: 'media', mediaType, source: { type: 'base64', data: audio.data } };
    part.extensions = { [DIALECT]: { $place: 'audio', ...leftover(audio, AUDIO_FIELDS) } };
    parts.push(part);
  } else if (audio !== undefined) {
    rest.audio = audio;
  }
  if (Array.isArray(images) && images.length > 0) {
    for (const image of images) parts.push(decodeImage(image));
  } else if (images !== undefined) {
    rest.images = images;
  }
}

/** An image of the answer, as OpenRouter and Google's compatible service give it. */
export function decodeImage(image: Json): Part {
  const media = isObject(image) ? decodeMedia(image) : undefined;
  const part: Part = media ?? { type: 'opaque', dialect: DIALECT, value: image };
  makeOwn(part).$place = 'images';
  if (media !== undefined && isObject(image)) keepOwn(part, leftover(image, IMAGE_FIELDS));
  return part;
}

const IMAGE_FIELDS = new Set(['type', 'image_url']);

function readCalls(message: JsonObject, parts: Part[], rest: JsonObject, memo: UpstreamMemo): void {
  if (Array.isArray(message.tool_calls) && message.tool_calls.length > 0) {
    for (const wire of message.tool_calls) {
      const part = decodeToolCall(wire);
      parts.push(part.type === 'tool-call' ? renameCall(part, memo) : part);
    }
  } else if (message.tool_calls !== undefined) {
    rest.tool_calls = message.tool_calls;
  }
  const { function_call: legacy } = message;
  if (legacy === undefined) return;
  const name = isObject(legacy) ? String(legacy.name) : '';
  const call = decodeLegacyCall(legacy, legacyId(name, parts.length));
  if (call === undefined) rest.function_call = legacy;
  else parts.push(call);
}

/** Gives a call the name and form its tool has in the hub. */
function renameCall(part: ToolCallPart, memo: UpstreamMemo): ToolCallPart {
  const isWrapped = memo.wrapped?.includes(part.name) === true;
  const known = memo.tools?.[part.name];
  if (known !== undefined) {
    part.name = known.name;
    if (known.namespace !== undefined) part.namespace = known.namespace;
  }
  if (isWrapped) {
    part.kind = 'custom';
    part.input = unwrapInput(part.input);
  }
  return part;
}
