import type { CanonicalEvent, Json, JsonObject } from '@dragoman/plugin-sdk';

/** A part that has begun and not ended. */
export type OpenPart = {
  index: number;
  type: 'text' | 'reasoning' | 'redacted' | 'call' | 'custom' | 'hosted-result';
  /** Free text of a call, or hidden thinking: passed on when it is whole. */
  held: string;
  isFilled: boolean;
  /** Of a result: what it began with, and its content so far. */
  result?: JsonObject;
  content?: Json[];
};
export type DecodeState = {
  isStarted: boolean;
  isEnded: boolean;
  nextIndex: number;
  /** Blocks by their place in the message. */
  open: { [block: string]: OpenPart | undefined };
  calls: number;
  /** `messageStop`, which comes before the figures that end the stream. */
  stop: JsonObject | null;
};

/** The host never uses a state twice, so a step may change the one it got. */
export function readState(state: Json): DecodeState {
  if (state !== null) return state as unknown as DecodeState;
  return { isStarted: false, isEnded: false, nextIndex: 0, open: {}, calls: 0, stop: null };
}

export function openPart(state: DecodeState, block: string, type: OpenPart['type']): OpenPart {
  const open: OpenPart = { index: state.nextIndex++, type, held: '', isFilled: false };
  state.open[block] = open;
  return open;
}

/** For a stream that failed: what is open ends as it is. */
export function abandonParts(state: DecodeState, events: CanonicalEvent[]): void {
  for (const block in state.open) {
    const open = state.open[block];
    // A result arrives whole, so one that is not whole never began.
    if (open !== undefined && open.type !== 'hosted-result')
      events.push({ type: 'part-end', index: open.index });
  }
  state.open = {};
}
