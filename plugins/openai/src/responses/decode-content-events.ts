import {
  type CanonicalEvent,
  type Extensions,
  isObject,
  type Json,
  type JsonObject,
  type PartStart,
} from '@dragoman/plugin-sdk';

import { decodeLogprobs } from '../logprobs.ts';
import { decodeAnnotation } from './citations.ts';
import { decodeContent } from './decode-content.ts';
import { markContent } from './decode-output.ts';
import { type DecodeState, type ItemState, startPart } from './decode-state.ts';
import { DIALECT } from './dialect.ts';

/** Opens the part of a message an event is about, unless it is open; the one before it ends. */
function openContent(
  type: 'text' | 'refusal',
  event: JsonObject,
  item: ItemState,
  state: DecodeState,
  events: CanonicalEvent[],
): void {
  const place = typeof event.content_index === 'number' ? event.content_index : item.place;
  if (item.part >= 0 && item.place === place && item.type === type) return;
  endContent(item, events);
  item.place = place;
  item.type = type;
  const start: PartStart = { type };
  markContent(start, { id: item.id, phase: item.phase }, place);
  startPart(state, item, start, events);
}

function endContent(item: ItemState, events: CanonicalEvent[]): void {
  if (item.part < 0) return;
  endPart(item, item.own, events);
}

/** Ends the part that is open; `own`: what is known of it only now. */
export function endPart(item: ItemState, own: JsonObject | undefined, events: CanonicalEvent[]): void {
  const end: CanonicalEvent = { type: 'part-end', index: item.part };
  if (own !== undefined) end.extensions = { [DIALECT]: own } satisfies Extensions;
  events.push(end);
  item.part = -1;
  delete item.own;
}

/** A piece of a message's content. Returns false for an event this does not know. */
export function readContentEvent(
  event: JsonObject,
  item: ItemState,
  state: DecodeState,
  events: CanonicalEvent[],
): boolean {
  switch (event.type) {
    case 'response.output_text.delta':
      openContent('text', event, item, state, events);
      readDelta(event, item, events);
      return true;
    case 'response.refusal.delta':
      openContent('refusal', event, item, state, events);
      if (typeof event.delta === 'string' && event.delta !== '') addText(event.delta, item, events);
      return true;
    case 'response.content_part.added': {
      const { part } = event;
      const type = isObject(part) ? part.type : undefined;
      if (type === 'output_text' || type === 'refusal')
        openContent(type === 'refusal' ? 'refusal' : 'text', event, item, state, events);
      return true;
    }
    case 'response.content_part.done':
      if (event.part !== undefined) readWhole(event.part, event, item, state, events);
      return true;
    case 'response.output_text.annotation.added':
      openContent('text', event, item, state, events);
      addCitation(event.annotation ?? null, item, events);
      return true;
    case 'response.output_text.done':
    case 'response.refusal.done':
      // The part's own end says the same, and more.
      return true;
    default:
      return false;
  }
}

function readDelta(event: JsonObject, item: ItemState, events: CanonicalEvent[]): void {
  if (typeof event.delta === 'string' && event.delta !== '') addText(event.delta, item, events);
  const { logprobs } = event;
  if (!Array.isArray(logprobs) || logprobs.length === 0) return;
  const decoded = decodeLogprobs(logprobs);
  if (decoded === undefined) return;
  item.hasLogprobs = true;
  events.push({ type: 'part-delta', index: item.part, delta: { type: 'logprobs', logprobs: decoded } });
}

function addText(text: string, item: ItemState, events: CanonicalEvent[]): void {
  item.seen += text.length;
  const type = item.type === 'refusal' ? 'refusal' : 'text';
  events.push({ type: 'part-delta', index: item.part, delta: { type, text } });
}

function addCitation(annotation: Json, item: ItemState, events: CanonicalEvent[]): void {
  item.citations++;
  const citation = decodeAnnotation(annotation);
  events.push({ type: 'part-delta', index: item.part, delta: { type: 'citation', citation } });
}

/** A part of which all is known: what did not come piece by piece comes now. Its end waits for the next event. */
function readWhole(
  wire: Json,
  event: JsonObject,
  item: ItemState,
  state: DecodeState,
  events: CanonicalEvent[],
): void {
  const part = decodeContent(wire, true);
  if (part.type !== 'text' && part.type !== 'refusal') return;
  openContent(part.type, event, item, state, events);
  if (part.text.length > item.seen)
    addText(item.seen === 0 ? part.text : part.text.slice(item.seen), item, events);
  if (part.type === 'text') {
    const annotations = isObject(wire) && Array.isArray(wire.annotations) ? wire.annotations : [];
    for (let at = item.citations; at < annotations.length; at++)
      addCitation(annotations[at] ?? null, item, events);
    if (part.logprobs !== undefined && !item.hasLogprobs) {
      item.hasLogprobs = true;
      events.push({
        type: 'part-delta',
        index: item.part,
        delta: { type: 'logprobs', logprobs: part.logprobs },
      });
    }
  }
  const own = part.extensions?.[DIALECT];
  if (own !== undefined) item.own = own;
}

/** The end of a message: what of it did not come, and its own fields, which stand on its last part. */
export function finishMessage(
  wire: JsonObject,
  content: Json[],
  item: ItemState,
  state: DecodeState,
  events: CanonicalEvent[],
): void {
  for (let at = item.part >= 0 ? item.place : 0; at < content.length; at++) {
    readWhole(content[at] ?? null, { content_index: at }, item, state, events);
  }
  const { content: _, ...kept } = wire;
  const own: JsonObject = item.own === undefined ? {} : { ...item.own };
  markContent({ extensions: { [DIALECT]: own } }, wire, item.place);
  own.$item = kept;
  if (item.part >= 0) endPart(item, own, events);
}
