import {
  type CanonicalEvent,
  type Frame,
  isMarker,
  isObject,
  type Json,
  type JsonObject,
  type StreamOutput,
  type StreamTranslator,
  type TranslateContext,
  type Translated,
  tellEvent,
  type Usage,
  type Warning,
} from '@dragoman/plugin-sdk';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { encodePartEvent, finishParts } from './encode-stream-blocks.ts';
import { type EncodeState, type ResponseEnd, readState } from './encode-stream-state.ts';
import { errorBody } from './errors.ts';
import { fillFrame } from './fill-fields.ts';
import { encodeStopReason } from './finish.ts';
import { wantsAllFields } from './memo.ts';
import { REPLY_FORM } from './reply-form.ts';
import { encodeUsage } from './usage.ts';

/** Fields of `message_delta.usage`: the service repeats these, and no others. */
const DELTA_USAGE = new Set([
  'input_tokens',
  'output_tokens',
  'cache_creation_input_tokens',
  'cache_read_input_tokens',
  'server_tool_use',
  'output_tokens_details',
]);
/** Fields that stand beside `delta` in `message_delta`; all others stand in it. */
const BESIDE_DELTA = new Set(['context_management']);

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
    const body = errorBody({ kind: 'server', message: 'The stream was cut off' }, context.requestId);
    fail(next, body, frames);
  }
  const translated: Translated<StreamOutput<Frame>> = {
    output: {
      state: next as unknown as Json,
      items: wantsAllFields(context) ? frames.map(fillFrame) : frames,
    },
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
    case 'part-end':
      writeStart(state, frames, context);
      encodePartEvent(state, event, frames, warnings);
      return;
    case 'response-start':
      state.start = event;
      return;
    case 'usage':
      state.usage = mergeUsage(state.usage, event.usage);
      writeStart(state, frames, context);
      return;
    case 'response-end':
      writeStart(state, frames, context);
      finishParts(state, frames, warnings);
      writeEnd(state, event, frames, warnings);
      return;
    case 'error':
      fail(state, errorBody(event.error, context.requestId), frames);
      return;
    case 'opaque': {
      if (event.dialect !== DIALECT || !isObject(event.value)) return;
      writeStart(state, frames, context);
      const frame: Frame = { data: event.value };
      if (typeof event.value.type === 'string') frame.event = event.value.type;
      frames.push(frame);
      return;
    }
    case 'finish':
      // Ends a second or later answer, which clients of this dialect never see.
      return;
  }
}

function mergeUsage(before: Usage, after: Usage): Usage {
  return { ...before, ...after };
}

function writeStart(state: EncodeState, frames: Frame[], context: TranslateContext): void {
  if (state.isStarted) return;
  state.isStarted = true;
  const start = state.start;
  state.start = null;
  state.startUsage = encodeUsage(state.usage, start?.serviceTier);
  const message: JsonObject = {
    id: start?.id ?? `msg_${context.requestId}`,
    type: 'message',
    role: 'assistant',
    model: start?.model ?? context.model.id,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: state.startUsage,
  };
  writeOwn(message, start?.extensions);
  frames.push({ event: 'message_start', data: { type: 'message_start', message } });
}

function writeEnd(state: EncodeState, event: ResponseEnd, frames: Frame[], warnings: Warning[]): void {
  const own = ownFields(event.extensions);
  const delta: JsonObject = {
    stop_reason: encodeStopReason(event.finish, own?.$stop_reason, state.hasCalls, state.hasRefusal),
    stop_sequence: event.finish.stopSequence ?? null,
  };
  const body: JsonObject = { type: 'message_delta', delta, usage: deltaUsage(state, warnings) };
  for (const key in own) {
    if (isMarker(key)) continue;
    if (BESIDE_DELTA.has(key)) body[key] = own[key];
    else delta[key] = own[key];
  }
  frames.push({ event: 'message_delta', data: body });
  frames.push({ event: 'message_stop', data: { type: 'message_stop' } });
  state.isEnded = true;
}

/** The last word on usage, without what `message_start` said already. */
function deltaUsage(state: EncodeState, warnings: Warning[]): JsonObject {
  const usage = encodeUsage(state.usage);
  const isOwn = state.usage.raw?.dialect === DIALECT;
  const written: JsonObject = {};
  for (const key in usage) {
    if (DELTA_USAGE.has(key)) written[key] = usage[key];
    else if (JSON.stringify(state.startUsage[key]) === JSON.stringify(usage[key])) continue;
    else if (isOwn) written[key] = usage[key];
    else if (key === 'cache_creation') tellLate(state.usage, warnings);
  }
  return written;
}

/** Another service says it only at the end of its stream, where this dialect has no field for it. */
function tellLate(usage: Usage, warnings: Warning[]): void {
  for (const field of ['cacheWrite5mTokens', 'cacheWrite1hTokens'] as const) {
    if (usage[field] === undefined) continue;
    const message = 'how long what was cached lives comes too late for a stream of this dialect';
    warnings.push({ code: 'dropped', path: `/usage/${field}`, message });
  }
}

function fail(state: EncodeState, body: JsonObject, frames: Frame[]): void {
  frames.push({ event: 'error', data: body });
  state.isEnded = true;
}
