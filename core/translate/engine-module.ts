import { createPlugin } from '@extism/extism';
import { preludeText } from './engine-prelude.ts';
import { explainMissing } from './explain-missing.ts';
import { SandboxLimit } from './extism-host.ts';
import type { ModuleLimits } from './runner.ts';
import { type NoteInstance, type SandboxedModule, SandboxTimeout } from './sandboxed-module.ts';
import { leastEngineMb } from './wasm-limits.ts';
import { type WasmGlobal, type WasmMemory, type WasmModule, webAssembly } from './web-assembly.ts';

/** What `scripts/engine/shim.ts` exports. Places and lengths are in bytes of `memory`. */
interface Engine {
  memory: WasmMemory;
  __stack_pointer: WasmGlobal;
  entry: WasmGlobal;
  result: WasmGlobal;
  /** Makes the JavaScript runtime. */
  start(): void;
  /** Most bytes JavaScript may hold; more is an error in the script. */
  limit(bytes: number): void;
  /** A place for a text of so many bytes, which `boot` or `run` takes over. */
  reserve(length: number): number;
  /** Runs a script whose value is the function that `run` calls. 0: it did. */
  boot(at: number, length: number): number;
  /** Calls that function with a text. 0: `text()` is what it returned; otherwise what it threw. */
  run(at: number, length: number): number;
  text(): number;
  length(): number;
  /** Frees the text. */
  release(): void;
}
/** Memory and registers of an instance right after its plugin was loaded. */
interface Snapshot {
  memory: Uint8Array;
  from: number;
  entry: number;
  result: number;
}

/** Memory an engine may gain before it is given up: it can grow, but never shrink. */
const mostGrowth = 4 * 1_048_576;
const mostCalls = 10_000;
const loadLimitMs = 4_000;
/** The clock as it was: the laws watch who asks for the time while they try a plugin, and that is not us. */
const nowMs: () => number = performance.now.bind(performance);
/** JavaScript is refused memory before the engine is, so that it can still say so. */
const reserveMb = 2;

/**
 * An ordinary JavaScript plugin in the engine. It is loaded once on each thread; every exchange then begins with the
 * memory as it was at that moment, so that nothing a call left behind reaches the next.
 */
export async function openEngineModule(
  engine: WasmModule,
  code: string,
  limits: ModuleLimits,
  note: NoteInstance,
): Promise<SandboxedModule> {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let deadline = Number.POSITIVE_INFINITY;
  let isOverdue = false;
  let snapshot: Snapshot | undefined;
  let current: Engine | undefined;
  let spare: Promise<Engine> | undefined;
  let owner = '';
  let calls = 0;

  /** The one thing an engine can ask of its host: whether it has to stop. */
  function interrupt(): number {
    if (nowMs() < deadline) return 0;
    isOverdue = true;
    return 1;
  }
  async function instantiate(): Promise<Engine> {
    const plugin = await createPlugin(
      { wasm: [{ module: engine, name: 'main' }] },
      { useWasi: false, runInWorker: false, functions: { 'dragoman:engine': { interrupt } } },
    );
    note('created');
    return (await plugin.getInstance('main')).exports as unknown as Engine;
  }
  async function make(): Promise<Engine> {
    const made = await instantiate();
    if (snapshot !== undefined) restore(made, snapshot);
    return made;
  }
  async function next(): Promise<void> {
    const made = spare ?? make();
    spare = undefined;
    current = await made;
    calls = 0;
  }
  function giveUp(kind: 'recycled' | 'discarded'): void {
    current = undefined;
    note(kind);
    spare ??= make();
    // Whoever takes it hears of the failure.
    spare.catch(() => undefined);
  }
  function put(instance: Engine, text: string): [number, number] {
    const bytes = encoder.encode(text);
    const at = instance.reserve(bytes.length);
    if (at === 0) throw outOfMemory(limits);
    new Uint8Array(instance.memory.buffer).set(bytes, at);
    return [at, bytes.length];
  }
  function run(instance: Engine, text: string): string {
    isOverdue = false;
    const status = instance.run(...put(instance, text));
    if (isOverdue) throw new SandboxTimeout('its time was over');
    const length = instance.length();
    if (length > limits.maxOutputKb * 1_024) {
      throw new SandboxLimit(
        `its output is ${length >> 10} KB, and limits.maxOutputKb is ${limits.maxOutputKb}`,
      );
    }
    const made = decoder.decode(new Uint8Array(instance.memory.buffer, instance.text(), length));
    if (status !== 0) throw failure(made, limits);
    instance.release();
    return made;
  }
  async function load(): Promise<Record<string, string[]>> {
    const instance = await instantiate();
    instance.start();
    instance.limit((Math.max(limits.memoryMb, leastEngineMb) - reserveMb) * 1_048_576);
    if (instance.boot(...put(instance, preludeText)) !== 0) throw new Error('the engine does not start');
    deadline = nowMs() + loadLimitMs;
    const reply = JSON.parse(run(instance, `L${code}`)) as LoadReply;
    if (!reply.ok) throw new Error(explainMissing(reply.error.message));
    snapshot = take(instance);
    current = instance;
    return reply.output;
  }

  const functions = await load();
  return {
    functions,
    memoryBytes: snapshot === undefined ? 0 : snapshot.from + snapshot.memory.byteLength,
    ready(exchange) {
      if (current !== undefined && owner !== exchange) renew(current);
      owner = exchange;
      return current === undefined ? next() : undefined;
    },
    call(request) {
      const instance = current;
      if (instance === undefined) throw new Error('there is no instance');
      calls++;
      deadline = nowMs() + limits.timeoutMs;
      try {
        return run(instance, request);
      } catch (error) {
        giveUp('discarded');
        throw trapped(error, instance, limits);
      }
    },
    close() {
      current = undefined;
      spare = undefined;
      snapshot = undefined;
    },
  };

  function renew(instance: Engine): void {
    if (snapshot === undefined) return;
    const grown = instance.memory.buffer.byteLength - snapshot.from - snapshot.memory.byteLength;
    if (calls >= mostCalls || grown > mostGrowth) giveUp('recycled');
    else restore(instance, snapshot);
  }
}

type LoadReply = { ok: true; output: Record<string, string[]> } | { ok: false; error: { message: string } };

/** Everything but the stack, which is empty between two calls. */
function take(instance: Engine): Snapshot {
  const from = instance.__stack_pointer.value;
  const memory = new Uint8Array(instance.memory.buffer, from).slice();
  return { memory, from, entry: instance.entry.value, result: instance.result.value };
}

function restore(instance: Engine, snapshot: Snapshot): void {
  const size = snapshot.from + snapshot.memory.byteLength;
  const missing = size - instance.memory.buffer.byteLength;
  if (missing > 0) instance.memory.grow(missing / 65_536);
  new Uint8Array(instance.memory.buffer).set(snapshot.memory, snapshot.from);
  instance.__stack_pointer.value = snapshot.from;
  instance.entry.value = snapshot.entry;
  instance.result.value = snapshot.result;
}

function outOfMemory({ memoryMb }: ModuleLimits): SandboxLimit {
  return new SandboxLimit(`it needed more than its ${memoryMb} MB of memory (limits.memoryMb)`);
}

function failure(message: string, limits: ModuleLimits): Error {
  return /out of memory/.test(message) ? outOfMemory(limits) : new Error(message);
}

/** A trap at the end of the memory is about memory, whatever it is called. */
function trapped(error: unknown, instance: Engine, limits: ModuleLimits): unknown {
  const isFull = instance.memory.buffer.byteLength >= (limits.memoryMb - 1) * 1_048_576;
  return error instanceof webAssembly.RuntimeError && isFull ? outOfMemory(limits) : error;
}
