import {
  assign,
  type CanonicalEvent,
  type Frame,
  isMarker,
  isObject,
  type Json,
  type JsonObject,
  makeId,
  type StreamOutput,
  type StreamTranslator,
  type TranslateContext,
  type Translated,
  tellEvent,
} from '@dragoman/plugin-sdk';
import { DIALECT, ownFields } from './dialect.ts';
import { encodeDeltaEvent, encodePartEnd, encodePartStart } from './encode-delta.ts';
import { encodeErrorBody } from './encode-error.ts';
import { createEncodeState, type EncodeState } from './encode-state.ts';
import { encodeFinish } from './finish.ts';
import { writeMistralFrames } from './mistral-client.ts';
import { REPLY_FORM } from './reply-form.ts';
import { wireTier } from './service-tier.ts';
import { encodeUsage } from './usage.ts';

/** Events to chunks. A stream that fails ends with an error chunk and no `[DONE]`: clients read that as success. */
export const encodeStream: StreamTranslator<CanonicalEvent, Frame> = (
  { state: before, items, end },
  context,
) => {
  const state = before === null ? createEncodeState(context) : (before as unknown as EncodeState);
  const frames: Frame[] = [];
  const isForeign = context.provider.dialect !== DIALECT;
  for (let at = 0; at < items.length && !state.ended; at++) {
    const event = items[at];
    if (event === undefined) continue;
    if (isForeign) tellEvent(event, REPLY_FORM, state.watch, state.warnings);
    writeEvent(event, state, frames, context);
  }
  if (end !== undefined && !state.ended) {
    state.ended = true;
    frames.push({
      data: encodeErrorBody({ kind: 'server', message: 'the answer ended before it was complete' }),
    });
  }
  return finish(state, frames);
};

function finish(state: EncodeState, frames: Frame[]): Translated<StreamOutput<Frame>> {
  const translated: Translated<StreamOutput<Frame>> = {
    output: {
      state: state as unknown as Json,
      items: state.held === undefined ? frames : writeMistralFrames(frames, state.held),
    },
  };
  if (state.warnings.length > 0) {
    translated.warnings = state.warnings;
    state.warnings = [];
  }
  return translated;
}

function writeEvent(
  event: CanonicalEvent,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  switch (event.type) {
    case 'part-delta': {
      const delta = encodeDeltaEvent(event, state);
      if (delta !== undefined) pushDelta(delta.candidate, delta.delta, state, frames, delta.logprobs);
      return;
    }
    case 'part-start': {
      const candidate = event.candidate ?? 0;
      const delta = encodePartStart(event, candidate, state);
      if (delta === undefined) return;
      begin(candidate, state, frames);
      if (!isNothing(delta)) pushDelta(candidate, delta, state, frames);
      return;
    }
    case 'part-end':
      closePart(event.index, state, frames);
      return;
    case 'response-start':
      writeStart(event, state, frames, context);
      return;
    case 'usage':
      state.usage = state.usage === undefined ? event.usage : { ...state.usage, ...event.usage };
      return;
    case 'finish':
      state.finishes.push({
        candidate: event.candidate,
        finish: event.finish,
        extra: extraOf(event.extensions),
      });
      return;
    case 'response-end':
      writeEnd(event, state, frames);
      return;
    case 'error':
      state.ended = true;
      pushUsage(state, frames);
      frames.push({ data: encodeErrorBody(event.error) });
      return;
    case 'opaque':
      writeOpaque(event, state, frames);
  }
}

function isNothing(delta: JsonObject): boolean {
  for (const _ in delta) return false;
  return true;
}

function closePart(index: number, state: EncodeState, frames: Frame[]): void {
  const part = state.parts[index];
  if (part === undefined) return;
  delete state.parts[index];
  const delta = encodePartEnd(part, state);
  if (delta !== undefined) pushDelta(delta.candidate, delta.delta, state, frames);
}

function writeStart(
  event: CanonicalEvent & { type: 'response-start' },
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  const own = ownFields(event.extensions);
  state.isOwn = own !== undefined;
  const { head } = state;
  head.id = event.id === '' && own === undefined ? makeId(context, 'chatcmpl-', 0) : event.id;
  head.object = own?.$object ?? 'chat.completion.chunk';
  const created = event.createdAt ?? (own === undefined ? Math.floor(context.now / 1000) : undefined);
  if (created !== undefined) head.created = created;
  head.model = event.model === '' && own === undefined ? context.model.id : event.model;
  const tier = event.serviceTier;
  const wire = tier === undefined || own !== undefined ? tier : wireTier(tier);
  if (wire !== undefined) head.service_tier = wire;
  if (own !== undefined) for (const key in own) if (!isMarker(key)) head[key] = own[key];
  begin(0, state, frames);
}

/** The first chunk of every candidate names the role. */
function begin(candidate: number, state: EncodeState, frames: Frame[]): void {
  if (state.begun.includes(candidate)) return;
  state.begun.push(candidate);
  pushDelta(candidate, { role: 'assistant', content: '' }, state, frames);
}

function pushDelta(
  candidate: number,
  delta: JsonObject,
  state: EncodeState,
  frames: Frame[],
  logprobs?: Json,
): void {
  const chunk = createChunk(state);
  const choice: JsonObject = { index: candidate, delta, finish_reason: null };
  if (logprobs !== undefined) choice.logprobs = logprobs;
  chunk.choices = [choice];
  frames.push({ data: chunk });
}

function createChunk(state: EncodeState): JsonObject {
  const chunk: JsonObject = {};
  const { head } = state;
  for (const key in head) chunk[key] = head[key];
  return chunk;
}

function extraOf(extensions: (CanonicalEvent & { type: 'finish' })['extensions']): JsonObject | undefined {
  const extra = ownFields(extensions)?.$choice;
  return isObject(extra) ? extra : undefined;
}

function writeEnd(
  event: CanonicalEvent & { type: 'response-end' },
  state: EncodeState,
  frames: Frame[],
): void {
  state.ended = true;
  const own = ownFields(event.extensions);
  if (own !== undefined) for (const key in own) if (!isMarker(key)) state.head[key] = own[key];
  if (own?.$object !== undefined) state.head.object = own.$object;
  const tier = event.serviceTier === undefined || state.isOwn ? undefined : wireTier(event.serviceTier);
  if (tier !== undefined) state.head.service_tier = tier;
  pushFinish(0, event.finish, extraOf(event.extensions), state, frames);
  for (const { candidate, finish: reason, extra } of state.finishes) {
    begin(candidate, state, frames);
    pushFinish(candidate, reason, extra, state, frames);
  }
  pushUsage(state, frames);
  frames.push({ data: '[DONE]' });
}

function pushFinish(
  candidate: number,
  reason: (CanonicalEvent & { type: 'finish' })['finish'],
  extra: JsonObject | undefined,
  state: EncodeState,
  frames: Frame[],
): void {
  const chunk = createChunk(state);
  const choice: JsonObject = {
    index: candidate,
    delta: {},
    finish_reason: encodeFinish(reason, state.isOwn, state.functions),
  };
  assign(choice, extra);
  chunk.choices = [choice];
  frames.push({ data: chunk });
}

function pushUsage(state: EncodeState, frames: Frame[]): void {
  if (!state.includeUsage || state.usage === undefined) return;
  const wire = encodeUsage(state.usage);
  if (wire === undefined) return;
  const chunk = createChunk(state);
  chunk.choices = [];
  chunk.usage = wire;
  frames.push({ data: chunk });
}

/** What `decodeStream` had no word for goes back as it came. */
function writeOpaque(event: CanonicalEvent & { type: 'opaque' }, state: EncodeState, frames: Frame[]): void {
  const { dialect, value } = event;
  if (dialect !== DIALECT || !isObject(value) || !isObject(value.delta)) return;
  const candidate = typeof value.index === 'number' ? value.index : 0;
  begin(candidate, state, frames);
  pushDelta(candidate, value.delta, state, frames);
}
