import { availableParallelism } from 'node:os';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Log } from '../observe/log.ts';
import type { ConformJob, ConformReport } from './conform.ts';
import { deathError, maxKills, replyError } from './pool-death.ts';
import { limitInput, limitOf } from './pool-limits.ts';
import {
  type PackedPlan,
  packPlan,
  type StreamHead,
  type UnaryReply,
  type WorkerCall,
} from './pool-messages.ts';
import { openPool } from './pool-open.ts';
import { createStreamBatches, type StreamBatches } from './pool-streams.ts';
import { createThreads, type Death, type Job, type Threads } from './pool-threads.ts';
import { requestBytes } from './request-bytes.ts';
import type { Meter } from './run-steps.ts';
import type { StreamItems } from './run-stream.ts';
import type {
  BaseContext,
  CallOutput,
  Memos,
  ModuleLimits,
  ModuleRef,
  RequestOutput,
  ResponseOutput,
  Runner,
  Step,
  StreamBatch,
  StreamRun,
  TranslateStep,
} from './runner.ts';

export interface PoolOptions {
  /** All modules the pool's plans may name. Another set is another pool. */
  modules: readonly ModuleRef[];
  /** Worker threads; default: processors less one, at least one. */
  threads?: number;
  /** Threads that other runners use as well; its own otherwise. */
  shared?: Threads;
  /** Where modules of two runners meet: a module's id among all of them. Default: its own. */
  nameOf?: (module: ModuleRef) => string;
  /** Calls that may wait for a thread; one more is refused with GW_TRANSLATE_BUSY. Default 256. */
  maxQueue?: number;
  /** The operator's ceiling over what modules ask for. */
  ceiling?: Partial<ModuleLimits>;
  /** Told how long each translator call took. */
  meter?: Meter;
  /** Asked when a thread is free for a call that waited: an error, if a module of it is not to be called now. */
  refusal?: Refusal;
  log: Log;
}
export interface PoolRunner extends Runner {
  /** Loads a module in a worker: its functions by target, `dialect:<id>` or `provider:<id>`. */
  describe(module: ModuleRef): Promise<Record<string, string[]>>;
  /** Holds a module to the laws on its own fixtures, in a worker. What ends its thread is a problem like any other. */
  conform(module: ModuleRef, job: ConformJob): Promise<ConformReport>;
  /** Starts all threads and loads all modules in each; what fails is logged and left to the calls that need it. */
  warm(): Promise<void>;
}

type Plan = Pick<PackedPlan, 'calls' | 'leastMs'>;
type Refusal = (modules: readonly ModuleRef[]) => GatewayError | null;
type UnaryDone = Extract<UnaryReply, { ok: true }>;

/** The main thread needs a processor too. */
export function defaultThreads(): number {
  return Math.max(1, availableParallelism() - 1);
}

/** Runs steps in worker threads: fault isolation, not a sandbox. No thread is started before the first call. */
export function createPoolRunner(options: PoolOptions): PoolRunner {
  const { log, meter, threads: count = defaultThreads(), maxQueue = 256 } = options;
  const nameOf = options.nameOf ?? ((module) => module.id);
  const modules = options.modules.map((module) => ({
    ...capped(module, options.ceiling ?? {}),
    id: nameOf(module),
  }));
  const byId = new Map(modules.map((module, index) => [options.modules[index]?.id ?? '', module]));
  const given = new Map(modules.map((module, index) => [module.id, options.modules[index] ?? module]));
  /** Asked by the names the runner's own caller knows. */
  const refusal = (named: readonly ModuleRef[]): GatewayError | null =>
    options.refusal?.(named.map((module) => given.get(module.id) ?? module)) ?? null;
  const threads =
    options.shared ??
    createThreads({
      threads: count,
      maxQueue,
      open: () => openPool({ modules, threads: count, isMetered: meter !== undefined, log }),
    });
  const streams = createStreamBatches(threads, refusal);
  const plans = new WeakMap<readonly Step[], PackedPlan>();

  function plan(steps: readonly Step[]): PackedPlan {
    let packed = plans.get(steps);
    if (packed === undefined) {
      packed = packPlan(steps.map((step) => withModule(step, byId)));
      plans.set(steps, packed);
    }
    return packed;
  }
  /** Runs a call that stands for itself. One that dies with its thread is run once more: it may be another's doing. */
  async function unary(
    plan: Plan,
    make: () => [WorkerCall, ArrayBuffer[]],
    onDeath?: (death: Death) => void,
  ): Promise<UnaryDone> {
    const job = unaryJob(plan, make, refusal);
    let outcome = await threads.run(job);
    let kills = 0;
    for (let hasRepeat = true; outcome.type === 'died' && outcome.death.cause !== 'timeout'; ) {
      if (outcome.death.cause === 'killed' && kills < maxKills) kills++;
      else if (hasRepeat) hasRepeat = false;
      else break;
      outcome = await threads.run(job, 'next');
    }
    if (outcome.type === 'died') {
      onDeath?.(outcome.death);
      throw deathError(plan, outcome.death);
    }
    const reply = outcome.result as UnaryReply;
    if (!reply.ok) throw replyError(reply.error);
    tellTimes(meter, plan, reply.times);
    return reply;
  }
  function describeAll(named: readonly ModuleRef[]): Promise<UnaryDone> {
    const calls = named.map((module) => ({ module }) as TranslateStep);
    return unary({ calls, leastMs: leastOf(named) }, () => [
      { type: 'describe', names: named.map(({ id }) => id) },
      [],
    ]);
  }
  return {
    async request(steps, input, context) {
      const { path, query, headers, body, earlier, referred } = input;
      const told = earlier === undefined && referred === undefined ? {} : { earlier, referred };
      const packed = plan(steps);
      limitInput(packed.calls, requestBytes(input));
      const reply = await unary(packed, () => {
        // A copy: the host keeps the bytes for a repeat, a retry or another attempt, and Buffers share their memory.
        const copy = Uint8Array.from(body);
        return [
          {
            type: 'request',
            plan: packed.text,
            context,
            input: { path, query, headers, ...told },
            body: copy,
          },
          [copy.buffer],
        ];
      });
      const made = JSON.parse(reply.rest) as RequestOutput;
      made.body = bytesOf(reply);
      made.memos = made.memos.map(present);
      return made;
    },
    async response(steps, input, context, memos) {
      const { status, headers, body } = input;
      const packed = plan(steps);
      limitInput(packed.calls, body.byteLength);
      const reply = await unary(packed, () => {
        const copy = Uint8Array.from(body);
        return [
          { type: 'response', plan: packed.text, context, memos, input: { status, headers }, body: copy },
          [copy.buffer],
        ];
      });
      const made = JSON.parse(reply.rest) as ResponseOutput;
      made.body = bytesOf(reply);
      return made;
    },
    async call(steps, input, context, memos) {
      const packed = plan(steps);
      const given = JSON.stringify(input);
      limitInput(packed.calls, given.length);
      const reply = await unary(packed, () => [
        { type: 'call', plan: packed.text, context, memos, input: given },
        [],
      ]);
      const made = JSON.parse(reply.rest) as CallOutput;
      made.memos = made.memos.map(present);
      return made;
    },
    stream: (steps, framing, context, memos) =>
      streamRun(streams, plan(steps), framing, context, memos, meter),
    async describe(module) {
      const reply = await describeAll([byId.get(module.id) ?? module]);
      const [described] = JSON.parse(reply.rest) as Record<string, string[]>[];
      return described ?? {};
    },
    async conform(module, job) {
      const { id, limits } = byId.get(module.id) ?? module;
      const step = { module: { ...module, limits }, function: 'decodeRequest' } as TranslateStep;
      const plan = { calls: [step], leastMs: limits.timeoutMs };
      let died: Death | undefined;
      try {
        const make = (): [WorkerCall, ArrayBuffer[]] => [{ type: 'conform', module: id, ...job }, []];
        const reply = await unary(plan, make, (death) => {
          died = death;
        });
        return JSON.parse(reply.rest) as ConformReport;
      } catch (error) {
        // Of no thread, and of no time for one, the plugin has no fault.
        if (died?.cause === 'start' || !GatewayError.is(error) || error.code === 'GW_TRANSLATE_BUSY')
          throw error;
        const file = died?.item ?? 0;
        return { fixtures: file, problem: `fixtures/${job.files[file]}: ${error.message}` };
      }
    },
    async warm() {
      const each = Array.from({ length: count }, () => describeAll(modules));
      for (const result of await Promise.allSettled(each)) {
        if (result.status === 'fulfilled') continue;
        log.warn('a worker thread could not load its plugins ahead of time', {
          reason: (result.reason as Error).message,
        });
      }
    },
    close: () => threads.close(),
  };
}

/** The shortest time-out of these, in milliseconds. */
function leastOf(modules: readonly ModuleRef[]): number {
  return modules.reduce((least, { limits }) => Math.min(least, limits.timeoutMs), 10_000);
}

function unaryJob(plan: Plan, make: () => [WorkerCall, ArrayBuffer[]], refusal: Refusal): Job {
  return {
    refusal: () => refusal(plan.calls.map(({ module }) => module)),
    make() {
      const [call, transfer] = make();
      return { call, transfer };
    },
    leastMs: () => plan.leastMs,
    limitMs: (_item, call) => limitOf(plan.calls[call]),
    pluginOf: (_item, call) => plan.calls[call]?.module.plugin ?? '',
  };
}

function bytesOf(reply: UnaryDone): Buffer {
  const { buffer, byteOffset, byteLength } = reply.body as Uint8Array<ArrayBuffer>;
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** JSON has no undefined: a step that left no memo comes back with null. */
function present(memo: Json | undefined): Json | undefined {
  return memo ?? undefined;
}

/** One stream. Its state stays here as text, so any thread can take the next call and a call can be run again. */
function streamRun(
  streams: StreamBatches,
  plan: PackedPlan,
  framing: string,
  context: BaseContext,
  memos: Memos,
  meter: Meter | undefined,
): StreamRun {
  const head = JSON.stringify({ context, memos } satisfies StreamHead);
  let state = '';
  async function push(items: StreamItems, end?: 'complete' | 'cut'): Promise<StreamBatch> {
    const reply = await streams.push(plan, { plan: plan.text, framing, head, state, items, end });
    state = reply.state;
    tellTimes(meter, plan, reply.times);
    return Object.assign(JSON.parse(reply.rest) as JsonObject, { text: reply.text });
  }
  return {
    push: (frames, end) => push({ type: 'frames', frames }, end),
    pushEvents: (events, end) => push({ type: 'events', events }, end),
    fail: (error) => push({ type: 'events', events: [{ type: 'error', error }] }, 'complete'),
  };
}

function tellTimes(meter: Meter | undefined, plan: Plan, times: readonly number[] | undefined): void {
  if (meter === undefined || times === undefined) return;
  for (let index = 0; index + 1 < times.length; index += 2) {
    const step = plan.calls[times[index] as number];
    if (step !== undefined) meter(step.module, times[index + 1] as number);
  }
}

function withModule(step: Step, modules: ReadonlyMap<string, ModuleRef>): Step {
  if (step.type !== 'translate') return step;
  const module = modules.get(step.module.id);
  return module === undefined ? step : { ...step, module };
}

/** A module without its code, which cannot be sent, and under the operator's ceiling. */
function capped(module: ModuleRef, ceiling: Partial<ModuleLimits>): ModuleRef {
  const limits = { ...module.limits };
  for (const name of Object.keys(limits) as (keyof ModuleLimits)[]) {
    limits[name] = Math.min(limits[name], ceiling[name] ?? limits[name]);
  }
  const { exports: _code, ...rest } = module;
  return { ...rest, limits };
}
