import type { CanonicalEvent, Json, JsonObject, ToolCallPart } from '@dragoman/plugin-sdk';

/** A block that has begun and not ended. */
export type OpenBlock = {
  /** The canonical index. */
  index: number;
  kind: 'text' | 'reasoning' | 'call' | 'whole' | 'held';
  /** The input a call came with, in case no delta follows. */
  input?: Json;
  /** A free-text call: its wrapped input is collected until it can be unwrapped. */
  wrapped?: string;
  /** A block the hub has no word for: collected, and passed on whole at its end. */
  held?: JsonObject;
};
export type DecodeState = {
  isStarted: boolean;
  isEnded: boolean;
  nextIndex: number;
  /** By wire index. */
  open: { [wireIndex: string]: OpenBlock | undefined };
  /** All usage fields seen so far, later ones over earlier ones. */
  usage: JsonObject;
  stopReason: Json;
  stopSequence: Json;
  own: JsonObject;
  hasCalls: boolean;
};

/** The host never uses a state twice, so a step may change the one it got. */
export function readState(state: Json): DecodeState {
  if (state !== null) return state as DecodeState;
  return {
    isStarted: false,
    isEnded: false,
    nextIndex: 0,
    open: {},
    usage: {},
    stopReason: null,
    stopSequence: null,
    own: {},
    hasCalls: false,
  };
}

/** What `part-start` says of a call. */
export function callStart(call: ToolCallPart, index: number, kind: ToolCallPart['kind']): CanonicalEvent {
  const event: CanonicalEvent = {
    type: 'part-start',
    index,
    part: { type: 'tool-call', id: call.id, name: call.name, kind },
  };
  if (event.part.type === 'tool-call' && call.namespace !== undefined) event.part.namespace = call.namespace;
  if (call.extensions !== undefined) event.part.extensions = call.extensions;
  return event;
}
