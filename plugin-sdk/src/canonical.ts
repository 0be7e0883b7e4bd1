import type { Json, JsonObject } from './json.ts';

/** Wire fields the hub has no word for, kept under the id of the dialect that owns them. */
export type Extensions = Record<string, JsonObject>;

/** A value only its own dialect can read: a signature, an encrypted block, a file id. */
export interface Opaque {
  dialect: string;
  /** The model family that issued it (`openai`, `anthropic`, ...): signatures are bound to a family, not a dialect. */
  family?: string;
  value: Json;
}

/** A prompt-cache breakpoint: everything up to and including this part may be cached. */
export interface CacheBreakpoint {
  ttl?: '5m' | '1h';
}

export interface PartBase {
  extensions?: Extensions;
  /** Proof of origin issued by the upstream; replayed only to its own family. */
  signature?: Opaque;
  cache?: CacheBreakpoint;
}

/** Where a statement in a text comes from. `start` and `end` are offsets in UTF-16 code units. */
export interface Citation {
  url?: string;
  title?: string;
  quote?: string;
  start?: number;
  end?: number;
  opaque?: Opaque;
}
export interface TokenLogprob {
  token: string;
  logprob: number;
  bytes?: number[];
  top?: TokenLogprob[];
}

export interface TextPart extends PartBase {
  type: 'text';
  text: string;
  citations?: Citation[];
  logprobs?: TokenLogprob[];
}
/** The model declines to answer, in its own words. */
export interface RefusalPart extends PartBase {
  type: 'refusal';
  text: string;
}
export interface ReasoningPart extends PartBase {
  type: 'reasoning';
  text: string;
  /** True when `text` is a summary and not the reasoning itself. */
  summary?: boolean;
  /** True when the upstream hid the text; `signature` then carries what must be replayed. */
  redacted?: boolean;
}
export type MediaSource =
  | { type: 'base64'; data: string }
  | { type: 'url'; url: string }
  | { type: 'text'; text: string }
  | { type: 'file'; dialect: string; family?: string; value: Json };
export interface MediaPart extends PartBase {
  type: 'media';
  /** IANA media type, e.g. `image/png`; `image/*` when only the kind is known. */
  mediaType: string;
  source: MediaSource;
  filename?: string;
  title?: string;
  /** Resolution asked for: `low`, `high`, `auto`, `original`. */
  detail?: string;
}
export interface ToolCallPart extends PartBase {
  type: 'tool-call';
  id: string;
  name: string;
  namespace?: string;
  kind: 'function' | 'custom' | 'hosted';
  /** JSON text (free text for `custom`) exactly as the model wrote it; it may not parse. */
  input: string;
}
export interface JsonPart extends PartBase {
  type: 'json';
  value: Json;
}
export interface ToolResultPart extends PartBase {
  type: 'tool-result';
  callId: string;
  name?: string;
  hosted?: boolean;
  output: (TextPart | MediaPart | JsonPart | OpaquePart)[];
  isError?: boolean;
}
/** A block the hub has no word for. Its own dialect writes it back; others drop it with a warning. */
export interface OpaquePart extends PartBase, Opaque {
  type: 'opaque';
}
export type Part =
  | TextPart
  | RefusalPart
  | ReasoningPart
  | MediaPart
  | ToolCallPart
  | ToolResultPart
  | JsonPart
  | OpaquePart;

/** One wire message is one canonical message; encoders regroup. Tool results may sit in `user` or `tool`. */
export interface Message {
  role: 'system' | 'user' | 'assistant' | 'tool';
  /** The caller's name for this speaker. */
  name?: string;
  parts: Part[];
  extensions?: Extensions;
}

export interface FunctionTool {
  type: 'function';
  name: string;
  namespace?: string;
  description?: string;
  inputSchema: JsonObject;
  strict?: boolean;
  cache?: CacheBreakpoint;
  extensions?: Extensions;
}
/** A tool whose input is free text, perhaps held to a grammar. */
export interface CustomTool {
  type: 'custom';
  name: string;
  description?: string;
  grammar?: Json;
  extensions?: Extensions;
}
/** Search the provider runs itself. */
export interface WebSearchTool {
  type: 'web-search';
  domains?: { allow?: string[]; block?: string[] };
  maxUses?: number;
  location?: JsonObject;
  extensions?: Extensions;
}
export interface OpaqueTool extends Opaque {
  type: 'opaque';
}
export type Tool = FunctionTool | CustomTool | WebSearchTool | OpaqueTool;
export type ToolChoice =
  | { type: 'auto' | 'none' | 'required'; only?: string[] }
  | { type: 'tool'; name: string; namespace?: string };

export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max' | 'auto';
export interface ReasoningSettings {
  effort?: ReasoningEffort;
  budgetTokens?: number;
  visibility?: 'hidden' | 'summary' | 'full';
}
export type OutputFormat =
  | { format: 'text' }
  | { format: 'json'; schema?: JsonObject; name?: string; description?: string; strict?: boolean };

export interface CanonicalRequest {
  model: string;
  messages: Message[];
  stream: boolean;
  maxOutputTokens?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  logitBias?: Record<string, number>;
  /** How many answers are wanted (`n`). */
  candidates?: number;
  logprobs?: { top?: number };
  stop?: string[];
  seed?: number;
  tools?: Tool[];
  toolChoice?: ToolChoice;
  parallelToolCalls?: boolean;
  reasoning?: ReasoningSettings;
  output?: OutputFormat;
  verbosity?: string;
  modalities?: string[];
  audio?: { voice?: Json; format?: string };
  /** The caller's own id for its end user. */
  endUser?: string;
  metadata?: JsonObject;
  serviceTier?: string;
  promptCacheKey?: string;
  store?: boolean;
  previousResponseId?: string;
  extensions?: Extensions;
}

export interface Finish {
  reason:
    | 'stop'
    | 'length'
    | 'tool-calls'
    | 'content-filter'
    | 'refusal'
    | 'context-length'
    | 'pause'
    | 'error'
    | 'other';
  /** The upstream's own word, e.g. `end_turn`. */
  raw?: string;
  stopSequence?: string;
}
/** Tokens. Each is counted once: the detail counts are parts of `inputTokens` or `outputTokens`. */
export interface Usage {
  /** All input, cached included. */
  inputTokens?: number;
  /** All output, reasoning included. */
  outputTokens?: number;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
  cacheWrite5mTokens?: number;
  cacheWrite1hTokens?: number;
  reasoningTokens?: number;
  audioInputTokens?: number;
  audioOutputTokens?: number;
  /** Input tokens spent on hosted tools. */
  toolTokens?: number;
  /** The upstream's own usage object, untouched, under the dialect that wrote it. */
  raw?: Opaque;
}
export interface Candidate {
  parts: Part[];
  finish: Finish;
  extensions?: Extensions;
}
export interface CanonicalResponse {
  id: string;
  model: string;
  /** Seconds since the epoch, where the upstream says. */
  createdAt?: number;
  parts: Part[];
  finish: Finish;
  /** The second and later answers when the request asked for several. */
  candidates?: Candidate[];
  usage: Usage;
  serviceTier?: string;
  extensions?: Extensions;
}

export type UpstreamErrorKind =
  | 'invalid-request'
  | 'authentication'
  | 'permission'
  | 'not-found'
  | 'rate-limit'
  | 'quota'
  | 'billing'
  | 'overloaded'
  | 'context-length'
  | 'content-filter'
  | 'too-large'
  | 'conflict'
  | 'timeout'
  | 'cancelled'
  | 'server'
  | 'unknown';
/** An upstream's refusal or failure, in the hub's words. */
export interface UpstreamError {
  kind: UpstreamErrorKind;
  message: string;
  /** The HTTP status it came with, if it came with one. */
  status?: number;
  retryAfterMs?: number;
  code?: string;
  param?: string;
  type?: string;
  /** The upstream's error body, untouched, under the dialect that wrote it. */
  raw?: Opaque;
}

export type PartStart = { extensions?: Extensions; cache?: CacheBreakpoint } & (
  | { type: 'text' }
  | { type: 'refusal' }
  | { type: 'reasoning'; summary?: boolean; redacted?: boolean }
  | { type: 'tool-call'; id: string; name: string; namespace?: string; kind: ToolCallPart['kind'] }
  | {
      type: 'media';
      mediaType: string;
      /** Where the media is when no `media-data` follows; absent: base64, piece by piece. */
      source?: MediaSource;
      filename?: string;
      title?: string;
      detail?: string;
    }
  | { type: 'json' }
  | { type: 'tool-result'; part: ToolResultPart }
  | { type: 'opaque'; dialect: string; family?: string; value: Json }
);
export type PartDelta =
  | { type: 'text'; text: string }
  | { type: 'refusal'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'signature'; signature: Opaque }
  | { type: 'citation'; citation: Citation }
  | { type: 'logprobs'; logprobs: TokenLogprob[] }
  | { type: 'tool-input'; text: string }
  | { type: 'media-data'; data: string }
  | { type: 'json'; text: string }
  | { type: 'opaque'; dialect: string; family?: string; value: Json };

/**
 * Grammar: response-start, then any of (part-start part-delta* part-end | usage | finish | opaque),
 * then exactly one of response-end | error. Parts may interleave; `index` tells them apart and is never
 * used twice. `candidate` is absent for the first answer. `finish` ends a candidate other than the first;
 * the first one's finish travels on `response-end`. A `usage` replaces the fields an earlier one gave.
 */
export type CanonicalEvent =
  | {
      type: 'response-start';
      id: string;
      model: string;
      createdAt?: number;
      serviceTier?: string;
      extensions?: Extensions;
    }
  | { type: 'part-start'; index: number; candidate?: number; part: PartStart }
  | { type: 'part-delta'; index: number; delta: PartDelta; extensions?: Extensions }
  | { type: 'part-end'; index: number; extensions?: Extensions }
  | { type: 'usage'; usage: Usage; extensions?: Extensions }
  | { type: 'finish'; candidate: number; finish: Finish; extensions?: Extensions }
  | { type: 'response-end'; finish: Finish; extensions?: Extensions }
  | { type: 'error'; error: UpstreamError; extensions?: Extensions }
  | { type: 'opaque'; dialect: string; family?: string; value: Json };

export interface EmbedRequest {
  model: string;
  input: (string | number[] | MediaPart)[];
  dimensions?: number;
  encoding?: 'float' | 'base64';
  /** What the vectors are for, in the provider's words. */
  task?: string;
  endUser?: string;
  extensions?: Extensions;
}
export interface EmbedResponse {
  model: string;
  vectors: number[][];
  usage: Usage;
  extensions?: Extensions;
}
export interface CountResponse {
  inputTokens: number;
  /** True when a tokenizer and not the provider counted. */
  estimated: boolean;
  extensions?: Extensions;
}
