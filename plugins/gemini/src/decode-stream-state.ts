import type { CanonicalEvent, Json, JsonObject } from '@dragoman/plugin-sdk';
import type { Measure } from './offsets.ts';

/** A part that has begun and not ended. */
export type OpenPart = {
  /** The canonical index. */
  index: number;
  kind: 'text' | 'reasoning' | 'call';
  /** Of a call whose arguments come in pieces: those so far, its wire name and its signature. */
  args?: JsonObject;
  name?: string;
  signature?: Json;
  /** Paths whose text goes on in the next piece. */
  going?: string[];
};
export type CandidateState = {
  index: number;
  open: OpenPart | null;
  hasCalls: boolean;
  /** The wire's word, or null while there is none. */
  finish: Json;
  /** Its own fields so far, later ones over earlier ones. */
  fields: JsonObject;
  /** Of the open text. */
  measure: Measure;
};
export type DecodeState = {
  isStarted: boolean;
  isEnded: boolean;
  nextIndex: number;
  calls: { made: number };
  candidates: CandidateState[];
  /** All usage fields seen so far, later ones over earlier ones. */
  usage: JsonObject | null;
  /** Fields of the reply that came after its start. */
  changed: JsonObject;
  /** What they were when last told. */
  known: JsonObject;
  /** Why the prompt was refused. */
  block: Json;
};

/** The host never uses a state twice, so a step may change the one it got. */
export function readState(state: Json): DecodeState {
  if (state !== null) return state as unknown as DecodeState;
  return {
    isStarted: false,
    isEnded: false,
    nextIndex: 0,
    calls: { made: 0 },
    candidates: [],
    usage: null,
    changed: {},
    known: {},
    block: null,
  };
}

export function candidateOf(state: DecodeState, index: number): CandidateState {
  for (const candidate of state.candidates) if (candidate.index === index) return candidate;
  const candidate: CandidateState = {
    index,
    open: null,
    hasCalls: false,
    finish: null,
    fields: {},
    measure: { bytes: 0, units: 0, runs: [] },
  };
  state.candidates.push(candidate);
  state.candidates.sort((one, other) => one.index - other.index);
  return candidate;
}

/** `part-start` of the candidate's next part; gives its index. */
export function startPart(
  state: DecodeState,
  candidate: CandidateState,
  part: Extract<CanonicalEvent, { type: 'part-start' }>['part'],
  events: CanonicalEvent[],
): number {
  const index = state.nextIndex++;
  events.push(
    candidate.index === 0
      ? { type: 'part-start', index, part }
      : { type: 'part-start', index, candidate: candidate.index, part },
  );
  return index;
}
