import {
  type CanonicalEvent,
  type Finish,
  type Frame,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  type StreamOutput,
  type StreamTranslator,
  type TranslateContext,
  type Translated,
  tellEvent,
  type Warning,
} from '@dragoman/plugin-sdk';
import { encodeGrounding } from './citations.ts';
import { DIALECT, ownFields, writeFields } from './dialect.ts';
import { errorBody } from './encode-error.ts';
import { writeNames } from './encode-response.ts';
import { encodePartEvent, finishParts, type Outgoing } from './encode-stream-parts.ts';
import {
  type CandidateState,
  candidateAt,
  type EncodeState,
  type ResponseEnd,
  readState,
} from './encode-stream-state.ts';
import { encodeFinish } from './finish.ts';
import { REPLY_FORM } from './reply-form.ts';
import { encodeUsage } from './usage.ts';

/** Events to chunks. Finish reasons and usage stand in the last one, together: clients look for both there. */
export const encodeStream: StreamTranslator<CanonicalEvent, Frame> = ({ state, items, end }, context) => {
  const next = readState(state);
  const frames: Frame[] = [];
  const warnings: Warning[] = [];
  const isForeign = context.provider.dialect !== DIALECT;
  for (const event of items) {
    if (next.isEnded) break;
    if (isForeign) tellEvent(event, REPLY_FORM, next.watch, warnings);
    encodeEvent(next, event, frames, warnings, context);
  }
  if (end !== undefined && !next.isEnded) {
    fail(next, errorBody({ kind: 'server', message: 'The stream was cut off' }), frames);
  }
  const translated: Translated<StreamOutput<Frame>> = {
    output: { state: next as unknown as Json, items: frames },
  };
  if (warnings.length > 0) translated.warnings = warnings;
  return translated;
};

function encodeEvent(
  state: EncodeState,
  event: CanonicalEvent,
  frames: Frame[],
  warnings: Warning[],
  context: TranslateContext,
): void {
  switch (event.type) {
    case 'part-delta':
    case 'part-start':
    case 'part-end': {
      const outgoing = encodePartEvent(state, event, warnings);
      if (outgoing.parts.length > 0 || !isEmpty(outgoing.fields)) frames.push(chunkOf(state, outgoing));
      return;
    }
    case 'response-start': {
      const own = ownFields(event.extensions);
      state.isOwn = own !== undefined;
      writeNames(state.head, event, own, context.model.id);
      writeFields(state.first, own);
      // The tier stands in the usage; here it comes before the rest of it.
      if (state.isOwn && event.serviceTier !== undefined) {
        state.first.usageMetadata = { serviceTier: event.serviceTier };
      }
      if (isObject(own?.$candidate)) candidateAt(state, 0).fields = { ...own.$candidate };
      return;
    }
    case 'usage':
      state.hasUsage = true;
      Object.assign(state.usage, event.usage);
      return;
    case 'finish': {
      const candidate = candidateAt(state, event.candidate);
      candidate.finish = event.finish;
      const kept = ownFields(event.extensions)?.$candidate;
      if (isObject(kept)) Object.assign(candidate.fields, kept);
      return;
    }
    case 'response-end':
      for (const outgoing of finishParts(state, warnings)) frames.push(chunkOf(state, outgoing));
      writeEnd(state, event, frames);
      return;
    case 'error':
      fail(state, errorBody(event.error), frames);
      return;
    case 'opaque':
      // Frames beside the reply mean nothing to clients of another dialect, and this one has none.
      return;
  }
}

function chunkOf(state: EncodeState, { candidate, parts, fields }: Outgoing): Frame {
  const entry: JsonObject = { content: { parts, role: 'model' }, index: candidate };
  for (const key in fields) entry[key] = fields[key];
  const chunk: JsonObject = { candidates: [entry] };
  writeHead(state, chunk);
  return { data: chunk };
}

function writeHead(state: EncodeState, chunk: JsonObject): void {
  for (const key in state.head) chunk[key] = state.head[key];
  if (state.isStarted) return;
  state.isStarted = true;
  for (const key in state.first) chunk[key] ??= state.first[key];
}

function writeEnd(state: EncodeState, event: ResponseEnd, frames: Frame[]): void {
  const own = ownFields(event.extensions);
  const first = candidateAt(state, 0);
  first.finish = event.finish;
  if (isObject(own?.$candidate)) Object.assign(first.fields, own.$candidate);
  const chunk: JsonObject = {};
  // A prompt that was refused has no candidates.
  if (own?.$candidates !== false) {
    const candidates: JsonObject[] = [];
    for (const index in state.candidates) {
      const candidate = state.candidates[index];
      if (candidate !== undefined) candidates.push(lastOf(candidate, Number(index), state.isOwn));
    }
    chunk.candidates = candidates;
  }
  const usage = state.hasUsage ? encodeUsage(state.usage) : undefined;
  if (usage !== undefined) chunk.usageMetadata = usage;
  writeHead(state, chunk);
  writeFields(chunk, own);
  frames.push({ data: chunk });
  state.isEnded = true;
}

/** The last word on a candidate; an empty text, because some clients look for parts in every chunk. */
function lastOf(candidate: CandidateState, index: number, isOwn: boolean): JsonObject {
  const wire: JsonObject = { content: { parts: [{ text: '' }], role: 'model' } };
  const finish: Finish = candidate.finish ?? { reason: 'other' };
  const reason = encodeFinish(finish, isOwn);
  if (reason !== undefined) wire.finishReason = reason;
  wire.index = index;
  if (candidate.cited.length > 0) wire.groundingMetadata = encodeGrounding(candidate.cited);
  if (candidate.hasLogprobs) delete candidate.fields.logprobsResult;
  writeFields(wire, candidate.fields);
  return wire;
}

function fail(state: EncodeState, body: JsonObject, frames: Frame[]): void {
  frames.push({ data: body });
  state.isEnded = true;
}
