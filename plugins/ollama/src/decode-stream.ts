import {
  type CanonicalEvent,
  type Frame,
  isObject,
  isStrings,
  type Json,
  type JsonObject,
  makeId,
  type PartDelta,
  type StreamTranslator,
  type TranslateContext,
} from '@dragoman/plugin-sdk';
import { parseDate } from './dates.ts';
import { decodeCall } from './decode-calls.ts';
import { decodeReplyCall, ownReplyFields } from './decode-response.ts';
import { DIALECT } from './dialect.ts';
import { isErrorBody, readError } from './errors.ts';
import { decodeFinish } from './finish.ts';
import { decodeLogprobs } from './logprobs.ts';
import { decodeImage } from './media.ts';
import { decodeUsage } from './usage.ts';

type DecodeState = {
  isStarted: boolean;
  isEnded: boolean;
  nextIndex: number;
  /** The text or thinking that is growing. */
  open: { index: number; type: 'text' | 'reasoning' } | null;
  calls: number;
};

/** Only a frame with `done: true` ends a stream well; one that stops before was cut. */
export const decodeStream: StreamTranslator<Frame, CanonicalEvent> = ({ state, items, end }, context) => {
  const next = readState(state);
  const events: CanonicalEvent[] = [];
  for (const frame of items) {
    if (next.isEnded) break;
    if (isObject(frame.data)) decodeFrame(next, frame.data, events, context);
  }
  if (end !== undefined && !next.isEnded) {
    const message =
      end === 'cut' ? 'The upstream broke off the stream' : 'The stream ended before its last message';
    fail(next, events, { type: 'error', error: { kind: 'server', message } });
  }
  return { output: { state: next, items: events } };
};

function readState(state: Json): DecodeState {
  if (state !== null) return state as DecodeState;
  return { isStarted: false, isEnded: false, nextIndex: 0, open: null, calls: 0 };
}

function decodeFrame(
  state: DecodeState,
  wire: JsonObject,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  if (isErrorBody(wire)) {
    fail(state, events, { type: 'error', error: readError(wire) });
    return;
  }
  if (!state.isStarted) start(state, wire, events, context);
  const said = isObject(wire.message) ? wire.message : wire;
  grow(state, 'reasoning', said.thinking, events);
  if (isStrings(said.images)) for (const image of said.images) addImage(state, image, events);
  grow(state, 'text', isObject(wire.message) ? said.content : wire.response, events);
  const logprobs = decodeLogprobs(wire.logprobs);
  if (logprobs.length > 0 && state.open !== null) {
    events.push({ type: 'part-delta', index: state.open.index, delta: { type: 'logprobs', logprobs } });
  }
  if (Array.isArray(said.tool_calls)) {
    for (const call of said.tool_calls) addCall(state, call, events, context);
  }
  if (wire.done === true) finish(state, wire, events);
}

function start(
  state: DecodeState,
  wire: JsonObject,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  state.isStarted = true;
  const event: CanonicalEvent = {
    type: 'response-start',
    id: makeId(context, 'ollama', 0),
    model: typeof wire.model === 'string' ? wire.model : context.model.id,
  };
  const createdAt = parseDate(wire.created_at);
  if (createdAt !== undefined) event.createdAt = createdAt;
  const own = ownReplyFields(wire);
  if (own !== undefined) event.extensions = { [DIALECT]: own };
  events.push(event);
}

function grow(
  state: DecodeState,
  type: 'text' | 'reasoning',
  text: Json | undefined,
  events: CanonicalEvent[],
): void {
  if (typeof text !== 'string' || text === '') return;
  if (state.open?.type !== type) {
    closeOpen(state, events);
    state.open = { index: state.nextIndex++, type };
    events.push({ type: 'part-start', index: state.open.index, part: { type } });
  }
  events.push({ type: 'part-delta', index: state.open.index, delta: { type, text } });
}

function closeOpen(state: DecodeState, events: CanonicalEvent[]): void {
  if (state.open === null) return;
  events.push({ type: 'part-end', index: state.open.index });
  state.open = null;
}

function addImage(state: DecodeState, data: string, events: CanonicalEvent[]): void {
  closeOpen(state, events);
  const index = state.nextIndex++;
  const { mediaType } = decodeImage(data);
  events.push({ type: 'part-start', index, part: { type: 'media', mediaType } });
  events.push({ type: 'part-delta', index, delta: { type: 'media-data', data } });
  events.push({ type: 'part-end', index });
}

/** The server sends a call in one piece. */
function addCall(state: DecodeState, wire: Json, events: CanonicalEvent[], context: TranslateContext): void {
  const call = decodeCall(wire);
  if (call === undefined) return;
  closeOpen(state, events);
  const { type, input, ...started } = decodeReplyCall(call, state.calls++, context);
  const index = state.nextIndex++;
  events.push({ type: 'part-start', index, part: { type, ...started } });
  const delta: PartDelta = { type: 'tool-input', text: input };
  if (input !== '') events.push({ type: 'part-delta', index, delta });
  events.push({ type: 'part-end', index });
}

function finish(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  closeOpen(state, events);
  const usage = decodeUsage(wire);
  if (usage !== undefined) events.push({ type: 'usage', usage });
  const event: CanonicalEvent = {
    type: 'response-end',
    finish: decodeFinish(wire.done_reason, state.calls > 0),
  };
  const own = ownReplyFields(wire);
  if (own !== undefined) {
    // The first frame's date is the reply's.
    delete own.$created_at;
    for (const _ in own) event.extensions = { [DIALECT]: own };
  }
  events.push(event);
  state.isEnded = true;
}

function fail(state: DecodeState, events: CanonicalEvent[], error: CanonicalEvent): void {
  closeOpen(state, events);
  events.push(error);
  state.isEnded = true;
}
