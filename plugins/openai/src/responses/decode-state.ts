import {
  type CanonicalEvent,
  isObject,
  type JsonObject,
  type PartStart,
  type Usage,
} from '@dragoman/plugin-sdk';

/** What `decodeStream` remembers between two calls. Survives JSON. */
export interface DecodeState {
  started: boolean;
  ended: boolean;
  /** Index of the next part. */
  next: number;
  items: ItemState[];
  hasCalls: boolean;
  usage?: Usage;
}

/** An item whose pieces come one by one. */
export interface ItemState {
  kind: 'message' | 'reasoning' | 'call' | 'search' | 'whole';
  /** `output_index`; some services change an item's id from event to event, none this. */
  output: number;
  id?: string;
  done: boolean;
  /** Index of the part that is open; -1: none. */
  part: number;
  /** How much of the part's text has come. */
  seen: number;
  /** How many citations, and whether log probabilities. */
  citations: number;
  hasLogprobs: boolean;
  /** Place of the part in the message, or of the piece of reasoning. */
  place: number;
  /** What the hub calls the part of a message that is open. */
  type?: 'text' | 'refusal';
  /** Which text of reasoning is read. */
  source?: 'summary' | 'content';
  /** A function whose input is one string: it is unwrapped at its end. */
  wrapped?: boolean;
  /** Arguments that came before the call's name. */
  held?: string;
  phase?: JsonObject[string];
  /** Of a part whose end has come, but not its item's: its own fields. */
  own?: JsonObject;
}

export function createDecodeState(): DecodeState {
  return { started: false, ended: false, next: 0, items: [], hasCalls: false };
}

export function createItem(kind: ItemState['kind'], output: number, id: unknown): ItemState {
  const item: ItemState = {
    kind,
    output,
    done: false,
    part: -1,
    seen: 0,
    citations: 0,
    hasLogprobs: false,
    place: 0,
  };
  if (typeof id === 'string') item.id = id;
  return item;
}

/** The item an event is about. */
export function itemOf(event: JsonObject, state: DecodeState): ItemState | undefined {
  const { output_index: output, item_id: id } = event;
  const { items } = state;
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at];
    if (item === undefined) continue;
    if (typeof output === 'number' ? item.output === output : item.id === id) return item;
  }
  return undefined;
}

/** The place of an item, where the event leaves it out. */
export function placeOfItem(event: JsonObject, state: DecodeState): number {
  if (typeof event.output_index === 'number') return event.output_index;
  const id = isObject(event.item) ? event.item.id : event.item_id;
  for (const item of state.items) if (item.id !== undefined && item.id === id) return item.output;
  return state.items.length;
}

export function startPart(
  state: DecodeState,
  item: ItemState,
  part: PartStart,
  events: CanonicalEvent[],
): void {
  item.part = state.next++;
  item.seen = 0;
  item.citations = 0;
  item.hasLogprobs = false;
  events.push({ type: 'part-start', index: item.part, part });
}
