import { createPlugin } from '@extism/extism';
import { preludeText } from './engine-prelude.ts';
import { engineMb } from './wasm-limits.ts';
import type { WasmGlobal, WasmMemory, WasmModule } from './web-assembly.ts';

/** What `scripts/engine/shim.ts` exports. Places and lengths are in bytes of `memory`. */
export interface Engine {
  memory: WasmMemory;
  __stack_pointer: WasmGlobal;
  entry: WasmGlobal;
  result: WasmGlobal;
  /** Makes the JavaScript runtime. */
  start(): void;
  /** Most bytes JavaScript may hold; more is an error in the script. */
  limit(bytes: number): void;
  /** A place for a text of so many bytes, which `boot` or `run` takes over. 0: there is no room. */
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
/** An engine as it is between two calls: its memory above the stack, which is empty then, and its registers. */
export interface EngineSnapshot {
  readonly memory: Uint8Array;
  readonly entry: number;
  readonly result: number;
}

/** JavaScript is refused memory before the engine is, so that it can still say so. */
const reserveMb = 2;
const encoder = new TextEncoder();

/** A new engine. `interrupt` is the one thing it can ask of its host: not 0 when it has to stop. */
export async function instantiateEngine(engine: WasmModule, interrupt: () => number): Promise<Engine> {
  const plugin = await createPlugin(
    { wasm: [{ module: engine, name: 'main' }] },
    { useWasi: false, runInWorker: false, functions: { 'dragoman:engine': { interrupt } } },
  );
  return (await plugin.getInstance('main')).exports as unknown as Engine;
}

/** Makes it ready to load a plugin that may have `memoryMb`. */
export function bootEngine(instance: Engine, memoryMb: number): void {
  instance.start();
  instance.limit((engineMb(memoryMb) - reserveMb) * 1_048_576);
  const place = putText(instance, preludeText);
  if (place === null || instance.boot(...place) !== 0) throw new Error('the engine does not start');
}

/** Where the text is now, and its length in bytes. Null: there is no room for it. */
export function putText(instance: Engine, text: string): [at: number, length: number] | null {
  const bytes = encoder.encode(text);
  const at = instance.reserve(bytes.length);
  if (at === 0) return null;
  new Uint8Array(instance.memory.buffer).set(bytes, at);
  return [at, bytes.length];
}

export function takeSnapshot(instance: Engine): EngineSnapshot {
  const memory = new Uint8Array(instance.memory.buffer, instance.__stack_pointer.value).slice();
  return { memory, entry: instance.entry.value, result: instance.result.value };
}

/** Only between two calls. Throws a RangeError when the memory may not grow so far. */
export function restoreSnapshot(instance: Engine, snapshot: EngineSnapshot): void {
  const from = instance.__stack_pointer.value;
  const missing = from + snapshot.memory.byteLength - instance.memory.buffer.byteLength;
  if (missing > 0) instance.memory.grow(missing / 65_536);
  new Uint8Array(instance.memory.buffer).set(snapshot.memory, from);
  instance.entry.value = snapshot.entry;
  instance.result.value = snapshot.result;
}
