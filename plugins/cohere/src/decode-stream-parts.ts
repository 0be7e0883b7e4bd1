import {
  type CanonicalEvent,
  isObject,
  type JsonObject,
  pointer,
  type TranslateContext,
  type Warning,
} from '@dragoman/plugin-sdk';
import { decodeCitation, placeOf } from './citations.ts';
import { decodeCall, settleInput } from './decode-call.ts';
import { closePart, closeParts, type DecodeState, type OpenPart } from './decode-stream-state.ts';
import { DIALECT, FAMILY } from './dialect.ts';
import { decodeLogprobs } from './logprobs.ts';
import { addText, createOffsets } from './offsets.ts';

/** `delta.message` of an event. */
export function messageOf(wire: JsonObject): JsonObject {
  const message = isObject(wire.delta) ? wire.delta.message : undefined;
  return isObject(message) ? message : {};
}

export function startContent(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  // Citations of the text before it come while that is open; what comes later has no place.
  closeParts(state, 'content', events);
  const { content } = messageOf(wire);
  if (!isObject(content)) return;
  const type = content.type ?? (typeof content.thinking === 'string' ? 'thinking' : 'text');
  if (type !== 'text' && type !== 'thinking') {
    const index = state.nextIndex++;
    events.push({
      type: 'part-start',
      index,
      part: { type: 'opaque', dialect: DIALECT, family: FAMILY, value: content },
    });
    events.push({ type: 'part-end', index });
    return;
  }
  openPart(state, `content ${wire.index}`, type === 'text' ? 'text' : 'reasoning', events);
  addContent(state, wire, events);
}

export function addContent(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  const { content } = messageOf(wire);
  const key = `content ${wire.index}`;
  if (isObject(content)) {
    const { text, thinking } = content;
    const open =
      state.open[key] ?? openPart(state, key, typeof thinking === 'string' ? 'reasoning' : 'text', events);
    grow(open, open.type === 'reasoning' ? thinking : text, events);
  }
  const logprobs = isObject(wire.delta) ? (wire.delta.logprobs ?? wire.logprobs) : wire.logprobs;
  const decoded = decodeLogprobs(logprobs);
  const open = state.open[key];
  if (decoded.length > 0 && open !== undefined) {
    events.push({ type: 'part-delta', index: open.index, delta: { type: 'logprobs', logprobs: decoded } });
  }
}

/** A text stays open until something else begins: its citations may come after its end. */
export function endContent(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  const key = `content ${wire.index}`;
  if (state.open[key]?.type === 'reasoning') closePart(state, key, events);
}

export function addPlan(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  const { tool_plan: text } = messageOf(wire);
  if (typeof text !== 'string' || text === '') return;
  closeParts(state, 'content', events);
  grow(state.open.plan ?? openPart(state, 'plan', 'text', events), text, events);
}

function openPart(
  state: DecodeState,
  key: string,
  type: 'text' | 'reasoning',
  events: CanonicalEvent[],
): OpenPart {
  const open: OpenPart = { index: state.nextIndex++, type };
  if (type === 'text') open.offsets = createOffsets();
  state.open[key] = open;
  events.push({ type: 'part-start', index: open.index, part: { type } });
  return open;
}

function grow(open: OpenPart, text: unknown, events: CanonicalEvent[]): void {
  if (typeof text !== 'string' || text === '') return;
  if (open.type !== 'text' && open.type !== 'reasoning') return;
  if (open.offsets !== undefined) addText(open.offsets, text);
  events.push({ type: 'part-delta', index: open.index, delta: { type: open.type, text } });
}

export function startCall(
  state: DecodeState,
  wire: JsonObject,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  const call = decodeCall(messageOf(wire).tool_calls, state.calls, context);
  if (call === undefined) return;
  closeParts(state, 'content', events);
  closePart(state, 'plan', events);
  endCall(state, wire, events);
  state.calls++;
  const { type, id, name, namespace, kind, input } = call;
  const open: OpenPart = { index: state.nextIndex++, type: kind === 'custom' ? 'custom' : 'call', held: '' };
  state.open[`call ${wire.index}`] = open;
  const start: CanonicalEvent = { type: 'part-start', index: open.index, part: { type, id, name, kind } };
  if (namespace !== undefined && start.part.type === 'tool-call') start.part.namespace = namespace;
  events.push(start);
  addInput(open, input, events);
}

export function addCall(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  const calls = messageOf(wire).tool_calls;
  const inner = isObject(calls) ? calls.function : undefined;
  const open = state.open[`call ${wire.index}`];
  if (open !== undefined && isObject(inner) && typeof inner.arguments === 'string') {
    addInput(open, inner.arguments, events);
  }
}

/** Free text is unwrapped when it is whole, and what may become `null` waits until it is something else. */
function addInput(open: OpenPart, text: string, events: CanonicalEvent[]): void {
  const whole = (open.held ?? '') + text;
  if (open.type === 'custom' || (open.isFilled !== true && 'null'.startsWith(whole.trimStart()))) {
    open.held = whole;
    return;
  }
  open.held = '';
  if (whole === '') return;
  open.isFilled = true;
  events.push({ type: 'part-delta', index: open.index, delta: { type: 'tool-input', text: whole } });
}

/** Only a call that ended is complete: one that is cut off stays as it is. */
export function endCall(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  const key = `call ${wire.index}`;
  const open = state.open[key];
  if (open === undefined) return;
  if (open.isFilled !== true) {
    const text = settleInput(open.held ?? '', open.type === 'custom');
    if (text !== '')
      events.push({ type: 'part-delta', index: open.index, delta: { type: 'tool-input', text } });
  }
  closePart(state, key, events);
}

export function addCitation(
  state: DecodeState,
  wire: JsonObject,
  events: CanonicalEvent[],
  warnings: Warning[],
): void {
  const { citations } = messageOf(wire);
  for (const citation of Array.isArray(citations) ? citations : [citations]) {
    if (!isObject(citation)) continue;
    const open = findCited(state, citation);
    if (open?.offsets === undefined) {
      const message = 'a citation in something that holds none';
      warnings.push({ code: 'dropped', path: pointer('message', 'citations', String(wire.index)), message });
      continue;
    }
    for (const decoded of decodeCitation(citation, open.offsets)) {
      events.push({ type: 'part-delta', index: open.index, delta: { type: 'citation', citation: decoded } });
    }
  }
}

function findCited(state: DecodeState, citation: JsonObject): OpenPart | undefined {
  const place = placeOf(citation);
  if (place === 'thinking') return undefined;
  if (place === 'plan') return state.open.plan;
  if (place.index >= 0) return state.open[`content ${place.index}`];
  for (const key in state.open) if (key.startsWith('content')) return state.open[key];
  return state.open.plan;
}
