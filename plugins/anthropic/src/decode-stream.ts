import {
  type CanonicalEvent,
  type Frame,
  isObject,
  type Json,
  type JsonObject,
  type StreamTranslator,
  type TranslateContext,
} from '@dragoman/plugin-sdk';
import { ownResponseFields } from './decode-response.ts';
import { applyDelta, endBlock, endOpenBlocks, startBlock } from './decode-stream-blocks.ts';
import { type DecodeState, readState } from './decode-stream-state.ts';
import { DIALECT, FAMILY } from './dialect.ts';
import { readError } from './errors.ts';
import { decodeFinish, isKnownReason } from './finish.ts';
import { answerToolOf } from './memo.ts';
import { decodeUsage } from './usage.ts';

/**
 * The stop reason is remembered until `message_stop`: a stream that ends without it was cut, whatever came before.
 * Fed only the frames that match the manifest's `marks`, it still tells usage, end and errors.
 */
export const decodeStream: StreamTranslator<Frame, CanonicalEvent> = ({ state, items, end }, context) => {
  const next = readState(state);
  const events: CanonicalEvent[] = [];
  for (const frame of items) {
    if (next.isEnded) break;
    decodeFrame(next, frame, events, context);
  }
  if (end !== undefined && !next.isEnded) {
    const message =
      end === 'cut' ? 'The upstream broke off the stream' : 'The stream ended before message_stop';
    fail(next, events, { type: 'error', error: { kind: 'server', message } });
  }
  return { output: { state: next, items: events } };
};

function decodeFrame(
  state: DecodeState,
  frame: Frame,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  const wire = frame.data;
  if (!isObject(wire)) return;
  switch (wire.type ?? frame.event) {
    case 'content_block_delta':
      begin(state, events, context);
      applyDelta(state, wire, events, context.provider.family);
      return;
    case 'content_block_start':
      begin(state, events, context);
      startBlock(state, wire, events, context);
      return;
    case 'content_block_stop':
      endBlock(state, String(wire.index), events);
      return;
    case 'message_start':
      startMessage(state, wire.message, events, context);
      return;
    case 'message_delta':
      begin(state, events, context);
      applyMessageDelta(state, wire, events);
      return;
    case 'message_stop':
      begin(state, events, context);
      stop(state, events, context);
      return;
    case 'ping':
      return;
    case 'error':
      fail(state, events, { type: 'error', error: readError(wire) });
      return;
    default:
      // Compatible services send an error as a bare body.
      if (isObject(wire.error)) fail(state, events, { type: 'error', error: readError(wire) });
      else if (state.isStarted)
        events.push({ type: 'opaque', dialect: DIALECT, family: FAMILY, value: wire });
  }
}

/** A service that leaves `message_start` out still gets a beginning. */
function begin(state: DecodeState, events: CanonicalEvent[], context: TranslateContext): void {
  if (!state.isStarted) startMessage(state, {}, events, context);
}

function startMessage(
  state: DecodeState,
  message: Json | undefined,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  if (state.isStarted) return;
  state.isStarted = true;
  const wire: JsonObject = isObject(message) ? message : {};
  const start: CanonicalEvent = {
    type: 'response-start',
    id: typeof wire.id === 'string' ? wire.id : `msg_${context.requestId}`,
    model: typeof wire.model === 'string' ? wire.model : context.model.id,
  };
  if (isObject(wire.usage) && typeof wire.usage.service_tier === 'string') {
    start.serviceTier = wire.usage.service_tier;
  }
  const own = ownResponseFields(wire);
  if (own !== undefined) start.extensions = { [DIALECT]: own };
  events.push(start);
  readUsage(state, wire.usage, events);
}

/** Each event carries all that is known, because `message_delta` repeats only some fields of `message_start`. */
function readUsage(state: DecodeState, usage: Json | undefined, events: CanonicalEvent[]): void {
  if (!isObject(usage)) return;
  state.usage = { ...state.usage };
  for (const key in usage) {
    if (usage[key] !== null || state.usage[key] === undefined) state.usage[key] = usage[key];
  }
  events.push({ type: 'usage', usage: decodeUsage(state.usage) });
}

function applyMessageDelta(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  readUsage(state, wire.usage, events);
  for (const key in wire) {
    if (key !== 'type' && key !== 'delta' && key !== 'usage') state.own[key] = wire[key];
  }
  if (!isObject(wire.delta)) return;
  for (const key in wire.delta) {
    const value = wire.delta[key];
    if (key === 'stop_reason') state.stopReason = value ?? state.stopReason;
    else if (key === 'stop_sequence') state.stopSequence = value ?? state.stopSequence;
    else state.own[key] = value;
  }
}

function stop(state: DecodeState, events: CanonicalEvent[], context: TranslateContext): void {
  endOpenBlocks(state, events, true);
  const finish = decodeFinish(state.stopReason, state.stopSequence);
  if (finish.reason === 'tool-calls' && answerToolOf(context) !== undefined && !state.hasCalls)
    finish.reason = 'stop';
  if (state.stopReason !== null && !isKnownReason(state.stopReason))
    state.own.$stop_reason = state.stopReason;
  const event: CanonicalEvent = { type: 'response-end', finish };
  for (const _ in state.own) {
    event.extensions = { [DIALECT]: state.own };
    break;
  }
  events.push(event);
  state.isEnded = true;
}

function fail(state: DecodeState, events: CanonicalEvent[], error: CanonicalEvent): void {
  endOpenBlocks(state, events, false);
  events.push(error);
  state.isEnded = true;
}
