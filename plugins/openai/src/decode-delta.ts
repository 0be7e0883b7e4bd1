import {
  type CanonicalEvent,
  type Extensions,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type PartStart,
  type TranslateContext,
} from '@dragoman/plugin-sdk';
import { decodeAnnotation } from './citations.ts';
import { decodeCallDelta, decodeLegacyDelta } from './decode-call-delta.ts';
import { decodeReasoningDelta } from './decode-reasoning-delta.ts';
import { decodeImage } from './decode-reply-message.ts';
import { DIALECT } from './dialect.ts';
import { decodeLogprobs } from './logprobs.ts';
import { audioType } from './media-types.ts';
import { readUpstreamMemo } from './memo.ts';
import { type ChoiceState, closeCurrent, currentPart, type DecodeState, startPart } from './stream-state.ts';

/** Fields with a word in the hub; `role` is always the assistant's. */
const DELTA_FIELDS = new Set([
  'role',
  'content',
  'refusal',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'tool_calls',
  'function_call',
  'annotations',
  'images',
  'audio',
]);

/** What one chunk adds to one choice. Null and empty fields are how services say "nothing". */
export function decodeDelta(
  delta: JsonObject,
  choice: ChoiceState,
  state: DecodeState,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  const { content } = delta;
  if (delta.reasoning_content || delta.reasoning || delta.reasoning_details) {
    decodeReasoningDelta(delta, choice, state, events, context);
  }
  if (typeof content === 'string') {
    if (content !== '') addText(content, choice, state, events);
  } else if (Array.isArray(content)) {
    for (const part of content) addContentPart(part, choice, state, events);
  }
  if (typeof delta.refusal === 'string' && delta.refusal !== '') {
    const index = currentPart(state, choice, 'refusal', events, () => ({ type: 'refusal' }));
    events.push({ type: 'part-delta', index, delta: { type: 'refusal', text: delta.refusal } });
  }
  if (Array.isArray(delta.tool_calls)) {
    for (const call of delta.tool_calls) decodeCallDelta(call, choice, state, events, context);
  }
  if (isObject(delta.function_call)) decodeLegacyDelta(delta.function_call, choice, state, events);
  if (Array.isArray(delta.annotations)) addAnnotations(delta.annotations, choice, events);
  if (isObject(delta.audio)) addAudio(delta.audio, choice, state, events, context);
  if (Array.isArray(delta.images)) for (const image of delta.images) addImage(image, choice, state, events);
  const rest = restOf(delta);
  if (rest !== undefined) events.push(opaqueDelta(choice, rest));
}

function restOf(delta: JsonObject): JsonObject | undefined {
  let rest: JsonObject | undefined;
  for (const key in delta) {
    const value = delta[key];
    if (DELTA_FIELDS.has(key) || value === null || value === undefined) continue;
    rest ??= {};
    rest[key] = value;
  }
  return rest;
}

/** Only this dialect can write it back. */
function opaqueDelta(choice: ChoiceState, delta: JsonObject): CanonicalEvent {
  return { type: 'opaque', dialect: DIALECT, value: { index: choice.index, delta } };
}

const textStart = (): PartStart => ({ type: 'text' });

function addText(text: string, choice: ChoiceState, state: DecodeState, events: CanonicalEvent[]): void {
  const index = currentPart(state, choice, 'text', events, textStart);
  events.push({ type: 'part-delta', index, delta: { type: 'text', text } });
}

/** Mistral streams lists once its model thinks: `[{ type: 'thinking', thinking: [{ text }] }]`. */
function addContentPart(part: Json, choice: ChoiceState, state: DecodeState, events: CanonicalEvent[]): void {
  if (isObject(part) && part.type === 'text' && typeof part.text === 'string') {
    if (part.text !== '') addText(part.text, choice, state, events);
    return;
  }
  if (!isObject(part) || part.type !== 'thinking' || !Array.isArray(part.thinking)) {
    events.push(opaqueDelta(choice, { content: [part] }));
    return;
  }
  for (const piece of part.thinking) {
    if (!isObject(piece) || typeof piece.text !== 'string' || piece.text === '') continue;
    const extensions: Extensions = { [DIALECT]: { $place: 'content' } };
    const index = currentPart(state, choice, 'thinking', events, () => ({ type: 'reasoning', extensions }));
    events.push({ type: 'part-delta', index, delta: { type: 'reasoning', text: piece.text } });
  }
}

/** Citations belong to the text that is growing; without one they only go back to clients of this dialect. */
function addAnnotations(annotations: Json[], choice: ChoiceState, events: CanonicalEvent[]): void {
  if (annotations.length === 0) return;
  if (choice.current?.key !== 'text') {
    events.push(opaqueDelta(choice, { annotations }));
    return;
  }
  const index = choice.current.part;
  for (const annotation of annotations) {
    events.push({
      type: 'part-delta',
      index,
      delta: { type: 'citation', citation: decodeAnnotation(annotation) },
    });
  }
}

/** `logprobs` of the choice, for the text of the same chunk. Those of a refusal have no place in the hub. */
export function decodeLogprobsDelta(
  wire: Json | undefined,
  choice: ChoiceState,
  events: CanonicalEvent[],
): void {
  if (!isObject(wire) || choice.current?.key !== 'text') return;
  const logprobs = decodeLogprobs(wire.content);
  if (logprobs === undefined || logprobs.length === 0) return;
  events.push({ type: 'part-delta', index: choice.current.part, delta: { type: 'logprobs', logprobs } });
}

const AUDIO_FIELDS = new Set(['data']);

function addAudio(
  audio: JsonObject,
  choice: ChoiceState,
  state: DecodeState,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  const format = readUpstreamMemo(context.memo).audioFormat;
  const mediaType = format === undefined ? 'audio/*' : audioType(format);
  const extensions: Extensions = { [DIALECT]: { $place: 'audio' } };
  const index = currentPart(state, choice, 'audio', events, () => ({ type: 'media', mediaType, extensions }));
  const rest = leftover(audio, AUDIO_FIELDS);
  if (rest !== undefined) {
    events.push({ type: 'part-delta', index, delta: { type: 'opaque', dialect: DIALECT, value: rest } });
  }
  if (typeof audio.data !== 'string' || audio.data === '') return;
  events.push({ type: 'part-delta', index, delta: { type: 'media-data', data: audio.data } });
}

function addImage(image: Json, choice: ChoiceState, state: DecodeState, events: CanonicalEvent[]): void {
  const part = decodeImage(image);
  if (part.type !== 'media') {
    events.push(opaqueDelta(choice, { images: [image] }));
    return;
  }
  closeCurrent(choice, events);
  const start: PartStart = { type: 'media', mediaType: part.mediaType };
  if (part.extensions !== undefined) start.extensions = part.extensions;
  if (part.detail !== undefined) start.detail = part.detail;
  if (part.source.type !== 'base64') start.source = part.source;
  const index = startPart(state, choice, start, events);
  if (part.source.type === 'base64') {
    events.push({ type: 'part-delta', index, delta: { type: 'media-data', data: part.source.data } });
  }
  events.push({ type: 'part-end', index });
}
