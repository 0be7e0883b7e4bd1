import {
  type Frame,
  type Json,
  type JsonObject,
  makeId,
  type Opaque,
  type PartStart,
  type ReplyWatch,
  type TranslateContext,
  type Usage,
  type Warning,
} from '@dragoman/plugin-sdk';
import { ownFields } from './dialect.ts';
import { carrySignature } from './signatures.ts';

/** What `encodeStream` remembers between two calls. Survives JSON. */
export interface EncodeState {
  started: boolean;
  ended: boolean;
  /** The stream came in this dialect. */
  isOwn: boolean;
  /** `sequence_number` of the next event. */
  sequence: number;
  /** Fields of the reply beside its output. */
  head: JsonObject;
  /** Items that are whole, by their place. */
  output: Json[];
  /** Place of the next item. */
  count: number;
  /** Open parts, by index. */
  parts: Record<number, OpenPart>;
  /** Messages that are not whole, by their place. */
  messages: Record<number, OpenMessage>;
  /** Place of the message that may still grow. */
  growing?: number;
  /** A search whose results may follow. */
  search?: { output: number; id: string; item: JsonObject };
  /** Items this dialect announced in events the hub has no word for. */
  announced: { output: number; id: Json }[];
  usage?: Usage;
  hasRefusal: boolean;
  /** Of the batch at hand. */
  warnings: Warning[];
  /** For the warnings of what clients are not shown. */
  watch: ReplyWatch;
}

export interface OpenMessage {
  id: string;
  phase?: Json;
  content: Json[];
  /** Parts that are open. */
  open: number;
  /** Fields of the item as it came. */
  item?: JsonObject;
  /** Signatures of its texts, for which it has no place. */
  signatures?: Opaque[];
}

export interface OpenPart {
  kind: 'text' | 'refusal' | 'reasoning' | 'call' | 'search' | 'image';
  start: PartStart;
  /** Place of its item. */
  output: number;
  /** Id of its item. */
  id: string;
  /** Place in its message. */
  content: number;
  text: string;
  own?: JsonObject;
  annotations?: Json[];
  logprobs?: Json[];
  signature?: Opaque;
  /** Where the text of reasoning goes. */
  source?: 'summary' | 'content';
}

export function createEncodeState(): EncodeState {
  return {
    started: false,
    ended: false,
    isOwn: false,
    sequence: 0,
    head: {},
    output: [],
    count: 0,
    parts: {},
    messages: {},
    announced: [],
    hasRefusal: false,
    warnings: [],
    watch: {},
  };
}

/** One event of the wire; `event:` and `type` are the same word. */
export function push(state: EncodeState, frames: Frame[], type: string, fields: JsonObject): void {
  const data: JsonObject = { type, sequence_number: state.sequence++ };
  for (const key in fields) data[key] = fields[key];
  frames.push({ event: type, data });
}

export function pushItem(
  state: EncodeState,
  frames: Frame[],
  step: 'added' | 'done',
  output: number,
  item: Json,
): void {
  if (step === 'done') {
    // No hole: the state must survive JSON.
    while (state.output.length < output) state.output.push(null);
    state.output[output] = item;
  }
  push(state, frames, `response.output_item.${step}`, { output_index: output, item });
}

/** An item for a signature whose own item has no place for it. */
export function pushCarrier(
  signature: Opaque,
  state: EncodeState,
  frames: Frame[],
  context: TranslateContext,
): void {
  const place = state.count++;
  const carrier = carrySignature(signature, itemId(undefined, 'rs', place, context));
  pushItem(state, frames, 'added', place, carrier);
  pushItem(state, frames, 'done', place, carrier);
}

/** The id an item came with, or one that the same request always gives again. */
export function itemId(
  own: JsonObject | undefined,
  prefix: string,
  output: number,
  context: TranslateContext,
): string {
  if (typeof own?.$id === 'string') return own.$id;
  const { reply } = context.client;
  return reply === undefined ? makeId(context, prefix, output) : `${prefix}_${reply.id}_${output}`;
}

export function lose(
  state: EncodeState,
  path: string,
  message: string,
  code: Warning['code'] = 'dropped',
): void {
  for (const warning of state.warnings) if (warning.path === path && warning.message === message) return;
  state.warnings.push({ code, path, message });
}

/** Opens an item that is no message, for the part of this index. */
export function openItem(
  index: number,
  kind: OpenPart['kind'],
  prefix: string,
  start: PartStart,
  state: EncodeState,
  context: TranslateContext,
): OpenPart {
  const own = ownFields(start.extensions);
  const output = state.count++;
  const part: OpenPart = {
    kind,
    start,
    output,
    id: itemId(own, prefix, output, context),
    content: 0,
    text: '',
  };
  if (own !== undefined) part.own = own;
  state.parts[index] = part;
  return part;
}

/** The fields that say which item an event is about. */
export function stepOf({ id, output }: OpenPart): JsonObject {
  return { item_id: id, output_index: output };
}
