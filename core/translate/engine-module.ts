import {
  bootEngine,
  type Engine,
  type EngineSnapshot,
  instantiateEngine,
  putText,
  restoreSnapshot,
  takeSnapshot,
} from './engine-instance.ts';
import { explainMissing } from './explain-missing.ts';
import { SandboxLimit } from './extism-host.ts';
import type { ModuleLimits } from './runner.ts';
import { type NoteInstance, type SandboxedModule, SandboxTimeout } from './sandboxed-module.ts';
import { type WasmModule, webAssembly } from './web-assembly.ts';

/** Code in an engine: the text of a CommonJS file, and the memory an engine had that loaded it before, if it is at hand. */
export interface EngineCode {
  code: string;
  snapshot?: EngineSnapshot;
}
export interface EngineModule extends SandboxedModule {
  /** An engine as it was when it had loaded the code. */
  readonly snapshot: EngineSnapshot;
}

/** Memory an engine may gain before it is given up: it can grow, but never shrink. */
const mostGrowth = 4 * 1_048_576;
const mostCalls = 10_000;
const loadLimitMs = 4_000;
/** The clock as it was: the laws watch who asks for the time while they try a plugin, and that is not us. */
const nowMs: () => number = performance.now.bind(performance);
const decoder = new TextDecoder();

/**
 * An ordinary JavaScript plugin in the engine. It is loaded once on each thread; every exchange then begins with the
 * memory as it was at that moment, so that nothing a call left behind reaches the next.
 *
 * A given snapshot takes the place of loading. What is in it is as little to be trusted as the code: it can make the
 * engine do what a module in WebAssembly could that imports `interrupt` and nothing else, which is no more than such
 * plugins may do anyway.
 */
export async function openEngineModule(
  engine: WasmModule,
  { code, snapshot: given }: EngineCode,
  limits: ModuleLimits,
  note: NoteInstance,
): Promise<EngineModule> {
  let deadline = Number.POSITIVE_INFINITY;
  let isOverdue = false;
  let current: Engine | undefined;
  let spare: Promise<Engine> | undefined;
  let owner = '';
  let calls = 0;

  function interrupt(): number {
    if (nowMs() < deadline) return 0;
    isOverdue = true;
    return 1;
  }
  async function instantiate(): Promise<Engine> {
    const made = await instantiateEngine(engine, interrupt);
    note('created');
    return made;
  }
  async function make(): Promise<Engine> {
    const made = await instantiate();
    restoreSnapshot(made, snapshot);
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
  function renew(instance: Engine): void {
    const grown = instance.memory.buffer.byteLength - memoryBytes;
    if (calls >= mostCalls || grown > mostGrowth) giveUp('recycled');
    else restoreSnapshot(instance, snapshot);
  }
  function run(instance: Engine, text: string): string {
    isOverdue = false;
    const place = putText(instance, text);
    if (place === null) throw outOfMemory(limits);
    const status = instance.run(...place);
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
  /** Asks for the names of its functions, with a text of `engine-prelude.ts`. */
  function ask(instance: Engine, text: string): Record<string, string[]> {
    deadline = nowMs() + loadLimitMs;
    const reply = JSON.parse(run(instance, text)) as LoadReply;
    if (!reply.ok) throw new Error(explainMissing(reply.error.message));
    return reply.output;
  }
  function load(instance: Engine): Record<string, string[]> {
    bootEngine(instance, limits.memoryMb);
    return ask(instance, `L${code}`);
  }
  function wake(instance: Engine, before: EngineSnapshot): Record<string, string[]> {
    try {
      restoreSnapshot(instance, before);
      return ask(instance, 'F');
    } catch (cause) {
      const why = (cause as Error).message;
      throw new Error(`its plugin.snapshot does not run (${why}): make it again, or delete it`, { cause });
    }
  }

  const first = await instantiate();
  const functions = given === undefined ? load(first) : wake(first, given);
  const snapshot = given ?? takeSnapshot(first);
  const memoryBytes = first.memory.buffer.byteLength;
  current = first;
  return {
    functions,
    memoryBytes,
    snapshot,
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
    },
  };
}

type LoadReply = { ok: true; output: Record<string, string[]> } | { ok: false; error: { message: string } };

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
