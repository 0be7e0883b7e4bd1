import type { CanonicalEvent, JsonObject, PartStart, Usage } from '@dragoman/plugin-sdk';

/** What `decodeStream` remembers between two calls. Survives JSON. */
export interface DecodeState {
  started: boolean;
  ended: boolean;
  id: string;
  model: string;
  createdAt?: number;
  serviceTier?: string;
  /** Fields of the first chunk that the hub has no word for: most chunks repeat them. */
  fields: JsonObject;
  /** Those that came later, or changed. */
  changed: JsonObject;
  /** Index of the next part. */
  next: number;
  /** Calls that came without an id, for the ids made up for them. */
  unnamed: number;
  choices: ChoiceState[];
  usage?: Usage;
}

export interface ChoiceState {
  index: number;
  /** The text, reasoning or refusal that is growing; opening another kind closes it. */
  current?: { key: string; part: number };
  calls: CallState[];
  hasCalls: boolean;
  /** The finish reason: remembered until the stream has ended well. */
  finish?: string;
  /** Fields of the choice that the hub has no word for. */
  extra?: JsonObject;
}

export interface CallState {
  /** `index` on the wire; -1 when there is none. */
  key: number;
  id: string;
  name: string;
  /** Index of its part; -1 until its name is known. */
  part: number;
  closed: boolean;
  /** Arguments that came before the name, or of a call that is unwrapped at its end. */
  held: string;
  wrapped: boolean;
  /** Where the arguments stand as JSON text: nesting, inside a string, after a backslash, anything seen. */
  depth: number;
  inString: boolean;
  escaped: boolean;
  seen: boolean;
}

export function createDecodeState(): DecodeState {
  return {
    started: false,
    ended: false,
    id: '',
    model: '',
    fields: {},
    changed: {},
    next: 0,
    unnamed: 0,
    choices: [],
  };
}

export function choiceOf(state: DecodeState, index: number): ChoiceState {
  for (const choice of state.choices) if (choice.index === index) return choice;
  const choice: ChoiceState = { index, calls: [], hasCalls: false };
  state.choices.push(choice);
  return choice;
}

/** Starts a part and returns its index. */
export function startPart(
  state: DecodeState,
  choice: ChoiceState,
  part: PartStart,
  events: CanonicalEvent[],
): number {
  const index = state.next++;
  events.push(
    choice.index === 0
      ? { type: 'part-start', index, part }
      : { type: 'part-start', index, candidate: choice.index, part },
  );
  return index;
}

/** The part of this kind that is growing, opened now if another one was, or none. */
export function currentPart(
  state: DecodeState,
  choice: ChoiceState,
  key: string,
  events: CanonicalEvent[],
  start: () => PartStart,
): number {
  if (choice.current?.key === key) return choice.current.part;
  closeCurrent(choice, events);
  closeCompleteCalls(choice, events);
  const part = startPart(state, choice, start(), events);
  choice.current = { key, part };
  return part;
}

export function closeCurrent(choice: ChoiceState, events: CanonicalEvent[]): void {
  if (choice.current === undefined) return;
  events.push({ type: 'part-end', index: choice.current.part });
  delete choice.current;
}

/** Whether the arguments of a call are whole JSON. */
export function isWhole(call: CallState): boolean {
  return call.part >= 0 && call.seen && call.depth === 0 && !call.inString && !call.wrapped;
}

/** Calls whose arguments are whole JSON: another part may start, and the next call need not wait for them. */
export function closeCompleteCalls(choice: ChoiceState, events: CanonicalEvent[]): void {
  for (const call of choice.calls) {
    if (!call.closed && isWhole(call)) {
      call.closed = true;
      events.push({ type: 'part-end', index: call.part });
    }
  }
}

/** Follows JSON text far enough to see whether it is whole. */
export function followJson(call: CallState, text: string): void {
  let { depth, inString, escaped, seen } = call;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (inString) {
      if (escaped) escaped = false;
      else if (unit === 0x5c) escaped = true;
      else if (unit === 0x22) inString = false;
      continue;
    }
    if (unit === 0x22) inString = true;
    else if (unit === 0x7b || unit === 0x5b) {
      depth++;
      seen = true;
    } else if (unit === 0x7d || unit === 0x5d) depth--;
  }
  call.depth = depth;
  call.inString = inString;
  call.escaped = escaped;
  call.seen = seen;
}
