import {
  type CanonicalEvent,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  makeId,
  type PartStart,
  type TranslateContext,
  unwrapInput,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';
import { readUpstreamMemo } from './memo.ts';
import {
  type CallState,
  type ChoiceState,
  closeCompleteCalls,
  closeCurrent,
  type DecodeState,
  followJson,
  isWhole,
  startPart,
} from './stream-state.ts';
import { legacyId } from './tool-calls.ts';

const CALL_FIELDS = new Set(['index', 'id', 'type', 'function', 'custom', 'extra_content']);

/**
 * One entry of `tool_calls` in a chunk. Services leave out the index, repeat id and name in every chunk, give every
 * whole call index 0, or name the function later than they number it: a call is a new one when its index or its id is.
 */
export function decodeCallDelta(
  wire: Json,
  choice: ChoiceState,
  state: DecodeState,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  if (!isObject(wire)) return;
  const isCustom = wire.type === 'custom' || (isObject(wire.custom) && wire.function === undefined);
  const inner = isCustom ? wire.custom : wire.function;
  const name = isObject(inner) && typeof inner.name === 'string' ? inner.name : '';
  const call = findCall(wire, name, choice);
  if (typeof wire.id === 'string' && call.id === '') call.id = wire.id;
  if (call.part < 0) {
    call.name += name;
    if (call.name !== '') startCall(call, isCustom, wire, choice, state, events, context);
  } else if (!call.closed) signCall(call, wire.extra_content, events);
  const text = isObject(inner) ? textOf(isCustom ? inner.input : inner.arguments) : '';
  if (text !== '') addText(call, text, isCustom, events);
}

function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  return isObject(value) ? JSON.stringify(value) : '';
}

function findCall(wire: JsonObject, name: string, choice: ChoiceState): CallState {
  const id = typeof wire.id === 'string' ? wire.id : '';
  const key = typeof wire.index === 'number' ? wire.index : -1;
  const { calls } = choice;
  const last = calls.at(-1);
  // A later piece of the last call may be told by nothing at all.
  if (key < 0 && id === '' && name === '' && last !== undefined) return last;
  for (let at = calls.length - 1; at >= 0; at--) {
    const call = calls[at];
    if (call === undefined || call.key !== key) continue;
    // A named piece with arguments, after whole ones, begins another call.
    const isOther = id === '' ? isWhole(call) && hasArguments(wire) : call.id !== '' && id !== call.id;
    if (!isOther || name === '') return call;
    if (key >= 0) break;
  }
  const call: CallState = {
    key,
    id: '',
    name: '',
    part: -1,
    closed: false,
    held: '',
    wrapped: false,
    depth: 0,
    inString: false,
    escaped: false,
    seen: false,
  };
  calls.push(call);
  return call;
}

function hasArguments(wire: JsonObject): boolean {
  return isObject(wire.function) && textOf(wire.function.arguments) !== '';
}

function startCall(
  call: CallState,
  isCustom: boolean,
  wire: JsonObject,
  choice: ChoiceState,
  state: DecodeState,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  closeCurrent(choice, events);
  closeCompleteCalls(choice, events);
  const memo = readUpstreamMemo(context.memo);
  call.wrapped = memo.wrapped?.includes(call.name) === true;
  if (call.id === '') call.id = makeId(context, 'call', state.unnamed++);
  const known = memo.tools?.[call.name];
  const kind = isCustom || call.wrapped ? 'custom' : 'function';
  const part: PartStart = { type: 'tool-call', id: call.id, name: known?.name ?? call.name, kind };
  if (known?.namespace !== undefined) part.namespace = known.namespace;
  const rest = leftover(wire, CALL_FIELDS);
  if (rest !== undefined) part.extensions = { [DIALECT]: rest };
  begin(call, part, choice, state, events);
  signCall(call, wire.extra_content, events);
}

function begin(
  call: CallState,
  part: PartStart,
  choice: ChoiceState,
  state: DecodeState,
  events: CanonicalEvent[],
): void {
  call.part = startPart(state, choice, part, events);
  choice.hasCalls = true;
  if (call.held === '') return;
  const { held } = call;
  call.held = '';
  addText(call, held, part.type === 'tool-call' && part.kind === 'custom' && !call.wrapped, events);
}

function signCall(call: CallState, extra: Json | undefined, events: CanonicalEvent[]): void {
  const google = isObject(extra) ? extra.google : undefined;
  const value = isObject(google) ? google.thought_signature : undefined;
  if (typeof value !== 'string') return;
  const signature = { dialect: DIALECT, family: 'google', value };
  events.push({ type: 'part-delta', index: call.part, delta: { type: 'signature', signature } });
}

function addText(call: CallState, text: string, isCustom: boolean, events: CanonicalEvent[]): void {
  if (call.closed) return;
  if (call.part < 0 || call.wrapped) {
    call.held += text;
    return;
  }
  if (!isCustom) followJson(call, text);
  events.push({ type: 'part-delta', index: call.part, delta: { type: 'tool-input', text } });
}

/** `function_call` of the API before `tool_calls`: one call, without an id. */
export function decodeLegacyDelta(
  wire: Json,
  choice: ChoiceState,
  state: DecodeState,
  events: CanonicalEvent[],
): void {
  if (!isObject(wire)) return;
  const name = typeof wire.name === 'string' ? wire.name : '';
  const call = findCall({ index: LEGACY }, name, choice);
  if (call.part < 0) {
    call.name += name;
    if (call.name === '') return;
    closeCurrent(choice, events);
    call.id = legacyId(call.name, state.next);
    const extensions = { [DIALECT]: { $legacy: true } };
    begin(
      call,
      { type: 'tool-call', id: call.id, name: call.name, kind: 'function', extensions },
      choice,
      state,
      events,
    );
  }
  if (typeof wire.arguments === 'string' && wire.arguments !== '')
    addText(call, wire.arguments, false, events);
}

/** No service numbers its calls so. */
const LEGACY = 1_000_000;

/** Ends the calls that are open. One that never got a name is told with what came of it. */
export function closeCalls(
  choice: ChoiceState,
  state: DecodeState,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  for (const call of choice.calls) {
    if (call.closed) continue;
    if (call.part < 0) {
      if (call.id === '' && call.held === '') continue;
      if (call.id === '') call.id = makeId(context, 'call', state.unnamed++);
      begin(
        call,
        { type: 'tool-call', id: call.id, name: 'unknown', kind: 'function' },
        choice,
        state,
        events,
      );
    }
    if (call.wrapped && call.held !== '') {
      const delta = { type: 'tool-input', text: unwrapInput(call.held) } as const;
      events.push({ type: 'part-delta', index: call.part, delta });
    }
    call.closed = true;
    events.push({ type: 'part-end', index: call.part });
  }
}

/** Ends the calls of an answer that failed as they are: half a call must not look like a whole one. */
export function abandonCalls(choice: ChoiceState, events: CanonicalEvent[]): void {
  for (const call of choice.calls) {
    if (call.part >= 0 && !call.closed) events.push({ type: 'part-end', index: call.part });
    call.closed = true;
  }
}
