import type { Json } from './json.ts';

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
