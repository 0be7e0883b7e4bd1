import { createPlugin } from '@extism/extism';
import { createExchanged, type Exchanged, hostFunctions, SandboxLimit, viewOf } from './extism-host.ts';
import { inertWasi, wasiModule } from './inert-wasi.ts';
import type { ModuleLimits } from './runner.ts';
import type { NoteInstance, SandboxedModule } from './sandboxed-module.ts';
import { extismHost } from './wasm-limits.ts';
import { type WasmMemory, type WasmModule, webAssembly } from './web-assembly.ts';

interface Instance {
  exchanged: Exchanged;
  memory: WasmMemory | undefined;
  translate(): unknown;
  /** Lets go of the blocks the last call left in the host. */
  reset(): void;
}

/** Streams at one time that find their instance again. */
const mostOwned = 256;

interface Exports {
  memory?: WasmMemory;
  _initialize?(): void;
  translate(): unknown;
}

/**
 * A third party's Extism module. What a module remembers between calls can be anywhere in it, so every exchange gets an
 * instance of its own, which streams keep as long as there is room; a spare one is made while the thread has nothing to
 * do. `candidates` are the functions it may
 * have; one it lacks answers `unsupported`.
 */
export async function openWasmModule(
  module: WasmModule,
  limits: ModuleLimits,
  candidates: Readonly<Record<string, readonly string[]>>,
  note: NoteInstance,
): Promise<SandboxedModule> {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  /** Of streams, by exchange, the one that was used last at the end. */
  const owned = new Map<string, Instance>();
  let spare: Promise<Instance> | undefined;
  let current: Instance | undefined;
  let owner = '';
  /** Whether the current one is among those owned. */
  let isKept = false;

  async function make(): Promise<Instance> {
    const exchanged = createExchanged();
    const functions = hostFunctions(exchanged, {
      mostAllocated: limits.memoryMb * 1_048_576 + 1_024 * (limits.maxInputKb + limits.maxOutputKb),
      mostOutput: limits.maxOutputKb * 1_024,
    });
    let memory: WasmMemory | undefined;
    const wasi = { [wasiModule]: inertWasi(() => memory) };
    const plugin = await createPlugin(
      { wasm: [{ module, name: 'main' }] },
      { useWasi: false, runInWorker: false, functions: { [extismHost]: functions, ...wasi } },
    );
    const exports = (await plugin.getInstance('main')).exports as unknown as Exports;
    memory = exports.memory;
    // Extism calls it only together with WASI.
    exports._initialize?.();
    note('created');
    return {
      exchanged,
      memory,
      translate: exports.translate,
      reset: () => void plugin.reset(),
    };
  }
  async function next(exchange: string, isStream: boolean): Promise<void> {
    if (current !== undefined && !isKept) note('recycled');
    current = undefined;
    const made = spare ?? make();
    spare = undefined;
    current = await made;
    isKept = isStream;
    if (!isStream) return;
    owned.set(exchange, current);
    giveUpOldest();
  }
  /** All of a module's instances together may hold on to no more than one may have. */
  function giveUpOldest(): void {
    let bytes = 0;
    for (const instance of owned.values()) bytes += memoryOf(instance);
    for (const [exchange, instance] of owned) {
      if (owned.size <= mostOwned && bytes <= limits.memoryMb * 1_048_576) return;
      if (instance === current) return;
      owned.delete(exchange);
      bytes -= memoryOf(instance);
      note('recycled');
    }
  }
  function run(instance: Instance, request: string): string {
    const { exchanged } = instance;
    exchanged.input = viewOf(encoder.encode(request));
    exchanged.output = undefined;
    exchanged.error = undefined;
    exchanged.allocated = 0;
    const status = instance.translate();
    if (exchanged.error !== undefined) throw new Error(decoder.decode(exchanged.error));
    if (status !== 0 && status !== undefined) throw new Error(`translate returned ${String(status)}`);
    if (exchanged.output === undefined) throw new Error('translate gave no output');
    const text = decoder.decode(exchanged.output);
    instance.reset();
    return text;
  }
  const sandboxed = {
    functions: {} as Record<string, string[]>,
    memoryBytes: 0,
    ready(exchange: string, isStream = false) {
      if (current !== undefined && owner === exchange) return undefined;
      owner = exchange;
      const known = owned.get(exchange);
      if (known === undefined) return next(exchange, isStream);
      owned.delete(exchange);
      owned.set(exchange, known);
      if (current !== undefined && !isKept) note('recycled');
      current = known;
      isKept = true;
      return undefined;
    },
    call(request: string) {
      const instance = current;
      if (instance === undefined) throw new Error('there is no instance');
      try {
        const reply = run(instance, request);
        spare ??= makeSpare();
        return reply;
      } catch (error) {
        owned.delete(owner);
        current = undefined;
        note('discarded');
        throw readable(error, instance.memory, limits.memoryMb);
      }
    },
    close() {
      owned.clear();
      current = undefined;
      spare = undefined;
    },
  } satisfies SandboxedModule;
  function makeSpare(): Promise<Instance> {
    const made = make();
    // Whoever takes it hears of the failure.
    made.catch(() => undefined);
    return made;
  }

  for (const [target, names] of Object.entries(candidates)) {
    for (const name of names) {
      await sandboxed.ready(`${target} ${name}`);
      if (hasFunction(sandboxed, target, name))
        sandboxed.functions[target] = [...(sandboxed.functions[target] ?? []), name];
    }
  }
  owned.clear();
  await sandboxed.ready('');
  sandboxed.memoryBytes = memoryOf(current);
  return sandboxed;
}

function memoryOf(instance: Instance | undefined): number {
  return instance?.memory?.buffer.byteLength ?? 0;
}

/** Asks with an input no function can use: one that is there says so, or fails over it. */
function hasFunction(sandboxed: SandboxedModule, target: string, name: string): boolean {
  const context = {
    requestId: 'probe',
    now: 0,
    operation: 'chat',
    model: { id: '', input: [], output: [], features: [] },
    config: {},
    provider: { id: '', family: '', dialect: '', options: {} },
    client: { dialect: '' },
  };
  try {
    const reply: unknown = JSON.parse(
      sandboxed.call(JSON.stringify({ abi: 1, target, function: name, input: null, context })),
    );
    return (reply as { error?: { code?: unknown } } | null)?.error?.code !== 'unsupported';
  } catch {
    return true;
  }
}

/** A guest's exit under WASI is thrown as a symbol, and a trap says where it was in words nobody needs. */
function readable(error: unknown, memory: WasmMemory | undefined, memoryMb: number): Error {
  if (error instanceof SandboxLimit) return error;
  // A module that is refused memory can only trap.
  const isFull = (memory?.buffer.byteLength ?? 0) >= (memoryMb - 1) * 1_048_576;
  if (error instanceof webAssembly.RuntimeError && isFull) {
    return new SandboxLimit(`it needed more than its ${memoryMb} MB of memory (limits.memoryMb)`);
  }
  if (error instanceof RangeError && /stack/i.test(error.message)) return new Error('it recursed too deeply');
  if (error instanceof Error) return error;
  return new Error(String(error));
}
