import {
  type CanonicalEvent,
  type Frame,
  isObject,
  type Json,
  type JsonObject,
  type StreamTranslator,
  type UpstreamError,
} from '@dragoman/plugin-sdk';

import { readContentEvent } from './decode-content-events.ts';
import {
  addItem,
  endOpenParts,
  finishItem,
  type Reading,
  readInputDelta,
  readReasoningDelta,
} from './decode-item-events.ts';
import { readFields } from './decode-response.ts';
import { createDecodeState, type DecodeState, itemOf, placeOfItem } from './decode-state.ts';
import { DIALECT } from './dialect.ts';
import { readError } from './errors.ts';
import { decodeFinish } from './finish.ts';
import { readUpstreamMemo } from './memo.ts';
import { decodeUsage } from './usage.ts';

/** The wire's events to the hub's. Only its own last event says that an answer is whole. */
export const decodeStream: StreamTranslator<Frame, CanonicalEvent> = (
  { state: before, items, end },
  context,
) => {
  const state = before === null ? createDecodeState() : (before as unknown as DecodeState);
  const events: CanonicalEvent[] = [];
  const reading: Reading = {
    state,
    events,
    family: context.provider.family,
    memo: readUpstreamMemo(context.memo),
  };
  for (let at = 0; at < items.length && !state.ended; at++) {
    const frame = items[at];
    if (frame !== undefined && isObject(frame.data)) readEvent(frame.data, frame.event, reading);
  }
  if (end !== undefined && !state.ended) {
    const message =
      end === 'cut'
        ? 'the connection to the provider broke before its answer was complete'
        : "the provider's answer ended before it was complete";
    fail({ kind: 'server', message }, reading);
  }
  return { output: { state: state as unknown as Json, items: events } };
};

function readEvent(event: JsonObject, name: string | undefined, reading: Reading): void {
  const type = typeof event.type === 'string' ? event.type : name;
  switch (type) {
    case 'response.output_text.delta':
    case 'response.refusal.delta':
    case 'response.content_part.added':
    case 'response.content_part.done':
    case 'response.output_text.annotation.added':
    case 'response.output_text.done':
    case 'response.refusal.done':
      readContent(event, reading);
      return;
    case 'response.reasoning_summary_text.delta':
      readReasoningDelta(event, 'summary', reading);
      return;
    case 'response.reasoning_text.delta':
      readReasoningDelta(event, 'content', reading);
      return;
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      readInputDelta(event, reading);
      return;
    case 'response.reasoning_summary_part.added':
    case 'response.reasoning_summary_text.done':
    case 'response.reasoning_summary_part.done':
    case 'response.reasoning_text.done':
    case 'response.function_call_arguments.done':
    case 'response.custom_tool_call_input.done':
      // The end of the item says the same, and more.
      return;
    case 'response.output_item.added':
      start({}, reading);
      if (!addItem(event, reading)) keep(event, reading);
      return;
    case 'response.output_item.done':
      start({}, reading);
      if (isObject(event.item)) finishItem(event.item, placeOfItem(event, reading.state), reading);
      return;
    case 'response.created':
    case 'response.in_progress':
    case 'response.queued':
      start(isObject(event.response) ? event.response : {}, reading);
      return;
    case 'response.completed':
    case 'response.incomplete':
      complete(isObject(event.response) ? event.response : {}, type, reading);
      return;
    case 'response.failed':
    case 'response.cancelled':
      readFailure(event, type, reading);
      return;
    case 'error':
      fail(readError(withoutNumber({ ...event, type: 'error' })), reading);
      return;
    default:
      if (event.error !== undefined && event.error !== null) fail(readError(event), reading);
      else if (type !== undefined) keep(event, reading);
  }
}

function readContent(event: JsonObject, reading: Reading): void {
  const item = itemOf(event, reading.state);
  if (item?.kind === 'message' && !item.done) readContentEvent(event, item, reading.state, reading.events);
}

/** What the hub has no word for, less its number and its padding. */
function keep(event: JsonObject, reading: Reading): void {
  start({}, reading);
  reading.events.push({ type: 'opaque', dialect: DIALECT, value: withoutNumber(event) });
}

function withoutNumber({ sequence_number: _, obfuscation: __, ...fields }: JsonObject): JsonObject {
  return fields;
}

function start(response: JsonObject, { state, events }: Reading): void {
  if (state.started) return;
  state.started = true;
  const head: CanonicalEvent = { type: 'response-start', id: '', model: '' };
  const own = readFields(response, head);
  // Null until the end.
  delete own.usage;
  head.extensions = { [DIALECT]: own };
  events.push(head);
}

function tellUsage(response: JsonObject, { events }: Reading): void {
  const usage = decodeUsage(response.usage);
  if (usage !== undefined) events.push({ type: 'usage', usage });
}

function complete(response: JsonObject, type: string, reading: Reading): void {
  const { state, events } = reading;
  start(response, reading);
  if (response.status === 'failed' || response.status === 'cancelled') {
    readFailure({ response }, 'response.failed', reading);
    return;
  }
  const output = Array.isArray(response.output) ? response.output : [];
  for (let place = 0; place < output.length; place++) {
    const item = output[place];
    if (isObject(item) && !isKnown(item, state)) finishItem(item, place, reading);
  }
  endOpenParts(reading);
  tellUsage(response, reading);
  state.ended = true;
  const status = response.status ?? (type === 'response.incomplete' ? 'incomplete' : undefined);
  const own = readFields(response, { id: '', model: '' });
  const end: CanonicalEvent = {
    type: 'response-end',
    finish: decodeFinish({ ...response, status }, state.hasCalls),
    extensions: { [DIALECT]: own },
  };
  // At the beginning stands what was asked for; which tier served it is known now.
  if (typeof response.service_tier === 'string') end.serviceTier = response.service_tier;
  events.push(end);
}

/** The whole reply may count its items otherwise than the stream did. */
function isKnown(item: JsonObject, state: DecodeState): boolean {
  if (typeof item.id !== 'string') return false;
  for (const known of state.items) if (known.done && known.id === item.id) return true;
  return false;
}

function readFailure(event: JsonObject, type: string, reading: Reading): void {
  const response = isObject(event.response) ? event.response : {};
  start(response, reading);
  tellUsage(response, reading);
  if (type === 'response.cancelled' || response.status === 'cancelled') {
    fail({ kind: 'cancelled', message: 'the provider cancelled its answer' }, reading);
    return;
  }
  fail(readError({ error: response.error ?? event.error ?? null }), reading);
}

/** Parts stay open: a half-received call must not look whole. */
function fail(error: UpstreamError, { state, events }: Reading): void {
  state.ended = true;
  events.push({ type: 'error', error });
}
