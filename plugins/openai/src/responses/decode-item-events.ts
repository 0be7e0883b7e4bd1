import {
  type CanonicalEvent,
  isObject,
  type JsonObject,
  type Part,
  type PartStart,
  unfoldDeltas,
  unfoldStart,
} from '@dragoman/plugin-sdk';

import { endPart, finishMessage } from './decode-content-events.ts';
import { decodeOutputItem, isClientCall } from './decode-output.ts';
import { decodeReasoning, JOINT } from './decode-reasoning.ts';
import {
  createItem,
  type DecodeState,
  type ItemState,
  itemOf,
  placeOfItem,
  startPart,
} from './decode-state.ts';
import { DIALECT } from './dialect.ts';
import type { UpstreamMemo } from './memo.ts';

/** What the steps of one call share. */
export interface Reading {
  state: DecodeState;
  events: CanonicalEvent[];
  family: string;
  memo: UpstreamMemo;
}

/** `response.output_item.added`. Returns false for an item that the hub takes only whole. */
export function addItem(event: JsonObject, { state, events, memo }: Reading): boolean {
  const wire = event.item;
  if (!isObject(wire)) return false;
  const item = createItem(kindOf(wire), placeOfItem(event, state), wire.id);
  state.items.push(item);
  if (item.kind === 'message' && wire.phase !== undefined) item.phase = wire.phase;
  if (item.kind === 'call') startCall(wire, item, state, events, memo);
  if (item.kind === 'search' && typeof wire.id === 'string') {
    startPart(
      state,
      item,
      markStart({ type: 'tool-call', id: wire.id, name: 'web_search', kind: 'hosted' }, wire),
      events,
    );
  }
  return item.kind !== 'whole';
}

function kindOf({ type }: JsonObject): ItemState['kind'] {
  switch (type) {
    case 'message':
    case 'reasoning':
      return type;
    case 'function_call':
    case 'custom_tool_call':
      return 'call';
    case 'web_search_call':
      return 'search';
    default:
      return 'whole';
  }
}

function markStart<Start extends PartStart>(start: Start, { id }: JsonObject): Start {
  if (typeof id === 'string') start.extensions = { [DIALECT]: { $id: id } };
  return start;
}

/** A call starts once its name is known; the tools of the request say what the hub calls it. */
function startCall(
  wire: JsonObject,
  item: ItemState,
  state: DecodeState,
  events: CanonicalEvent[],
  memo: UpstreamMemo,
): void {
  const { call_id: id, name, namespace } = wire;
  if (typeof id !== 'string' || id === '' || typeof name !== 'string' || name === '') return;
  const isWrapped = wire.type === 'function_call' && memo.wrapped?.includes(name) === true;
  if (isWrapped) item.wrapped = true;
  const isCustom = isWrapped || wire.type === 'custom_tool_call';
  const known = memo.tools?.[name];
  const start: PartStart = {
    type: 'tool-call',
    id,
    name: known?.name ?? name,
    kind: isCustom ? 'custom' : 'function',
  };
  const space = known?.namespace ?? namespace;
  if (typeof space === 'string') start.namespace = space;
  state.hasCalls = true;
  startPart(state, item, markStart(start, wire), events);
  if (item.held !== undefined && !isWrapped) addInput(item.held, item, events);
}

function addInput(text: string, item: ItemState, events: CanonicalEvent[]): void {
  item.seen += text.length;
  events.push({ type: 'part-delta', index: item.part, delta: { type: 'tool-input', text } });
}

/** A piece of a call's input. */
export function readInputDelta(event: JsonObject, reading: Reading): void {
  const item = itemOf(event, reading.state);
  if (item?.kind !== 'call' || item.done || typeof event.delta !== 'string' || event.delta === '') return;
  if (item.wrapped === true) return;
  if (item.part < 0) item.held = (item.held ?? '') + event.delta;
  else addInput(event.delta, item, reading.events);
}

/** A piece of reasoning. Of summary and content, the one that comes first is read. */
export function readReasoningDelta(event: JsonObject, source: 'summary' | 'content', reading: Reading): void {
  const { state, events } = reading;
  const item = itemOf(event, state);
  if (item?.kind !== 'reasoning' || item.done || typeof event.delta !== 'string' || event.delta === '')
    return;
  item.source ??= source;
  if (item.source !== source) return;
  const place = source === 'summary' ? event.summary_index : event.content_index;
  if (item.part < 0) startReasoning(item, state, events);
  else if (typeof place === 'number' && place > item.place) addReasoning(JOINT, item, events);
  if (typeof place === 'number') item.place = place;
  addReasoning(event.delta, item, events);
}

function startReasoning(item: ItemState, state: DecodeState, events: CanonicalEvent[]): void {
  const own: JsonObject = {};
  if (item.id !== undefined) own.$id = item.id;
  if (item.source !== undefined) own.$source = item.source;
  startPart(state, item, { type: 'reasoning', extensions: { [DIALECT]: own } }, events);
}

function addReasoning(text: string, item: ItemState, events: CanonicalEvent[]): void {
  item.seen += text.length;
  events.push({ type: 'part-delta', index: item.part, delta: { type: 'reasoning', text } });
}

/** `response.output_item.done`, and the items of the whole reply that did not come before. */
export function finishItem(wire: JsonObject, place: number, reading: Reading): void {
  const { state } = reading;
  let item = itemOf({ output_index: place }, state);
  if (item?.done === true) return;
  if (item === undefined) {
    item = createItem(kindOf(wire), place, wire.id);
    state.items.push(item);
  }
  item.done = true;
  finishKnown(wire, item, reading);
}

function finishKnown(wire: JsonObject, item: ItemState, reading: Reading): void {
  const { state, events, family, memo } = reading;
  const { content } = wire;
  if (item.kind === 'message' && Array.isArray(content) && (content.length > 0 || item.part >= 0)) {
    if (typeof wire.id === 'string' && item.part < 0) item.id = wire.id;
    if (wire.phase !== undefined) item.phase = wire.phase;
    finishMessage(wire, content, item, state, events);
    return;
  }
  if (item.kind === 'reasoning') {
    finishReasoning(wire, item, reading);
    return;
  }
  const parts = decodeOutputItem(wire, family, memo);
  if (item.part < 0) {
    writeWhole(parts, reading);
    return;
  }
  finishPart(parts[0], item, events);
  // The results of a search follow it.
  if (parts.length > 1) writeWhole(parts.slice(1), reading);
}

/** What of a call did not come piece by piece, and its own fields. */
function finishPart(part: Part | undefined, item: ItemState, events: CanonicalEvent[]): void {
  if (part?.type === 'tool-call' && part.input.length > item.seen)
    addInput(part.input.slice(item.seen), item, events);
  endPart(item, part?.extensions?.[DIALECT], events);
}

/** The signature comes only now: what an item was announced with is not final. */
function finishReasoning(wire: JsonObject, item: ItemState, { state, events, family }: Reading): void {
  const part = decodeReasoning(wire, family, item.source);
  if (item.part < 0) {
    if (typeof wire.id === 'string') item.id = wire.id;
    const source = part.extensions?.[DIALECT]?.$source;
    if (source === 'summary' || source === 'content') item.source = source;
    startReasoning(item, state, events);
  }
  if (part.text.length > item.seen) addReasoning(part.text.slice(item.seen), item, events);
  if (part.signature !== undefined)
    events.push({
      type: 'part-delta',
      index: item.part,
      delta: { type: 'signature', signature: part.signature },
    });
  endPart(item, part.extensions?.[DIALECT], events);
}

/** Parts that come in one piece. */
function writeWhole(parts: Part[], { state, events }: Reading): void {
  for (const part of parts) {
    if (isClientCall(part)) state.hasCalls = true;
    const index = state.next++;
    events.push({ type: 'part-start', index, part: unfoldStart(part) });
    for (const delta of unfoldDeltas(part)) events.push({ type: 'part-delta', index, delta });
    events.push({ type: 'part-end', index });
  }
}

/** Parts that are still open when the reply is whole. */
export function endOpenParts({ state, events }: Reading): void {
  for (const item of state.items) if (item.part >= 0) endPart(item, item.own, events);
}
