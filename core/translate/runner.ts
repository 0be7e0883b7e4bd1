import type {
  BodyEdits,
  CanonicalEvent,
  Finish,
  Json,
  JsonObject,
  ProviderPlugin,
  TranslateContext,
  TranslateFunction,
  UpstreamError,
  Usage,
  Warning,
} from '@dragoman/plugin-sdk';
import type { RawFrame } from './frames.ts';

export type Tier = 'inline' | 'worker' | 'sandbox';

/** What one call of a module may use. */
export interface ModuleLimits {
  memoryMb: number;
  timeoutMs: number;
  maxInputKb: number;
  maxOutputKb: number;
  maxStateKb: number;
}

/** What a sandboxed module costs before it has done anything, on each thread that has it. */
export interface SandboxCost {
  /** Compiled already: to make an instance and run its code once. */
  loadMs: number;
  /** Of one instance. */
  memoryKb: number;
  /** Its author's snapshot was taken in place of running its code. */
  fromSnapshot: boolean;
}

/** One staged file of code. `id` is `<plugin>@<hash of the file>` and is all the identity a module has. */
export interface ModuleRef {
  readonly id: string;
  readonly plugin: string;
  /** Absolute path of the one file that inline code, workers and tools run. */
  readonly file: string;
  /** How `file` is written: an ES module to import, a CommonJS function body, or an Extism module. */
  readonly format: 'esm' | 'cjs' | 'wasm';
  readonly tier: Tier;
  readonly limits: ModuleLimits;
  /** Absolute path of the memory an engine of the sandbox had when it had loaded `file`, if the author made one. */
  readonly snapshot?: string;
  /** Output of plugins that do not ship with the gateway is checked against the schemas. */
  readonly checked: boolean;
  /** Loaded on this thread; only when `tier` is `inline`. Never sent to another thread. */
  readonly exports?: ProviderPlugin;
  /** An Extism module that links against WASI, and gets one in which there is nothing. */
  readonly wasi?: boolean;
  /** What an Extism module, which cannot be looked into, is asked for when it is loaded; by target. */
  readonly candidates?: Readonly<Record<string, readonly string[]>>;
  /** Names of its functions by target, `dialect:<id>` or `provider:<id>`; known once it was loaded somewhere. */
  readonly functions?: Readonly<Record<string, readonly string[]>>;
  /** Of a sandboxed module; known with `functions`. */
  readonly cost?: SandboxCost;
}

/** One translator call of a plan. */
export interface TranslateStep {
  readonly type: 'translate';
  readonly module: ModuleRef;
  readonly target: `dialect:${string}` | `provider:${string}`;
  readonly function: TranslateFunction;
  readonly config: JsonObject;
  /** Reply steps: index of the request step whose memo this step gets. */
  readonly memoOf?: number;
}
/** The host's own edits of a body, from a provider's `quirks`. */
export interface EditStep {
  readonly type: 'edit';
  readonly edits: BodyEdits;
  /** Warn about what is dropped or clamped (requests do, replies do not). */
  readonly warn: boolean;
}
/** Makes of a decoded request what the token counter takes: `{ body: Collected }`, as an encoder makes its body. */
export interface CollectStep {
  readonly type: 'collect';
}
export type Step = TranslateStep | EditStep | CollectStep;

/** The context of an attempt; each step adds its own `config` and `memo`. */
export type BaseContext = Omit<TranslateContext, 'config' | 'memo'>;
export type Memos = (Json | undefined)[];

export interface RequestInput {
  path: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** JSON bytes as the client sent them; never changed, so that a retry or another attempt can use them. */
  body: Buffer;
  /** JSON texts of the turns it continues, oldest first, where the host has to say them. */
  earlier?: readonly EarlierTurn[];
  /** The same of replies it points at. */
  referred?: readonly EarlierTurn[];
}
/** JSON in UTF-8; empty where there was none. */
export interface EarlierTurn {
  input: Uint8Array;
  reply: Uint8Array;
}
export interface RequestOutput {
  /** JSON ready to send. */
  body: Buffer | string;
  endpoint?: string;
  model?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  warnings: Warning[];
  memos: Memos;
}
export interface ResponseInput {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}
export interface ResponseOutput {
  /** JSON ready to write to the client. */
  body: Buffer | string;
  usage?: Usage;
  finish?: Finish;
  warnings: Warning[];
}
export interface CallOutput {
  output: Json;
  warnings: Warning[];
  memos: Memos;
}
/** What one batch of a stream gave. */
export interface StreamBatch {
  /** Framed text ready to write; may be empty. */
  text: string;
  /** Set once, with the batch that ended the stream. */
  ended?: 'complete' | 'error';
  error?: UpstreamError;
  /** The error is that the stream ended without its end, not something the upstream said. */
  isTruncated?: boolean;
  /** Merged over all batches so far. */
  usage?: Usage;
  finish?: Finish;
  warnings?: Warning[];
}
type Awaitable<Value> = Value | Promise<Value>;

/** One stream being translated. Calls never overlap: the next comes after the last one's result. */
export interface StreamRun {
  /** With `end` no frames may come: what a dialect makes of the end alone is how a truncated stream is known. */
  push(frames: RawFrame[], end?: 'complete' | 'cut'): Awaitable<StreamBatch>;
  /** For local providers, whose module gives events and not frames. */
  pushEvents(events: CanonicalEvent[], end?: 'complete' | 'cut'): Awaitable<StreamBatch>;
  /** Ends the stream with an error event in the client's dialect. Nothing may follow. */
  fail(error: UpstreamError): Awaitable<StreamBatch>;
}

/**
 * Runs the steps of a plan in order, in one hop. Inline, worker and sandbox differ only behind this. Results are
 * promises only where a hop was needed: callers await nothing for inline work.
 * Takes no abort signal: stopping a running task kills its thread, which only a time-out may do.
 * Fails with GatewayError: GW_TRANSLATE_INPUT_INVALID, _UNSUPPORTED, _FAILED, _TIMEOUT, _LIMIT, _BUSY.
 */
export interface Runner {
  request(steps: readonly Step[], input: RequestInput, context: BaseContext): Awaitable<RequestOutput>;
  response(
    steps: readonly Step[],
    input: ResponseInput,
    context: BaseContext,
    memos: Memos,
  ): Awaitable<ResponseOutput>;
  /** Any other chain of steps: errors, model lists, embeddings, counts, local providers. */
  call(steps: readonly Step[], input: Json, context: BaseContext, memos: Memos): Awaitable<CallOutput>;
  stream(steps: readonly TranslateStep[], framing: string, context: BaseContext, memos: Memos): StreamRun;
  /** Waits for running calls, then frees threads. */
  close(): Promise<void>;
}
