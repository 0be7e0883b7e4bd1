import {
  type Frame,
  isObject,
  type Json,
  type JsonObject,
  type Opaque,
  type PartDelta,
  type PartStart,
  type Warning,
} from '@dragoman/plugin-sdk';
import { encodeCitation } from './citations.ts';
import { DIALECT, writeOwn } from './dialect.ts';
import { encodeReplyCall, encodeReplyResult } from './encode-reply-blocks.ts';
import type { EncodeState, PartEvent } from './encode-stream-state.ts';
import { carrySignature, wrapSignature } from './signatures.ts';

/** Clients read the blocks of a message one after the other; a part that begins early waits for its turn. */
export function encodePartEvent(
  state: EncodeState,
  event: PartEvent,
  frames: Frame[],
  warnings: Warning[],
): void {
  const { index } = event;
  if (event.type === 'part-start' && event.candidate !== undefined && event.candidate > 0)
    state.ignored.push(index);
  if (state.ignored.length > 0 && state.ignored.includes(index)) return;
  if (index === state.current || (state.current === -1 && event.type === 'part-start')) {
    write(state, event, frames, warnings);
    if (event.type === 'part-end') advance(state, frames, warnings);
    return;
  }
  if (event.type === 'part-start') {
    state.waiting.push({ index, isClosed: false, events: [event] });
    return;
  }
  const waiting = state.waiting.find((part) => part.index === index);
  if (waiting === undefined) return;
  waiting.events.push(event);
  if (event.type === 'part-end') waiting.isClosed = true;
}

function advance(state: EncodeState, frames: Frame[], warnings: Warning[]): void {
  for (;;) {
    const next = state.waiting.shift();
    if (next === undefined) return;
    for (const event of next.events) write(state, event, frames, warnings);
    if (!next.isClosed) return;
  }
}

/** Writes everything that still waits and ends what is open: nothing more will come. */
export function finishParts(state: EncodeState, frames: Frame[], warnings: Warning[]): void {
  while (state.current !== -1) {
    write(state, { type: 'part-end', index: state.current }, frames, warnings);
    advance(state, frames, warnings);
  }
}

function write(state: EncodeState, event: PartEvent, frames: Frame[], warnings: Warning[]): void {
  switch (event.type) {
    case 'part-delta':
      writeDelta(state, event.delta, frames);
      return;
    case 'part-start':
      state.current = event.index;
      state.form = startPart(state, event.part, frames);
      if (state.form === 'skip') {
        const message = `a client of this dialect cannot read a ${event.part.type} part`;
        warnings.push({ code: 'dropped', path: `/parts/${event.index}`, message });
      }
      return;
    case 'part-end':
      if (state.form === 'custom') pushDelta(state, { type: 'input_json_delta', partial_json: '"}' }, frames);
      if (state.form !== 'skip' && state.form !== 'redacted') {
        const body = { type: 'content_block_stop', index: state.nextBlock };
        frames.push({ event: 'content_block_stop', data: body });
        state.nextBlock++;
      }
      state.current = -1;
      if (state.carried !== null) writeCarrier(state, state.carried, frames);
  }
}

function writeCarrier(state: EncodeState, signature: Opaque, frames: Frame[]): void {
  state.carried = null;
  pushStart(state, carrySignature(signature), frames);
  frames.push({ event: 'content_block_stop', data: { type: 'content_block_stop', index: state.nextBlock } });
  state.nextBlock++;
}

function pushStart(state: EncodeState, block: Json, frames: Frame[]): void {
  const body = { type: 'content_block_start', index: state.nextBlock, content_block: block };
  frames.push({ event: 'content_block_start', data: body });
}

function pushDelta(state: EncodeState, delta: JsonObject, frames: Frame[]): void {
  const body = { type: 'content_block_delta', index: state.nextBlock, delta };
  frames.push({ event: 'content_block_delta', data: body });
}

function startPart(state: EncodeState, part: PartStart, frames: Frame[]): EncodeState['form'] {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'json': {
      if (part.type === 'refusal') state.hasRefusal = true;
      const block: JsonObject = { type: 'text', text: '' };
      writeOwn(block, part.extensions);
      pushStart(state, block, frames);
      return 'text';
    }
    case 'reasoning': {
      const fields: JsonObject = {};
      writeOwn(fields, part.extensions);
      if (part.redacted) {
        state.fields = fields;
        return 'redacted';
      }
      pushStart(state, { type: 'thinking', thinking: '', signature: '', ...fields }, frames);
      return 'thinking';
    }
    case 'tool-call': {
      if (part.kind !== 'hosted') state.hasCalls = true;
      const block = encodeReplyCall(part, {});
      if (block === undefined) return 'skip';
      writeOwn(block, part.extensions);
      pushStart(state, block, frames);
      if (part.kind !== 'custom') return 'call';
      pushDelta(state, { type: 'input_json_delta', partial_json: '{"input":"' }, frames);
      return 'custom';
    }
    case 'tool-result': {
      const block = encodeReplyResult(part.part);
      if (block === undefined) return 'skip';
      pushStart(state, block, frames);
      return 'whole';
    }
    case 'opaque':
      if (part.dialect !== DIALECT || !isObject(part.value)) return 'skip';
      pushStart(state, part.value, frames);
      return 'whole';
    case 'media':
      return 'skip';
  }
}

function writeDelta(state: EncodeState, delta: PartDelta, frames: Frame[]): void {
  if (state.form === 'skip') return;
  switch (delta.type) {
    case 'text':
    case 'refusal':
    case 'json':
      pushDelta(state, { type: 'text_delta', text: delta.text }, frames);
      return;
    case 'reasoning':
      if (state.form === 'thinking')
        pushDelta(state, { type: 'thinking_delta', thinking: delta.text }, frames);
      return;
    case 'signature':
      if (state.form === 'redacted') {
        const block = { type: 'redacted_thinking', data: wrapSignature(delta.signature), ...state.fields };
        pushStart(state, block, frames);
        state.form = 'whole';
      } else if (state.form === 'thinking') {
        pushDelta(state, { type: 'signature_delta', signature: wrapSignature(delta.signature) }, frames);
      } else if (state.form !== 'whole') {
        state.carried = delta.signature;
      }
      return;
    case 'citation':
      pushDelta(state, { type: 'citations_delta', citation: encodeCitation(delta.citation) }, frames);
      return;
    case 'tool-input': {
      // Each piece of free text is escaped by itself: escapes of halves of a pair join again when parsed.
      const text = state.form === 'custom' ? JSON.stringify(delta.text).slice(1, -1) : delta.text;
      pushDelta(state, { type: 'input_json_delta', partial_json: text }, frames);
      return;
    }
    case 'opaque':
      if (delta.dialect === DIALECT && isObject(delta.value)) pushDelta(state, delta.value, frames);
      return;
    case 'logprobs':
    case 'media-data':
      return;
  }
}
