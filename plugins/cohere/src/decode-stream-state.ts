import type { CanonicalEvent, Json } from '@dragoman/plugin-sdk';
import type { Offsets } from './offsets.ts';

/** A part that has begun and not ended. */
export type OpenPart = {
  index: number;
  type: 'text' | 'reasoning' | 'call' | 'custom';
  /** Of a text: where its characters stand. */
  offsets?: Offsets;
  /** Of a call: input that is not passed on yet, and whether some was. */
  held?: string;
  isFilled?: boolean;
};
export type DecodeState = {
  isStarted: boolean;
  isEnded: boolean;
  nextIndex: number;
  /** Parts by what the wire calls them: `content 0`, `plan`, `call 0`. */
  open: { [key: string]: OpenPart | undefined };
  calls: number;
};

/** The host never uses a state twice, so a step may change the one it got. */
export function readState(state: Json): DecodeState {
  if (state !== null) return state as unknown as DecodeState;
  return { isStarted: false, isEnded: false, nextIndex: 0, open: {}, calls: 0 };
}

export function closePart(state: DecodeState, key: string, events: CanonicalEvent[]): void {
  const open = state.open[key];
  if (open === undefined) return;
  delete state.open[key];
  events.push({ type: 'part-end', index: open.index });
}

/** Ends every open part whose key begins so; in the order in which they began. */
export function closeParts(state: DecodeState, beginning: string, events: CanonicalEvent[]): void {
  for (const key in state.open) if (key.startsWith(beginning)) closePart(state, key, events);
}
