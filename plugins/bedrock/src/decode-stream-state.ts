import type { CanonicalEvent, Json, JsonObject, TranslateContext } from '@dragoman/plugin-sdk';
import { readModelRules } from './model-rules.ts';

/** A part that has begun and not ended. */
export type OpenPart = {
  index: number;
  type: 'text' | 'reasoning' | 'redacted' | 'call' | 'custom' | 'own';
  /** Free text of a call, hidden thinking, or the input of a tool of the service: passed on when it is whole. */
  held: string;
  isFilled: boolean;
  /** Of a block only this dialect reads: what it began with, and the content of a result so far. */
  start?: JsonObject;
  content?: Json[];
};
export type DecodeState = {
  isStarted: boolean;
  isEnded: boolean;
  nextIndex: number;
  /** Blocks by their place in the message. */
  open: { [block: string]: OpenPart | undefined };
  calls: number;
  /** Whose model answers: who signs its thinking. Found out once, not with every piece. */
  family: string;
  /** `messageStop`, which comes before the figures that end the stream. */
  stop: JsonObject | null;
};

/** The host never uses a state twice, so a step may change the one it got. */
export function readState(state: Json, context: TranslateContext): DecodeState {
  if (state !== null) return state as unknown as DecodeState;
  const { family } = readModelRules(context);
  return { isStarted: false, isEnded: false, nextIndex: 0, open: {}, calls: 0, family, stop: null };
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
    // Such a block arrives whole, so one that is not whole never began.
    if (open !== undefined && open.type !== 'own') events.push({ type: 'part-end', index: open.index });
  }
  state.open = {};
}
