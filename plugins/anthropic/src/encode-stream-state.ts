import type { CanonicalEvent, Json, JsonObject, Opaque, ReplyWatch, Usage } from '@dragoman/plugin-sdk';

export type ResponseStart = Extract<CanonicalEvent, { type: 'response-start' }>;
export type ResponseEnd = Extract<CanonicalEvent, { type: 'response-end' }>;
export type PartEvent = Extract<CanonicalEvent, { type: 'part-start' | 'part-delta' | 'part-end' }>;

/** A part that began while another was open. */
export type WaitingPart = { index: number; isClosed: boolean; events: PartEvent[] };

export type EncodeState = {
  /** Held until the next event, which may tell the usage that `message_start` should carry. */
  start: ResponseStart | null;
  isStarted: boolean;
  isEnded: boolean;
  /** Canonical index of the part whose block is open; -1: none. */
  current: number;
  /** How the open block is written; `skip`: a part this dialect has no block for. */
  form: 'text' | 'thinking' | 'redacted' | 'call' | 'custom' | 'whole' | 'skip';
  /** Fields of a redacted block, which can only begin once its data is there. */
  fields: JsonObject | null;
  /** A signature the open block has no place for: it follows in a block of its own. */
  carried: Opaque | null;
  waiting: WaitingPart[];
  /** Parts of second and later answers. */
  ignored: number[];
  /** For the warnings of what clients are not shown. */
  watch: ReplyWatch;
  nextBlock: number;
  hasCalls: boolean;
  hasRefusal: boolean;
  usage: Usage;
  /** What `message_start` said. */
  startUsage: JsonObject;
};

export function readState(state: Json): EncodeState {
  if (state !== null) return state as unknown as EncodeState;
  return {
    start: null,
    isStarted: false,
    isEnded: false,
    current: -1,
    form: 'skip',
    fields: null,
    carried: null,
    waiting: [],
    ignored: [],
    watch: {},
    nextBlock: 0,
    hasCalls: false,
    hasRefusal: false,
    usage: {},
    startUsage: {},
  };
}
