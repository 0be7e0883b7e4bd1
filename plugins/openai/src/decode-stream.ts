import {
  type CanonicalEvent,
  type Finish,
  type Frame,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  type StreamTranslator,
  type TranslateContext,
  type UpstreamError,
} from '@dragoman/plugin-sdk';
import { abandonCalls, closeCalls } from './decode-call-delta.ts';
import { decodeDelta, decodeLogprobsDelta } from './decode-delta.ts';
import { readErrorBody } from './decode-error.ts';
import { DIALECT } from './dialect.ts';
import { decodeFinish, failureOf } from './finish.ts';
import {
  type ChoiceState,
  choiceOf,
  closeCurrent,
  createDecodeState,
  type DecodeState,
} from './stream-state.ts';
import { decodeUsage } from './usage.ts';

/**
 * Chunks to events. The finish reason and the usage are remembered until `[DONE]`, or until the stream has ended by
 * itself with a finish reason for every choice: only then is the answer whole.
 */
export const decodeStream: StreamTranslator<Frame, CanonicalEvent> = (
  { state: before, items, end },
  context,
) => {
  const state = before === null ? createDecodeState() : (before as unknown as DecodeState);
  const events: CanonicalEvent[] = [];
  for (let at = 0; at < items.length && !state.ended; at++) {
    const frame = items[at];
    if (frame !== undefined) readFrame(frame, state, events, context);
  }
  if (end !== undefined && !state.ended) finishStream(end, state, events, context);
  return { output: { state: state as unknown as Json, items: events } };
};

function readFrame(
  frame: Frame,
  state: DecodeState,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  const { data } = frame;
  if (typeof data === 'string') {
    if (data.trim() === '[DONE]') complete(state, events, context);
    return;
  }
  if (!isObject(data)) return;
  const error = errorOf(frame, data);
  if (error !== undefined) fail(error, state, events);
  else readChunk(data, state, events, context);
}

/** Errors come as `{ error }`, beside the choices too (OpenRouter), as `{ object: 'error' }` (vLLM) or as an event. */
function errorOf(frame: Frame, chunk: JsonObject): UpstreamError | undefined {
  const isError =
    (chunk.error !== undefined && chunk.error !== null) ||
    chunk.object === 'error' ||
    frame.event === 'error';
  return isError ? readErrorBody(chunk, undefined) : undefined;
}

function readChunk(
  chunk: JsonObject,
  state: DecodeState,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  noteFields(chunk, state);
  const usage = decodeUsage(isObject(chunk.usage) ? chunk.usage : hiddenUsage(chunk));
  if (usage !== undefined) state.usage = usage;
  const { choices } = chunk;
  if (!Array.isArray(choices) || choices.length === 0) return;
  start(state, events);
  for (const choice of choices) if (isObject(choice)) readChoice(choice, state, events, context);
}

/** Groq's usage, where the client did not ask for the usage chunk. */
function hiddenUsage(chunk: JsonObject): Json | undefined {
  return isObject(chunk.x_groq) ? chunk.x_groq.usage : undefined;
}

/** Collects what the chunk says beside its choices. `obfuscation` is random padding of every chunk. */
function noteFields(chunk: JsonObject, state: DecodeState): void {
  for (const key in chunk) {
    const value = chunk[key];
    switch (key) {
      case 'choices':
      case 'usage':
      case 'obfuscation':
        break;
      case 'object':
        if (value !== 'chat.completion.chunk') noteField('$object', value, state);
        break;
      case 'id':
        if (!state.started && typeof value === 'string' && value !== '') state.id = value;
        break;
      case 'model':
        if (!state.started && typeof value === 'string' && value !== '') state.model = value;
        break;
      case 'created':
        if (!state.started && typeof value === 'number' && value !== 0) state.createdAt = value;
        break;
      case 'service_tier':
        if (typeof value === 'string' && !state.started) state.serviceTier = value;
        break;
      default:
        noteField(key, value, state);
    }
  }
}

function noteField(key: string, value: Json | undefined, state: DecodeState): void {
  if (value === undefined) return;
  if (!state.started) {
    state.fields[key] = value;
    return;
  }
  if (value === null) return;
  if (isSame(state.fields[key], value)) delete state.changed[key];
  else state.changed[key] = value;
}

/** Most chunks repeat most fields, and most of them are strings. */
function isSame(known: Json | undefined, value: Json): boolean {
  if (known === value) return true;
  if (typeof value !== 'object' || typeof known !== 'object') return false;
  return JSON.stringify(known) === JSON.stringify(value);
}

function start(state: DecodeState, events: CanonicalEvent[]): void {
  if (state.started) return;
  state.started = true;
  const event: CanonicalEvent = {
    type: 'response-start',
    id: state.id,
    model: state.model,
    extensions: { [DIALECT]: { ...state.fields } },
  };
  if (state.createdAt !== undefined) event.createdAt = state.createdAt;
  if (state.serviceTier !== undefined) event.serviceTier = state.serviceTier;
  events.push(event);
}

function readChoice(
  wire: JsonObject,
  state: DecodeState,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  const { index } = wire;
  const choice = choiceOf(
    state,
    typeof index === 'number' && Number.isInteger(index) && index > 0 ? index : 0,
  );
  // Some services send a whole message in a chunk.
  const delta = isObject(wire.delta) ? wire.delta : wire.message;
  if (isObject(delta)) decodeDelta(delta, choice, state, events, context);
  if (wire.logprobs !== undefined && wire.logprobs !== null)
    decodeLogprobsDelta(wire.logprobs, choice, events);
  keepExtra(wire, choice);
  if (typeof wire.finish_reason !== 'string') return;
  // An empty reason in a later chunk does not take the first one back.
  if (choice.finish === undefined || wire.finish_reason !== '') choice.finish = wire.finish_reason;
}

function keepExtra(wire: JsonObject, choice: ChoiceState): void {
  for (const key in wire) {
    switch (key) {
      case 'index':
      case 'delta':
      case 'message':
      case 'logprobs':
      case 'finish_reason':
        break;
      default:
        if (wire[key] === null || wire[key] === undefined) break;
        choice.extra ??= {};
        choice.extra[key] = wire[key];
    }
  }
}

function finishStream(
  end: 'complete' | 'cut',
  state: DecodeState,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  if (end === 'complete' && isFinished(state)) {
    complete(state, events, context);
    return;
  }
  const message =
    end === 'cut'
      ? 'the connection to the provider broke before its answer was complete'
      : "the provider's answer ended before it was complete";
  fail({ kind: 'server', message }, state, events);
}

function isFinished(state: DecodeState): boolean {
  if (state.choices.length === 0) return false;
  for (const choice of state.choices) if (choice.finish === undefined) return false;
  return true;
}

/** What the upstream counted so far goes first: the gateway's books need it even when the answer fails. */
function tellUsage(state: DecodeState, events: CanonicalEvent[]): void {
  if (state.usage === undefined) return;
  start(state, events);
  events.push({ type: 'usage', usage: state.usage });
}

function fail(error: UpstreamError, state: DecodeState, events: CanonicalEvent[]): void {
  for (const choice of state.choices) {
    closeCurrent(choice, events);
    abandonCalls(choice, events);
  }
  tellUsage(state, events);
  state.ended = true;
  events.push({ type: 'error', error });
}

function complete(state: DecodeState, events: CanonicalEvent[], context: TranslateContext): void {
  state.choices.sort((a, b) => a.index - b.index);
  const [lead] = state.choices;
  const failure = failureOf(finishOf(lead), lead?.extra?.error, context);
  if (failure !== undefined) {
    fail(failure, state, events);
    return;
  }
  start(state, events);
  for (const choice of state.choices) {
    closeCurrent(choice, events);
    closeCalls(choice, state, events, context);
  }
  let first: ChoiceState | undefined;
  for (const choice of state.choices) {
    if (choice.index === 0) {
      first = choice;
      continue;
    }
    const event: CanonicalEvent = { type: 'finish', candidate: choice.index, finish: finishOf(choice) };
    if (choice.extra !== undefined) event.extensions = { [DIALECT]: { $choice: choice.extra } };
    events.push(event);
  }
  tellUsage(state, events);
  state.ended = true;
  const last: CanonicalEvent = { type: 'response-end', finish: finishOf(first) };
  const own: JsonObject = state.changed;
  if (first?.extra !== undefined) own.$choice = first.extra;
  if (!isEmpty(own)) last.extensions = { [DIALECT]: own };
  events.push(last);
}

/** `[DONE]` without a finish reason is an end too. */
function finishOf(choice: ChoiceState | undefined): Finish {
  return decodeFinish(choice?.finish, choice?.hasCalls === true);
}
