import {
  type CanonicalEvent,
  isObject,
  type Json,
  type JsonObject,
  type PartStart,
  type TranslateContext,
  unwrapInput,
} from '@dragoman/plugin-sdk';
import { decodeCitation } from './citations.ts';
import { decodeCall, decodeImage, isHosted } from './decode-blocks.ts';
import { type DecodeState, type OpenPart, openPart } from './decode-stream-state.ts';
import { DIALECT } from './dialect.ts';
import { decodeRedacted, decodeSignature } from './signatures.ts';

/** Only calls, results and images have a start; a text or a thought begins with its first piece. */
export function startBlock(
  state: DecodeState,
  wire: JsonObject,
  events: CanonicalEvent[],
  context: TranslateContext,
): void {
  const start = isObject(wire.start) ? wire.start : {};
  const block = String(wire.contentBlockIndex);
  if (isObject(start.toolUse) && !isHosted(start.toolUse)) {
    const call = decodeCall(start.toolUse, state.calls++, '', context);
    const open = openPart(state, block, call.kind === 'custom' ? 'custom' : 'call');
    const { input: _, ...part } = call;
    events.push({ type: 'part-start', index: open.index, part });
    return;
  }
  if (start.toolUse === undefined && start.toolResult === undefined) return;
  const open = openPart(state, block, 'own');
  open.start = start;
  open.content = [];
}

export function addDelta(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  const delta = isObject(wire.delta) ? wire.delta : {};
  const block = String(wire.contentBlockIndex);
  if (typeof delta.text === 'string') addText(state, block, delta.text, events);
  else if (isObject(delta.reasoningContent)) addReasoning(state, block, delta.reasoningContent, events);
  else if (isObject(delta.toolUse)) addInput(state.open[block], delta.toolUse.input, events);
  else if (isObject(delta.citation)) {
    const { index } = ensure(state, block, 'text', events);
    const citation = decodeCitation(delta.citation);
    events.push({ type: 'part-delta', index, delta: { type: 'citation', citation } });
  } else if (Array.isArray(delta.toolResult)) state.open[block]?.content?.push(...delta.toolResult);
  else if (isObject(delta.image)) addImage(state, delta.image, events);
}

/** An image comes in one piece. */
function addImage(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  const image = decodeImage(wire);
  if (image?.source.type !== 'base64') return;
  const index = state.nextIndex++;
  events.push({ type: 'part-start', index, part: { type: 'media', mediaType: image.mediaType } });
  events.push({ type: 'part-delta', index, delta: { type: 'media-data', data: image.source.data } });
  events.push({ type: 'part-end', index });
}

/** The open part of a block, or a new one where it is of another kind. */
function ensure(
  state: DecodeState,
  block: string,
  type: 'text' | 'reasoning' | 'redacted',
  events: CanonicalEvent[],
): OpenPart {
  const known = state.open[block];
  if (known?.type === type) return known;
  if (known !== undefined) endBlock(state, { contentBlockIndex: block }, events);
  const open = openPart(state, block, type);
  const part: PartStart =
    type === 'text' ? { type } : type === 'reasoning' ? { type } : { type: 'reasoning', redacted: true };
  events.push({ type: 'part-start', index: open.index, part });
  return open;
}

function addText(state: DecodeState, block: string, text: string, events: CanonicalEvent[]): void {
  if (text === '') return;
  const { index } = ensure(state, block, 'text', events);
  events.push({ type: 'part-delta', index, delta: { type: 'text', text } });
}

function addReasoning(state: DecodeState, block: string, wire: JsonObject, events: CanonicalEvent[]): void {
  const { text, signature, redactedContent } = wire;
  if (typeof redactedContent === 'string') {
    ensure(state, block, 'redacted', events).held += redactedContent;
    return;
  }
  if (typeof text === 'string' && text !== '') {
    const { index } = ensure(state, block, 'reasoning', events);
    events.push({ type: 'part-delta', index, delta: { type: 'reasoning', text } });
  }
  if (typeof signature === 'string' && signature !== '') {
    const { index } = ensure(state, block, 'reasoning', events);
    const delta = { type: 'signature', signature: decodeSignature(signature, state.family) } as const;
    events.push({ type: 'part-delta', index, delta });
  }
}

function addInput(open: OpenPart | undefined, input: Json | undefined, events: CanonicalEvent[]): void {
  if (open === undefined || typeof input !== 'string' || input === '') return;
  if (open.type === 'custom' || open.type === 'own') {
    open.held += input;
    return;
  }
  if (open.type !== 'call') return;
  open.isFilled = true;
  events.push({ type: 'part-delta', index: open.index, delta: { type: 'tool-input', text: input } });
}

/** A block that ended is complete: a call without input has an empty one. */
export function endBlock(state: DecodeState, wire: JsonObject, events: CanonicalEvent[]): void {
  const block = String(wire.contentBlockIndex);
  const open = state.open[block];
  if (open === undefined) return;
  delete state.open[block];
  const { index } = open;
  switch (open.type) {
    case 'own':
      events.push({
        type: 'part-start',
        index,
        part: { type: 'opaque', dialect: DIALECT, value: wholeBlock(open) },
      });
      break;
    case 'redacted': {
      const delta = { type: 'signature', signature: decodeRedacted(open.held, state.family) } as const;
      events.push({ type: 'part-delta', index, delta });
      break;
    }
    case 'custom':
    case 'call': {
      const text = open.type === 'custom' ? unwrapInput(open.held) : open.isFilled ? '' : '{}';
      if (text !== '') events.push({ type: 'part-delta', index, delta: { type: 'tool-input', text } });
      break;
    }
    case 'text':
    case 'reasoning':
      break;
  }
  events.push({ type: 'part-end', index });
}

/** The block as it is in a whole reply. */
function wholeBlock({ start = {}, held, content = [] }: OpenPart): JsonObject {
  if (isObject(start.toolResult)) return { toolResult: { ...start.toolResult, content } };
  return { toolUse: { ...(isObject(start.toolUse) ? start.toolUse : {}), input: parseInput(held) } };
}

function parseInput(text: string): Json {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    return text;
  }
}

/** What ends the stream ends every block that is still open. */
export function endBlocks(state: DecodeState, events: CanonicalEvent[]): void {
  for (const block in state.open) endBlock(state, { contentBlockIndex: block }, events);
}

/** Wire fields of a stream's reply under the dialect's name. */
export function ownExtensions(fields: JsonObject | undefined): { extensions?: { [DIALECT]: JsonObject } } {
  return fields === undefined ? {} : { extensions: { [DIALECT]: fields } };
}
