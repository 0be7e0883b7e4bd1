import {
  type CanonicalEvent,
  type Frame,
  isObject,
  type Json,
  type JsonObject,
  makeId,
  type StreamOutput,
  type StreamTranslator,
  type TranslateContext,
  type Translated,
  type UpstreamError,
  type Warning,
} from '@dragoman/plugin-sdk';
import {
  addCall,
  addCitation,
  addContent,
  addPlan,
  endCall,
  endContent,
  startCall,
  startContent,
} from './decode-stream-parts.ts';
import { closeParts, type DecodeState, readState } from './decode-stream-state.ts';

import { readError } from './errors.ts';
import { decodeFinish, failureOf } from './finish.ts';
import { decodeUsage } from './usage.ts';

/** Only `message-end` ends a stream well; one that stops before was cut. */
export const decodeStream: StreamTranslator<Frame, CanonicalEvent> = ({ state, items, end }, context) => {
  const next = readState(state);
  const events: CanonicalEvent[] = [];
  const warnings: Warning[] = [];
  for (const frame of items) {
    if (next.isEnded) break;
    if (isObject(frame.data)) decodeFrame(next, frame.data, frame.event, events, warnings, context);
  }
  if (end !== undefined && !next.isEnded) {
    const message =
      end === 'cut' ? 'The upstream broke off the stream' : 'The stream ended before message-end';
    fail(next, { kind: 'server', message }, events);
  }
  const output: StreamOutput<CanonicalEvent> = { state: next as unknown as Json, items: events };
  const translated: Translated<StreamOutput<CanonicalEvent>> = { output };
  if (warnings.length > 0) translated.warnings = warnings;
  return translated;
};

function decodeFrame(
  state: DecodeState,
  wire: JsonObject,
  name: string | undefined,
  events: CanonicalEvent[],
  warnings: Warning[],
  context: TranslateContext,
): void {
  const type = wire.type ?? name;
  if (type === undefined) {
    // A bare body in a stream is an error's.
    if (typeof wire.message === 'string') fail(state, readError(wire), events);
    return;
  }
  if (!state.isStarted) start(state, wire, events, context);
  switch (type) {
    case 'content-delta':
      addContent(state, wire, events);
      return;
    case 'content-start':
      startContent(state, wire, events);
      return;
    case 'content-end':
      endContent(state, wire, events);
      return;
    case 'tool-plan-delta':
      addPlan(state, wire, events);
      return;
    case 'tool-call-start':
      startCall(state, wire, events, context);
      return;
    case 'tool-call-delta':
      addCall(state, wire, events);
      return;
    case 'tool-call-end':
      endCall(state, wire, events);
      return;
    case 'citation-start':
      addCitation(state, wire, events, warnings);
      return;
    case 'message-end':
      finish(state, wire, events);
      return;
    case 'error':
      fail(state, readError(wire), events);
      return;
    default:
      // `message-start`, `citation-end` and `debug` say nothing more; an event nobody knows is none of the answer.
      return;
  }
}

function start(
  state: DecodeState,
  wire: JsonObject,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  state.isStarted = true;
  const id = typeof wire.id === 'string' ? wire.id : makeId(context, 'cohere', 0);
  events.push({ type: 'response-start', id, model: context.model.id });
}

function finish(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  const delta: JsonObject = isObject(wire.delta) ? wire.delta : {};
  const ended = decodeFinish(delta.finish_reason);
  if (isObject(delta.usage)) events.push({ type: 'usage', usage: decodeUsage(delta.usage) });
  const failure = failureOf(ended, delta.error);
  if (failure !== undefined) {
    fail(state, failure, events);
    return;
  }
  for (const key in state.open) {
    if (key.startsWith('call ')) endCall(state, { index: key.slice('call '.length) }, events);
  }
  closeParts(state, '', events);
  events.push({ type: 'response-end', finish: ended });
  state.isEnded = true;
}

function fail(state: DecodeState, error: UpstreamError, events: CanonicalEvent[]): void {
  closeParts(state, '', events);
  events.push({ type: 'error', error });
  state.isEnded = true;
}
