import type { JsonObject, UpstreamError } from '@dragoman/plugin-sdk';
import type { GatewayErrorCode } from '../errors/codes.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { ConformJob } from './conform.ts';
import type { EngineSnapshot } from './engine-instance.ts';
import type { StreamItems } from './run-stream.ts';
import type { BaseContext, EarlierTurn, Memos, ModuleRef, Step, TranslateStep } from './runner.ts';
import type { SandboxBoard } from './sandbox-board.ts';
import type { WasmModule } from './web-assembly.ts';

/** What a worker is born with. */
export interface WorkerSeed {
  /** None in the sandbox: there they come with the tasks that need them. */
  modules: ModuleRef[];
  /** Only in the sandbox. */
  board?: SandboxBoard;
  /** Whether replies tell how long calls took. */
  isMetered: boolean;
  /** Folders it may read; its working directory is taken from it unless it is one of them. */
  readable: string[];
}

/**
 * A plan's steps on their way to a worker: one JSON text per plan, because a worker finds the parsed steps by it and a
 * text costs the main thread a copy and nothing else.
 */
export interface PackedPlan {
  text: string;
  /** The translator calls in it, by the number a worker reports while it runs them. */
  calls: TranslateStep[];
  /** The shortest time-out of its modules, in milliseconds. */
  leastMs: number;
  /** Calls of plugins that do not ship with the gateway share batches only with their own kind. */
  group: string;
}
/** A step as a worker reads it: `module` is the id of one of its modules, `call` its number. */
export type PackedStep = Exclude<Step, TranslateStep> | PackedCall;
export type PackedCall = Omit<TranslateStep, 'module'> & { module: string; call: number };

export function packPlan(steps: readonly Step[]): PackedPlan {
  const calls: TranslateStep[] = [];
  const packed: PackedStep[] = [];
  for (const step of steps) {
    if (step.type !== 'translate') {
      packed.push(step);
    } else {
      packed.push({ ...step, module: step.module.id, call: calls.length });
      calls.push(step);
    }
  }
  const checked = calls.filter((step) => step.module.checked).map((step) => step.module.id);
  const leastMs = calls.reduce((least, { module }) => Math.min(least, module.limits.timeoutMs), 10_000);
  return { text: JSON.stringify(packed), calls, leastMs, group: checked.join() };
}

export interface RequestCall {
  type: 'request';
  plan: string;
  context: BaseContext;
  input: {
    path: Record<string, string>;
    query: Record<string, string>;
    headers: Record<string, string>;
    earlier?: readonly EarlierTurn[];
    referred?: readonly EarlierTurn[];
  };
  body: Uint8Array;
}
export interface ResponseCall {
  type: 'response';
  plan: string;
  context: BaseContext;
  memos: Memos;
  input: { status: number; headers: Record<string, string> };
  body: Uint8Array;
}
/** `input` is JSON text. */
export interface PlainCall {
  type: 'call';
  plan: string;
  context: BaseContext;
  memos: Memos;
  input: string;
}
/** One stream's share of a batch. */
export interface StreamCall {
  plan: string;
  framing: string;
  /** JSON text of `StreamHead`, the same for all calls of a stream. */
  head: string;
  /** JSON text of `StreamState`; empty on the first call. */
  state: string;
  items: StreamItems;
  end: 'complete' | 'cut' | undefined;
}
export interface StreamHead {
  context: BaseContext;
  memos: Memos;
}
export interface StreamsCall {
  type: 'streams';
  calls: StreamCall[];
}
/** Loads modules and lists what they offer. */
export interface DescribeCall {
  type: 'describe';
  names: string[];
}
/** Holds a module to the laws on its own fixtures. */
export interface ConformCall extends ConformJob {
  type: 'conform';
  module: string;
}
export type WorkerCall = RequestCall | ResponseCall | PlainCall | StreamsCall | DescribeCall | ConformCall;
/** A module on its way to a thread of the sandbox, which reads no files of plugins. */
export interface ShippedModule {
  module: ModuleRef;
  /** Of a sandboxed module: the Extism module, or the engine that runs `code`. Compiled once; threads share it. */
  wasm?: WasmModule;
  /** The text of a CommonJS file. */
  code?: string;
  /** An engine that had loaded `code`. */
  snapshot?: EngineSnapshot;
  /** Its place on the board, and the number that stands there as long as somebody needs it. */
  slot: number;
  serial: number;
}
/** What the pool hands a thread: a call, where to note how far it is, and modules it said it lacks. */
export type WorkerTask = WorkerCall & { progress: Float64Array; modules?: ShippedModule[] };
/** In place of a result: nothing was run, for want of these modules. */
export interface MissingModules {
  missing: string[];
}

/** Slots of `progress`, which both threads can read at any time. Times are `monotonicMs`. */
export const progressSince = 0;
export const progressItem = 1;
export const progressCall = 2;
/** What it makes ready in a time that is not that of a call. */
export const progressLoading = 3;
export const notLoading = 0;
/** A plugin's code, or an instance of it. */
export const loadingPlugin = 1;
/** Code of the gateway's own: however long it takes is no plugin's doing. */
export const loadingOwn = 2;
/** 1: code in the thread is ending it. */
export const progressExited = 4;
/** The number of the thread that took the task up; 0: none yet. */
export const progressThread = 5;
export const progressSlots = 6;

/** The same clock on every thread of the process, in milliseconds; wall-clock changes do not move it. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

/** A failure as a value: an error loses its fields on its way between threads. */
export interface PackedError {
  code: GatewayErrorCode;
  details: JsonObject;
  /** Where the plugin's code threw. */
  stack?: string;
  upstream?: UpstreamError;
}
/**
 * `times` are pairs of a call's number and its milliseconds. `rest` is JSON text of everything but the bytes; a plugin's
 * memo may hold what cannot be cloned.
 */
export type UnaryReply =
  | { ok: true; rest: string; times?: number[]; body?: Uint8Array }
  | { ok: false; error: PackedError };
/** `rest` is JSON text of a `StreamBatch` without its text. */
export type StreamReply =
  | { ok: true; text: string; state: string; rest: string; times?: number[] }
  | { ok: false; error: PackedError };

const maxReason = 1_000;

export function packError(error: GatewayError): PackedError {
  const { reason } = error.details;
  const details =
    typeof reason === 'string' && reason.length > maxReason
      ? { ...error.details, reason: `${reason.slice(0, maxReason)} ...` }
      : error.details;
  const stack = error.cause instanceof Error ? error.cause.stack : undefined;
  return {
    code: error.code,
    details,
    stack: typeof stack === 'string' ? stack.slice(0, 4_000) : undefined,
    upstream: error.upstream,
  };
}

export function unpackError(packed: PackedError): GatewayError {
  const { upstream } = packed;
  if (packed.stack === undefined) return new GatewayError(packed.code, packed.details, { upstream });
  const cause = new Error('thrown in a worker');
  cause.stack = packed.stack;
  return new GatewayError(packed.code, packed.details, { cause, upstream });
}
