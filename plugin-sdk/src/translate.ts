import type {
  CanonicalEvent,
  CanonicalRequest,
  CanonicalResponse,
  CountResponse,
  EmbedRequest,
  EmbedResponse,
  UpstreamError,
} from './canonical.ts';
import type { Json, JsonObject } from './json.ts';
import type {
  ClientMessage,
  DecodedMessage,
  EncodedError,
  EncodedKept,
  EncodedRequest,
  Frame,
  KeptReply,
  MessageError,
  WireRequest,
  WireResponse,
} from './wire.ts';

export type Operation =
  | 'chat'
  | 'embed'
  | 'batch-embed'
  | 'count-tokens'
  | 'list-models'
  | 'get-model'
  | 'get-response'
  | 'delete-response'
  | 'list-response-input'
  | 'rerank'
  | 'pass-through';

/** What is known of a model. */
export interface ModelInfo {
  id: string;
  name?: string;
  contextTokens?: number;
  maxOutputTokens?: number;
  input: ('text' | 'image' | 'audio' | 'video' | 'pdf')[];
  output: ('text' | 'image' | 'audio' | 'embedding')[];
  features: ('stream' | 'tools' | 'reasoning' | 'json-schema' | 'prompt-cache')[];
  /** The provider's name in the gateway; set in model lists. */
  ownedBy?: string;
  /** Seconds since the epoch; set in model lists where known. */
  createdAt?: number;
}

/** Everything a translator may know besides its input. No clock, no random, no secrets, no I/O. */
export interface TranslateContext {
  requestId: string;
  /** Milliseconds since the epoch, fixed for the whole exchange. */
  now: number;
  operation: Operation;
  model: ModelInfo;
  /** The plugin's config with defaults filled in and every `writeOnly` field removed. */
  config: JsonObject;
  /** What this dialect's request step left for its reply steps. */
  memo?: Json;
  provider: { id: string; family: string; dialect: string; options: JsonObject };
  client: { dialect: string; reply?: ReplyIdentity };
}

/** Set when the client may come back to the reply by its id. */
export interface ReplyIdentity {
  /** Letters and digits that no other reply has: the dialect makes the reply's id of them. */
  id: string;
  /** Whether the host keeps the reply beyond this connection. */
  isStored: boolean;
}

/**
 * Something the client asked for that the upstream request (or the reply) does not carry.
 * `path` is a JSON pointer into the *canonical* input of the step that warns, e.g. `/messages/0/parts/1`.
 */
export interface Warning {
  code: 'dropped' | 'approximated' | 'unsupported';
  path: string;
  message: string;
}
export interface Translated<Output> {
  output: Output;
  warnings?: Warning[];
  /** Comes back as `context.memo` in the same dialect's reply steps of this exchange. */
  memo?: Json;
}

/** A pure function from JSON to JSON. Fails by throwing `TranslateError`. */
export type Translator<Input, Output> = (input: Input, context: TranslateContext) => Translated<Output>;

export interface StreamInput<Item> {
  /** `null` on the first call; afterwards whatever the last call returned. Must survive JSON. */
  state: Json;
  items: Item[];
  /** On the last call, which may carry no items: did the stream end by itself, or was it cut? */
  end?: 'complete' | 'cut';
}
export interface StreamOutput<Item> {
  state: Json;
  items: Item[];
}
/**
 * A reducer: state in, state out. It keeps nothing between calls, so any thread can run the next one. It may change
 * the state it is given and return it: the host never uses a state twice.
 */
export type StreamTranslator<In, Out> = Translator<StreamInput<In>, StreamOutput<Out>>;

/** Speaks a wire language to clients. */
export interface InboundDialect {
  decodeRequest: Translator<WireRequest, CanonicalRequest>;
  encodeResponse: Translator<CanonicalResponse, Json>;
  encodeStream: StreamTranslator<CanonicalEvent, Frame>;
  encodeError: Translator<UpstreamError, EncodedError>;
  encodeModels?: Translator<ModelInfo[], Json>;
  encodeModel?: Translator<ModelInfo, Json>;
  decodeEmbed?: Translator<WireRequest, EmbedRequest>;
  encodeEmbed?: Translator<EmbedResponse, Json>;
  decodeCount?: Translator<WireRequest, CanonicalRequest>;
  encodeCount?: Translator<CountResponse, Json>;
  /** Ids of kept replies that hold what this request only points at; for routes with `keep.references`. */
  findReferences?: Translator<WireRequest, string[]>;
  /** For the operations `get-response`, `list-response-input` and `delete-response`, see `context.operation`. */
  encodeKept?: Translator<KeptReply, EncodedKept>;
  /** For routes with `webSocket`. */
  decodeMessage?: Translator<ClientMessage, DecodedMessage>;
  encodeMessageError?: Translator<MessageError, Json>;
}
/** Speaks the same language to upstreams. */
export interface OutboundDialect {
  encodeRequest: Translator<CanonicalRequest, EncodedRequest>;
  decodeResponse: Translator<WireResponse, CanonicalResponse>;
  decodeStream: StreamTranslator<Frame, CanonicalEvent>;
  decodeError: Translator<WireResponse, UpstreamError>;
  decodeModels?: Translator<WireResponse, ModelInfo[]>;
  encodeEmbedRequest?: Translator<EmbedRequest, EncodedRequest>;
  decodeEmbedResponse?: Translator<WireResponse, EmbedResponse>;
  encodeCountRequest?: Translator<CanonicalRequest, EncodedRequest>;
  decodeCountResponse?: Translator<WireResponse, CountResponse>;
}
/** What a dialect looks like after its lossless round trip; idempotent. For tests and tools, never called on a request. */
export interface Normaliser {
  normaliseRequest(body: Json): Json;
  normaliseResponse(body: Json): Json;
}
export type Dialect = Partial<InboundDialect> & Partial<OutboundDialect> & { normalise?: Normaliser };

/** Small differences between one provider and its dialect that the manifest's `quirks` cannot say. */
export interface ProviderAdapter {
  adaptRequest?: Translator<EncodedRequest, EncodedRequest>;
  adaptResponse?: Translator<WireResponse, WireResponse>;
  adaptStream?: StreamTranslator<Frame, Frame>;
}
/** A provider with no address: it answers by itself. */
export interface LocalProvider {
  respond: Translator<CanonicalRequest, CanonicalEvent[]>;
  embed?: Translator<EmbedRequest, EmbedResponse>;
  count?: Translator<CanonicalRequest, CountResponse>;
}

/** The default export of a plugin's module. Keys are ids declared in its manifest. */
export interface ProviderPlugin {
  dialects?: Record<string, Dialect>;
  adapters?: Record<string, ProviderAdapter>;
  locals?: Record<string, LocalProvider>;
}
export type TranslateFunction =
  | keyof InboundDialect
  | keyof OutboundDialect
  | keyof ProviderAdapter
  | keyof LocalProvider;

/** The whole ABI: one call shape and one reply shape, for a worker and for the WASM export `translate` alike. */
export interface TranslateRequest {
  abi: 1;
  target: `dialect:${string}` | `provider:${string}`;
  function: TranslateFunction;
  input: Json;
  context: TranslateContext;
}
export type TranslateFailureCode = 'invalid-input' | 'unsupported' | 'internal' | 'upstream';
export type TranslateResponse =
  | { ok: true; output: Json; warnings?: Warning[]; memo?: Json }
  | {
      ok: false;
      error: { code: TranslateFailureCode; message: string; path?: string; upstream?: UpstreamError };
    };

/** How a translator refuses: bad input is the client's fault, `unsupported` makes the host try the next provider. */
export class TranslateError extends Error {
  override readonly name = 'TranslateError';
  readonly code: TranslateFailureCode;
  /** JSON pointer into the input. */
  readonly path: string | undefined;
  constructor(code: TranslateFailureCode, message: string, path?: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/**
 * How `decodeResponse` says that an upstream failed although its status was good. The host treats it like a refusal: the
 * next attempt may be tried, and the client is told in its own dialect.
 */
export class UpstreamFailure extends TranslateError {
  readonly upstream: UpstreamError;
  constructor(upstream: UpstreamError) {
    super('upstream', upstream.message);
    this.upstream = upstream;
  }
}
