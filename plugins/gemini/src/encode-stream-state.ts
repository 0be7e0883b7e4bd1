import type {
  CanonicalEvent,
  Citation,
  Finish,
  Json,
  JsonObject,
  PartStart,
  ReplyWatch,
  Usage,
} from '@dragoman/plugin-sdk';
import { createMeasure, type Measure } from './offsets.ts';

/** A part that waits for its turn or its end. */
export type QueuedPart = {
  index: number;
  start: PartStart;
  /** Its own wire fields, which its first piece carries. */
  own: JsonObject | null;
  /** Wire parts that wait until the parts before this one have ended. */
  ready: Json[];
  isEnded: boolean;
  /** Of a call or of JSON: its text so far. Of media: its data. */
  text: string;
  signature?: Json;
};
export type CandidateState = {
  /** Parts in the order of their start; only the first one's pieces go out at once. */
  queue: QueuedPart[];
  /** Its own fields, written with its finish reason. */
  fields: JsonObject;
  finish: Finish | null;
  /** Wire parts written so far: a run of texts counts as one. */
  parts: number;
  isText: boolean;
  measure: Measure;
  cited: { citation: Citation; partIndex: number; measure: Measure }[];
  hasLogprobs: boolean;
  /** The first call has its signature, or needs none: the reply came in this dialect. */
  isSigned: boolean;
};
export type EncodeState = {
  isEnded: boolean;
  isStarted: boolean;
  isOwn: boolean;
  /** Stands in every chunk. */
  head: JsonObject;
  /** Own fields of the reply that go into the first chunk. */
  first: JsonObject;
  candidates: Record<string, CandidateState>;
  /** Which candidate a part belongs to. */
  owners: Record<string, number>;
  /** For the warnings of what clients are not shown. */
  watch: ReplyWatch;
  usage: Usage;
  hasUsage: boolean;
};
export type ResponseEnd = Extract<CanonicalEvent, { type: 'response-end' }>;

/** The host never uses a state twice, so a step may change the one it got. */
export function readState(state: Json): EncodeState {
  if (state !== null) return state as unknown as EncodeState;
  return {
    isEnded: false,
    isStarted: false,
    isOwn: false,
    head: {},
    first: {},
    candidates: {},
    owners: {},
    watch: {},
    usage: {},
    hasUsage: false,
  };
}

export function candidateAt(state: EncodeState, index: number): CandidateState {
  let candidate = state.candidates[index];
  if (candidate === undefined) {
    candidate = {
      queue: [],
      fields: {},
      finish: null,
      parts: 0,
      isText: false,
      measure: createMeasure(),
      cited: [],
      hasLogprobs: false,
      isSigned: state.isOwn,
    };
    state.candidates[index] = candidate;
  }
  return candidate;
}
