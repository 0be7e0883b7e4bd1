import {
  assign,
  type CanonicalEvent,
  type Frame,
  isMarker,
  isObject,
  type Json,
  type JsonObject,
  type PartDelta,
  type TranslateContext,
} from '@dragoman/plugin-sdk';

import { encodeLogprobs } from '../logprobs.ts';
import { encodeAnnotation } from './citations.ts';
import { ownFields } from './dialect.ts';
import {
  type EncodeState,
  itemId,
  lose,
  type OpenMessage,
  type OpenPart,
  push,
  pushCarrier,
  pushItem,
} from './encode-state.ts';
import { encodeWhole } from './logprobs.ts';

type PartStartEvent = CanonicalEvent & { type: 'part-start' };

/**
 * True when this part goes on with the message that is growing. Texts of other dialects that follow each other do; one that
 * grows beside another is a message of its own, because clients read the parts of a message one after the other.
 */
export function joinsMessage(event: PartStartEvent, state: EncodeState): boolean {
  if (state.growing === undefined) return false;
  const own = ownFields(event.part.extensions);
  if (own !== undefined) return typeof own.$index === 'number';
  return !state.isOwn && state.messages[state.growing]?.open === 0;
}

/** Opens a text or refusal: a message first, unless one is growing, then its part. */
export function startContent(
  event: PartStartEvent,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  const { part: start } = event;
  const own = ownFields(start.extensions);
  const output = joinsMessage(event, state) ? state.growing : undefined;
  const place = output ?? startMessage(own, state, frames, context);
  const message = state.messages[place];
  if (message === undefined) return;
  const kind = start.type === 'refusal' ? 'refusal' : 'text';
  if (kind === 'refusal') state.hasRefusal = true;
  const part: OpenPart = {
    kind,
    start,
    output: place,
    id: message.id,
    content: message.content.length,
    text: '',
  };
  if (own !== undefined) part.own = own;
  message.content.push(null);
  message.open++;
  state.parts[event.index] = part;
  push(state, frames, 'response.content_part.added', { ...placeOf(part), part: emptyContent(kind) });
}

function emptyContent(kind: 'text' | 'refusal'): JsonObject {
  if (kind === 'refusal') return { type: 'refusal', refusal: '' };
  return { type: 'output_text', text: '', annotations: [], logprobs: [] };
}

function placeOf({ id, output, content }: OpenPart): JsonObject {
  return { item_id: id, output_index: output, content_index: content };
}

function startMessage(
  own: JsonObject | undefined,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): number {
  const output = state.count++;
  const message: OpenMessage = { id: itemId(own, 'msg', output, context), content: [], open: 0 };
  const item: JsonObject = {
    id: message.id,
    type: 'message',
    status: 'in_progress',
    role: 'assistant',
    content: [],
  };
  if (own?.$phase !== undefined) {
    message.phase = own.$phase;
    item.phase = own.$phase;
  }
  state.messages[output] = message;
  state.growing = output;
  pushItem(state, frames, 'added', output, item);
  return output;
}

export function contentDelta(
  index: number,
  delta: PartDelta,
  part: OpenPart,
  state: EncodeState,
  frames: Frame[],
): void {
  switch (delta.type) {
    case 'text':
    case 'json':
      part.text += delta.text;
      pushText('response.output_text.delta', delta.text, [], part, state, frames);
      return;
    case 'refusal':
      part.text += delta.text;
      pushText('response.refusal.delta', delta.text, undefined, part, state, frames);
      return;
    case 'logprobs': {
      const logprobs = state.isOwn ? encodeLogprobs(delta.logprobs) : encodeWhole(delta.logprobs);
      part.logprobs = part.logprobs === undefined ? logprobs : part.logprobs.concat(logprobs);
      if (part.kind === 'text') pushText('response.output_text.delta', '', logprobs, part, state, frames);
      return;
    }
    case 'citation': {
      const annotation = encodeAnnotation(delta.citation, state.isOwn, part.text.length);
      if (annotation === undefined) {
        lose(state, `/parts/${index}/citations`, 'a citation without an address is left out');
        return;
      }
      part.annotations ??= [];
      const annotationIndex = part.annotations.length;
      part.annotations.push(annotation);
      push(state, frames, 'response.output_text.annotation.added', {
        ...placeOf(part),
        annotation_index: annotationIndex,
        annotation,
      });
      return;
    }
    case 'signature':
      part.signature = delta.signature;
  }
}

/** The event there is most of, made in one go. */
function pushText(
  type: string,
  delta: string,
  logprobs: Json[] | undefined,
  part: OpenPart,
  state: EncodeState,
  frames: Frame[],
): void {
  const data: JsonObject = {
    type,
    sequence_number: state.sequence++,
    item_id: part.id,
    output_index: part.output,
    content_index: part.content,
    delta,
  };
  if (logprobs !== undefined) data.logprobs = logprobs;
  frames.push({ event: type, data });
}

export function endContent(
  part: OpenPart,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  const message = state.messages[part.output];
  if (message === undefined) return;
  const wire = finishContent(part, state);
  message.content[part.content] = wire;
  message.open--;
  const { own } = part;
  if (isObject(own?.$item)) message.item = own.$item;
  if (part.signature !== undefined) {
    message.signatures ??= [];
    message.signatures.push(part.signature);
  }
  if (part.kind === 'refusal')
    push(state, frames, 'response.refusal.done', { ...placeOf(part), refusal: part.text });
  else
    push(state, frames, 'response.output_text.done', {
      ...placeOf(part),
      text: part.text,
      logprobs: part.logprobs ?? [],
    });
  push(state, frames, 'response.content_part.done', { ...placeOf(part), part: wire });
  if (message.open === 0 && state.growing !== part.output) closeMessage(part.output, state, frames, context);
}

function finishContent(part: OpenPart, state: EncodeState): JsonObject {
  const { own } = part;
  let wire: JsonObject;
  if (part.kind === 'refusal') {
    wire = { type: 'refusal', refusal: part.text };
  } else {
    wire = { type: typeof own?.$type === 'string' ? own.$type : 'output_text', text: part.text };
    if (own === undefined || !state.isOwn) {
      wire.annotations = [];
      wire.logprobs = [];
    }
    if (part.annotations !== undefined) wire.annotations = part.annotations;
    if (part.logprobs !== undefined) wire.logprobs = part.logprobs;
    assign(wire, own?.$part);
  }
  if (own !== undefined) for (const key in own) if (!isMarker(key)) wire[key] = own[key];
  return wire;
}

/** Ends the message that was growing, unless one of its parts still is. */
export function settleMessage(state: EncodeState, frames: Frame[], context: TranslateContext): void {
  const { growing } = state;
  if (growing === undefined) return;
  delete state.growing;
  if (state.messages[growing]?.open === 0) closeMessage(growing, state, frames, context);
}

function closeMessage(output: number, state: EncodeState, frames: Frame[], context: TranslateContext): void {
  const message = state.messages[output];
  if (message === undefined) return;
  delete state.messages[output];
  const { id, phase, content, item } = message;
  const wire: JsonObject = { id, type: 'message', status: 'completed', role: 'assistant', content };
  if (phase !== undefined) wire.phase = phase;
  pushItem(state, frames, 'done', output, item === undefined ? wire : withContent(item, content));
  for (const signature of message.signatures ?? []) {
    pushCarrier(signature, state, frames, context);
  }
}

function withContent(item: JsonObject, content: Json[]): JsonObject {
  const wire: JsonObject = {};
  assign(wire, item);
  wire.content = content;
  return wire;
}
