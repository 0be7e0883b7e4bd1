import { workerData } from 'node:worker_threads';
import type { Json, ProviderPlugin } from '@dragoman/plugin-sdk';
import { move } from 'piscina';
import { GatewayError } from '../errors/gateway-error.ts';
import { checkOutput, loadValidators } from './check-output.ts';
import { collectAfter } from './collect-garbage.ts';
import { type CallNotes, conform, type Kit } from './conform.ts';
import { describePlugin } from './describe-plugin.ts';
import { depthError, translateFailure } from './failure.ts';
import { freeze } from './freeze.ts';
import { hardenThread } from './harden-thread.ts';
import { finishRequest, finishResponse, parseRequest, parseResponse } from './inline-runner.ts';
import { isOverflow } from './nesting.ts';
import { limitOutput, limitParsed, limitState } from './pool-limits.ts';
import {
  loadingOwn,
  loadingPlugin,
  type MissingModules,
  monotonicMs,
  notLoading,
  type PackedError,
  type PackedStep,
  packError,
  type StreamCall,
  type StreamHead,
  type StreamReply,
  type UnaryReply,
  type WorkerSeed,
  type WorkerTask,
} from './pool-messages.ts';
import { runSteps } from './run-steps.ts';
import { createStreamState, runStream, type StreamState } from './run-stream.ts';
import type { ModuleRef, Step, TranslateStep } from './runner.ts';
import { createThreadModules, exchangeOf } from './thread-modules.ts';
import { asLoading, asOwn, noteCall, noteItem, setLoading, startTime, takeUp } from './thread-progress.ts';

const seed = workerData as WorkerSeed;
const modules = createThreadModules(seed.modules, seed.board);
const plans = new Map<string, Plan>();
const maxPlans = 500;
const encoder = new TextEncoder();

hardenThread(seed.readable);
// Extism is the gateway's own code: it comes with the thread's start, and not in the time a plugin has for its own.
if (seed.board !== undefined) await import('./open-sandboxed.ts');

interface Plan {
  steps: Step[];
  /** Of its modules. */
  ids: string[];
}

/** A step's module that knows its step: how the running call is known when it, or its thread, comes to grief. */
interface StepModule extends ModuleRef {
  call: number;
  step: TranslateStep | undefined;
}

let running: TranslateStep | undefined;
let times: number[] | undefined;
const meter = seed.isMetered
  ? (module: ModuleRef, milliseconds: number): void => {
      times ??= [];
      times.push((module as StepModule).call, milliseconds);
    }
  : undefined;

/** Runs one task of the pool. Modules are loaded when a task first needs them, and every new thread starts like that. */
export default function runTask(task: WorkerTask): Promise<unknown> {
  const answering = answer(task);
  return 'body' in task ? collectAfter(answering, task.body.byteLength) : answering;
}

async function answer(task: WorkerTask): Promise<unknown> {
  takeUp(task.progress);
  running = undefined;
  times = undefined;
  if (seed.board !== undefined) {
    // A plan's steps hold on to what they ran.
    if (modules.take(task.modules ?? [])) plans.clear();
    const missing = findMissing(task);
    if (missing.length > 0) return { missing } satisfies MissingModules;
  }
  if (task.type === 'streams') return runStreams(task.calls);
  try {
    if (task.type === 'describe') {
      const described = [];
      for (const id of task.names) described.push(describePlugin(await load(id)));
      return { ok: true, rest: JSON.stringify(described) } satisfies UnaryReply;
    }
    if (task.type === 'conform') {
      const { module: id } = task;
      const plugin = await load(id);
      await asLoading(async () => modules.ready([id], 'its fixtures'));
      const kit: Kit = await asOwn(() => import('@dragoman/plugin-sdk/testing'));
      setLoading(loadingOwn);
      const report = conform(plugin, kit, task, fixtureCalls, monotonicMs);
      return { ok: true, rest: JSON.stringify(report) } satisfies UnaryReply;
    }
    const { steps, ids } = plans.get(task.plan) ?? (await prepare(task.plan));
    const waiting = modules.ready(ids, exchangeOf(task.context));
    if (waiting !== undefined) await asLoading(() => waiting);
    if (task.type === 'call') {
      const input = JSON.parse(task.input) as Json;
      const output = runSteps(steps, input, task.context, task.memos, resolve, checkOutput, meter);
      const rest = JSON.stringify(output);
      limitOutput(steps, rest.length);
      limitParsed(steps, output.memos, rest.length);
      return { ok: true, rest, times } satisfies UnaryReply;
    }
    const { body: bytes } = task;
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const output =
      task.type === 'request'
        ? finishRequest(
            runSteps(
              steps,
              parseRequest({ ...task.input, body }),
              task.context,
              [],
              resolve,
              checkOutput,
              meter,
            ),
          )
        : finishResponse(
            runSteps(
              steps,
              parseResponse({ ...task.input, body }),
              task.context,
              task.memos,
              resolve,
              checkOutput,
              meter,
            ),
          );
    const { body: text, ...rest } = output;
    const made = typeof text === 'string' ? encoder.encode(text) : text;
    limitOutput(steps, made.byteLength);
    const told = JSON.stringify(rest);
    if ('memos' in rest) limitParsed(steps, rest.memos, told.length);
    return moveReply({ ok: true, rest: told, times, body: made });
  } catch (thrown) {
    return { ok: false, error: packThrown(thrown) } satisfies UnaryReply;
  }
}

/** A fixture's calls have the time of any other call; what the laws make of them is not in it. */
const fixtureCalls: CallNotes = {
  begin(file) {
    noteItem(file);
    setLoading(notLoading);
  },
  end: () => setLoading(loadingPlugin),
};

async function runStreams(calls: StreamCall[]): Promise<StreamReply[]> {
  const replies: StreamReply[] = [];
  for (let index = 0; index < calls.length; index++) {
    noteItem(index);
    running = undefined;
    times = undefined;
    try {
      const call = calls[index] as StreamCall;
      const head = JSON.parse(call.head) as StreamHead;
      // Awaiting would cost each call of a batch a turn, so only what is new to this thread is awaited.
      const { steps, ids } = plans.get(call.plan) ?? (await prepare(call.plan));
      const waiting = modules.ready(ids, exchangeOf(head.context), true);
      if (waiting !== undefined) await asLoading(() => waiting);
      replies.push(runStreamCall(call, head, steps));
    } catch (thrown) {
      replies.push({ ok: false, error: packThrown(thrown) });
    }
  }
  return replies;
}

function runStreamCall(call: StreamCall, { context, memos }: StreamHead, steps: Step[]): StreamReply {
  const stages = steps as TranslateStep[];
  // JSON has no undefined, and a step that left no memo must find none.
  const left = memos.map((memo) => memo ?? undefined);
  const state = call.state === '' ? createStreamState(stages) : (JSON.parse(call.state) as StreamState);
  const { items, end, framing } = call;
  const made = runStream(stages, state, items, end, framing, context, left, resolve, checkOutput, meter);
  const { text, ...rest } = made;
  limitOutput(stages, text.length);
  return { ok: true, text, state: limitState(stages, state), rest: JSON.stringify(rest), times };
}

/** What a task needs and this thread has not got. */
function findMissing(task: WorkerTask): string[] {
  const isMissing = (id: string): boolean => modules.find(id) === undefined;
  if (task.type === 'describe') return task.names.filter(isMissing);
  if (task.type === 'conform') return [task.module].filter(isMissing);
  const texts = task.type === 'streams' ? task.calls.map(({ plan }) => plan) : [task.plan];
  const unknown = new Set(texts.filter((text) => !plans.has(text)));
  const ids = [...unknown].flatMap((text) =>
    (JSON.parse(text) as PackedStep[]).flatMap((step) => (step.type === 'translate' ? [step.module] : [])),
  );
  return [...new Set(ids)].filter(isMissing);
}

/** Unpacks a plan's steps, found by their text, and sees that their modules are loaded. */
async function prepare(text: string): Promise<Plan> {
  const steps = (JSON.parse(text) as PackedStep[]).map(unpackStep);
  const ids = new Set<string>();
  for (const step of steps) {
    if (step.type !== 'translate') continue;
    await load(step.module.id, step);
    ids.add(step.module.id);
    if (step.module.checked) await asOwn(async () => loadValidators());
  }
  if (plans.size >= maxPlans) plans.clear();
  const plan = { steps, ids: [...ids] };
  plans.set(text, plan);
  return plan;
}

function unpackStep(packed: PackedStep): Step {
  if (packed.type !== 'translate') return packed;
  const module: StepModule = { ...findModule(packed.module), call: packed.call, step: undefined };
  // One call must not change what the next one is configured with: plans outlive their calls.
  const step: TranslateStep = { ...packed, config: freeze(packed.config), module };
  module.step = step;
  return step;
}

function findModule(id: string): ModuleRef {
  const module = modules.find(id);
  if (module !== undefined) return module;
  throw new GatewayError('GW_PLUGIN_LOAD', { plugin: id, reason: 'it is not a module of this pool' });
}

async function load(id: string, step?: TranslateStep): Promise<ProviderPlugin> {
  const before = modules.plugin(id);
  if (before !== undefined) return before;
  const module = findModule(id);
  if (step !== undefined) noteCall((step.module as StepModule).call);
  try {
    return await asLoading(() => modules.load(module));
  } catch (thrown) {
    if (GatewayError.is(thrown)) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new GatewayError('GW_PLUGIN_LOAD', { plugin: module.plugin, reason }, { cause: thrown });
  }
}

/** Called by `runSteps` and `runStream` right before each call, so it also starts that call's time. */
function resolve(module: ModuleRef): ProviderPlugin {
  const { call, step } = module as StepModule;
  running = step;
  noteCall(call);
  startTime();
  return modules.plugin(module.id) as ProviderPlugin;
}

/** Never throws: an error whose own getters throw must not take the thread down. */
function packThrown(thrown: unknown): PackedError {
  if (GatewayError.is(thrown)) return packError(thrown);
  try {
    // Not the plugin: what it gave has more levels than can be written.
    if (running !== undefined && isOverflow(thrown)) return packError(depthError(running, thrown));
    if (running !== undefined) return packError(translateFailure(thrown, running));
    return packError(new GatewayError('GW_INTERNAL', { reason: String(thrown) }, { cause: thrown }));
  } catch {
    return { code: 'GW_INTERNAL', details: { reason: 'something was thrown that cannot be read' } };
  }
}

function moveReply(reply: Extract<UnaryReply, { ok: true }> & { body: Uint8Array }): unknown {
  return move({
    [Symbol.for('Piscina.transferable')]: reply.body.buffer,
    [Symbol.for('Piscina.valueOf')]: reply,
  } as unknown as Uint8Array);
}
