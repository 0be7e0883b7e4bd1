import {
  type CanonicalEvent,
  type Extensions,
  type Frame,
  isObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type PartDelta,
  type PartStart,
  type ReasoningPart,
  type ToolCallPart,
  type TranslateContext,
} from '@dragoman/plugin-sdk';

import { DIALECT, ownFields } from './dialect.ts';
import { encodeCallItem, encodeImageItem, encodeReasoningItem } from './encode-item.ts';
import { endSearch, startSearch } from './encode-search-events.ts';
import {
  type EncodeState,
  lose,
  type OpenPart,
  openItem,
  push,
  pushCarrier,
  pushItem,
  stepOf,
} from './encode-state.ts';

type PartStartEvent = CanonicalEvent & { type: 'part-start' };
type Start<Type extends PartStart['type']> = PartStart & { type: Type };

/** Opens an item that is no message. */
export function startItem(
  event: PartStartEvent,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  const { part: start, index } = event;
  switch (start.type) {
    case 'reasoning':
      startReasoning(index, start, state, frames, context);
      return;
    case 'tool-call':
      startCall(index, start, state, frames, context);
      return;
    case 'media':
      startImage(index, start, state, frames, context);
      return;
    case 'opaque':
      writeOpaque(index, start, state, frames);
      return;
    case 'tool-result':
      lose(state, `/parts/${index}`, 'the result of a tool the service ran itself cannot be shown here');
  }
}

function startReasoning(
  index: number,
  start: Start<'reasoning'>,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  const part = openItem(index, 'reasoning', 'rs', start, state, context);
  // Clients show summaries; the reasoning itself of an open model comes as such only from its own dialect.
  part.source = part.own?.$source === 'content' ? 'content' : 'summary';
  pushItem(state, frames, 'added', part.output, { id: part.id, type: 'reasoning', summary: [] });
}

function startCall(
  index: number,
  start: Start<'tool-call'>,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  if (start.kind === 'hosted') {
    startSearch(index, start, state, frames, context);
    return;
  }
  const isCustom = start.kind === 'custom';
  const part = openItem(index, 'call', isCustom ? 'ctc' : 'fc', start, state, context);
  const item: JsonObject = { id: part.id, type: isCustom ? 'custom_tool_call' : 'function_call' };
  item.status = 'in_progress';
  item.call_id = start.id;
  if (start.namespace !== undefined) item.namespace = start.namespace;
  item.name = start.name;
  item[isCustom ? 'input' : 'arguments'] = '';
  pushItem(state, frames, 'added', part.output, item);
}

function startImage(
  index: number,
  start: Start<'media'>,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  if (
    !start.mediaType.startsWith('image/') ||
    (start.source !== undefined && start.source.type !== 'base64')
  ) {
    lose(state, `/parts/${index}`, `an answer holds no '${start.mediaType}' here`);
    return;
  }
  const announced = takeAnnounced(ownFields(start.extensions)?.$id ?? null, state);
  if (announced !== undefined) {
    const { output, id } = announced;
    const part: OpenPart = { kind: 'image', start, output, id: String(id), content: 0, text: '' };
    const own = ownFields(start.extensions);
    if (own !== undefined) part.own = own;
    state.parts[index] = part;
    return;
  }
  const part = openItem(index, 'image', 'ig', start, state, context);
  const item: JsonObject = {
    id: part.id,
    type: 'image_generation_call',
    status: 'in_progress',
    result: null,
  };
  pushItem(state, frames, 'added', part.output, item);
}

/** Announced before, or here. */
function writeOpaque(index: number, start: Start<'opaque'>, state: EncodeState, frames: Frame[]): void {
  if (start.dialect !== DIALECT) {
    lose(state, `/parts/${index}`, `a block only ${start.dialect} can read is left out`);
    return;
  }
  const id = isObject(start.value) ? (start.value.id ?? null) : null;
  const announced = takeAnnounced(id, state);
  const output = announced?.output ?? state.count++;
  if (announced === undefined) pushItem(state, frames, 'added', output, start.value);
  pushItem(state, frames, 'done', output, start.value);
}

/** The place of an item that was announced: under its id, or the first one where a service changes ids on the way. */
function takeAnnounced(id: Json, { announced }: EncodeState): EncodeState['announced'][number] | undefined {
  const at = announced.findIndex((one) => one.id === id);
  return announced.splice(Math.max(0, at), 1)[0];
}

export function itemDelta(delta: PartDelta, part: OpenPart, state: EncodeState, frames: Frame[]): void {
  switch (delta.type) {
    case 'reasoning':
      reasoningDelta(delta.text, part, state, frames);
      return;
    case 'tool-input':
      part.text += delta.text;
      if (part.kind === 'call') {
        const name = isCustom(part) ? 'custom_tool_call_input' : 'function_call_arguments';
        pushDelta(`response.${name}.delta`, undefined, delta.text, part, state, frames);
      }
      return;
    case 'media-data':
      part.text += delta.data;
      return;
    case 'signature':
      part.signature = delta.signature;
  }
}

function isCustom({ start }: OpenPart): boolean {
  return start.type === 'tool-call' && start.kind === 'custom';
}

/** `place`: the name of the field that counts the pieces of an item; here it is always one. */
function pushDelta(
  type: string,
  place: string | undefined,
  delta: string,
  part: OpenPart,
  state: EncodeState,
  frames: Frame[],
): void {
  const data: JsonObject = {
    type,
    sequence_number: state.sequence++,
    item_id: part.id,
    output_index: part.output,
  };
  if (place !== undefined) data[place] = 0;
  data.delta = delta;
  frames.push({ event: type, data });
}

function reasoningDelta(text: string, part: OpenPart, state: EncodeState, frames: Frame[]): void {
  const isFirst = part.text === '';
  part.text += text;
  if (part.source === 'content') {
    pushDelta('response.reasoning_text.delta', 'content_index', text, part, state, frames);
    return;
  }
  if (isFirst)
    push(state, frames, 'response.reasoning_summary_part.added', {
      ...stepOf(part),
      summary_index: 0,
      part: { type: 'summary_text', text: '' },
    });
  pushDelta('response.reasoning_summary_text.delta', 'summary_index', text, part, state, frames);
}

/** `extensions`: of the `part-start`, and what the `part-end` added to them. */
export function endItem(
  part: OpenPart,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  const { start, output, id, own } = part;
  const extensions: { extensions?: Extensions } = own === undefined ? {} : { extensions: { [DIALECT]: own } };
  switch (start.type) {
    case 'reasoning': {
      endReasoningText(part, state, frames);
      const whole: ReasoningPart = { type: 'reasoning', text: part.text, ...extensions };
      if (part.signature !== undefined) whole.signature = part.signature;
      pushItem(state, frames, 'done', output, encodeReasoningItem(whole, { id }));
      return;
    }
    case 'tool-call': {
      const whole: ToolCallPart = { ...start, ...extensions, input: part.text };
      if (part.kind === 'search') endSearch(whole, part, state, frames);
      else endCall(whole, part, state, frames, context);
      return;
    }
    case 'media': {
      const source = { type: 'base64', data: part.text } as const;
      const whole: MediaPart = { type: 'media', mediaType: start.mediaType, source, ...extensions };
      pushItem(state, frames, 'done', output, encodeImageItem(whole, part.text, { id, status: 'completed' }));
    }
  }
}

function endReasoningText(part: OpenPart, state: EncodeState, frames: Frame[]): void {
  if (part.text === '') return;
  if (part.source === 'content') {
    push(state, frames, 'response.reasoning_text.done', {
      ...stepOf(part),
      content_index: 0,
      text: part.text,
    });
    return;
  }
  const place = { ...stepOf(part), summary_index: 0 };
  push(state, frames, 'response.reasoning_summary_text.done', { ...place, text: part.text });
  push(state, frames, 'response.reasoning_summary_part.done', {
    ...place,
    part: { type: 'summary_text', text: part.text },
  });
}

function endCall(
  whole: ToolCallPart,
  part: OpenPart,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  // Text that never came stands for no arguments, which clients parse.
  if (whole.input === '' && whole.kind === 'function' && part.own === undefined) {
    whole.input = '{}';
    push(state, frames, 'response.function_call_arguments.delta', { ...stepOf(part), delta: '{}' });
  }
  if (isCustom(part))
    push(state, frames, 'response.custom_tool_call_input.done', { ...stepOf(part), input: whole.input });
  else
    push(state, frames, 'response.function_call_arguments.done', {
      ...stepOf(part),
      name: whole.name,
      arguments: whole.input,
    });
  const head: JsonObject = { id: part.id, status: 'completed' };
  pushItem(state, frames, 'done', part.output, encodeCallItem(whole, whole.name, whole.id, head));
  if (part.signature !== undefined) pushCarrier(part.signature, state, frames, context);
}
