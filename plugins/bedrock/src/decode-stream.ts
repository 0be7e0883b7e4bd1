import {
  type CanonicalEvent,
  type Frame,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  makeId,
  type StreamTranslator,
  type TranslateContext,
  type UpstreamError,
} from '@dragoman/plugin-sdk';
import { addDelta, endBlock, endBlocks, ownExtensions, startBlock } from './decode-stream-parts.ts';
import { abandonParts, type DecodeState, readState } from './decode-stream-state.ts';

import { readError } from './errors.ts';
import { decodeFinish, failureOf } from './finish.ts';
import { decodeUsage } from './usage.ts';

/** `p` is padding, so that the length of a frame does not tell what is in it. */
const METADATA_FIELDS = new Set(['usage', 'p', 'serviceTier']);
const STOP_FIELDS = new Set(['stopReason', 'p']);

/**
 * The reason for the end comes in `messageStop`, and `metadata` with the figures behind it ends the stream. One that ends by
 * itself between the two is whole too; one that is cut there is not.
 */
export const decodeStream: StreamTranslator<Frame, CanonicalEvent> = ({ state, items, end }, context) => {
  const next = readState(state, context);
  const events: CanonicalEvent[] = [];
  for (const frame of items) {
    if (next.isEnded) break;
    const { name, data } = nameFrame(frame);
    if (isObject(data)) decodeFrame(next, name, data, events, context);
    else if (name !== undefined && isFailure(name)) fail(next, readError(name, data), events);
  }
  if (end === 'complete' && !next.isEnded && next.stop !== null) finish(next, {}, events);
  else if (end !== undefined && !next.isEnded) {
    const message =
      end === 'cut' ? 'The upstream broke off the stream' : 'The stream ended before messageStop';
    fail(next, { kind: 'server', message }, events);
  }
  return { output: { state: next as unknown as Json, items: events } };
};

/** The name of an event stands beside its data; a proxy that writes lines of JSON puts it around them. */
function nameFrame({ event, data }: Frame): { name: string | undefined; data: Json } {
  if (event !== undefined || !isObject(data)) return { name: event, data };
  for (const name in data) return { name, data: data[name] ?? null };
  return { name: undefined, data };
}

function isFailure(name: string): boolean {
  return name === 'error' || name.endsWith('Exception');
}

function decodeFrame(
  state: DecodeState,
  name: string | undefined,
  wire: JsonObject,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  if (name === undefined || isFailure(name)) {
    fail(state, readError(name, wire), events);
    return;
  }
  if (!state.isStarted) {
    state.isStarted = true;
    events.push({ type: 'response-start', id: makeId(context, 'bedrock', 0), model: context.model.id });
  }
  switch (name) {
    case 'contentBlockDelta':
      addDelta(state, wire, events);
      return;
    case 'contentBlockStart':
      startBlock(state, wire, events, context);
      return;
    case 'contentBlockStop':
      endBlock(state, wire, events);
      return;
    case 'messageStop':
      state.stop = wire;
      return;
    case 'metadata':
      if (isObject(wire.usage)) events.push({ type: 'usage', usage: decodeUsage(wire.usage) });
      if (state.stop !== null) finish(state, wire, events);
      return;
    default:
      // `messageStart` says nothing more; an event nobody knows is none of the answer.
      return;
  }
}

function finish(state: DecodeState, metadata: JsonObject, events: CanonicalEvent[]): void {
  const stop = state.stop ?? {};
  const ended = decodeFinish(stop.stopReason, stop.additionalModelResponseFields);
  const failure = failureOf(ended);
  if (failure !== undefined) {
    fail(state, failure, events);
    return;
  }
  endBlocks(state, events);
  const rest = { ...leftover(stop, STOP_FIELDS), ...leftover(metadata, METADATA_FIELDS) };
  const own = Object.keys(rest).length === 0 ? undefined : rest;
  events.push({ type: 'response-end', finish: ended, ...ownExtensions(own) });
  state.isEnded = true;
}

function fail(state: DecodeState, error: UpstreamError, events: CanonicalEvent[]): void {
  abandonParts(state, events);
  events.push({ type: 'error', error });
  state.isEnded = true;
}
