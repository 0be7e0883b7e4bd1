import type { Json, JsonObject } from './json.ts';

/** What a client sent, as a translator sees it. Only headers the manifest asked for are present. */
export interface WireRequest {
  path: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: Json;
  /**
   * What the host kept of the turns this request continues, oldest first; to be read before the body's own input.
   * Absent: nothing was kept, or the provider knows it itself.
   */
  earlier?: KeptTurn[];
  /** The kept replies that `findReferences` named, as far as they are there. */
  referred?: KeptTurn[];
}
/** One request and its reply, as far as the dialect's manifest (`keep`) says to keep them. */
export interface KeptTurn {
  /** What stood at `keep.input`; null where the request had none. */
  input: Json;
  reply: Json;
}
/** A kept reply that a client asks for. */
export interface KeptReply {
  /** Oldest first; the last one is the reply asked for. The others are there only for `list-response-input`. */
  turns: KeptTurn[];
  path: Record<string, string>;
  query: Record<string, string>;
}
/** What the client gets of it: a body, or the frames of a stream. */
export interface EncodedKept {
  body?: Json;
  frames?: Frame[];
}
/** What a client sent over a connection that stays open. */
export interface ClientMessage {
  message: Json;
  /** What the last call on this connection returned; null on the first. */
  state: Json;
}
/** The request a message stands for. */
export interface DecodedMessage {
  /** As the body of an HTTP request to the same route, with its wish for a stream. */
  body: Json;
  /** For the next message of this connection. */
  state: Json;
  /** Added to every message of the reply, which must be JSON objects. */
  fields?: JsonObject;
  /** Nothing is to be generated: the reply is empty, and can be continued. */
  isWarmUp?: boolean;
}
/** A refusal as the HTTP route would write it, for a client that waits for a message. */
export interface MessageError {
  status: number;
  body: Json;
}
/** What an upstream answered. Only headers the manifest asked for are present, names in lower case. */
export interface WireResponse {
  status: number;
  headers: Record<string, string>;
  /** Parsed JSON; the text itself when it is not JSON. */
  body: Json;
}
/** One unit of a stream, already split and parsed by the host. A sentinel such as `[DONE]` stays a string. */
export interface Frame {
  event?: string;
  data: Json;
}
/** What an encoder asks the host to send. The host adds URL, auth and transport headers. */
export interface EncodedRequest {
  /** Name of an endpoint of the provider; absent: the host picks by operation. */
  endpoint?: string;
  /** What stands for `{model}` in the address, where that is another name than the provider's id of the model. */
  model?: string;
  body: Json;
  query?: Record<string, string>;
  headers?: Record<string, string>;
}
/** An error as one dialect writes it. */
export interface EncodedError {
  status: number;
  body: Json;
  headers?: Record<string, string>;
}
