import { readFile } from 'node:fs/promises';
import type { Log } from '../observe/log.ts';
import { loadEngine } from './engine.ts';
import type { EngineSnapshot } from './engine-instance.ts';
import { hashCode, hashEngine, readSnapshot, type SnapshotKey } from './engine-snapshot.ts';
import type { ShippedModule } from './pool-messages.ts';
import type { ModuleRef } from './runner.ts';
import { checkInterface, clampMemory, engineMb, limitModule } from './wasm-limits.ts';
import { type WasmModule, webAssembly } from './web-assembly.ts';

/** What a thread of the sandbox needs of a module. */
export type PackedModule = Pick<ShippedModule, 'wasm' | 'code' | 'snapshot'>;
export interface Packer {
  /** Reads and compiles it; throws a plain error that says what is wrong with it. */
  pack(module: ModuleRef): Promise<PackedModule>;
  /** Lets go of compiled engines. */
  clear(): void;
}
interface CompiledEngine {
  wasm: WasmModule;
  hash: string;
}

export function createPacker(log: Log): Packer {
  /** By the limit of memory, which is part of a compiled engine: nearly all plugins have the same. */
  const engines = new Map<number, Promise<CompiledEngine>>();

  async function pack(module: ModuleRef): Promise<PackedModule> {
    if (module.format === 'esm') return {};
    const bytes = await readFile(module.file);
    if (module.format === 'wasm') {
      const wasm = await webAssembly.compile(limitModule(bytes, module.limits.memoryMb));
      checkInterface(wasm, module.wasi);
      return { wasm };
    }
    const code = bytes.toString('utf8');
    if (module.tier !== 'sandbox') return { code };
    const memoryMb = engineMb(module.limits.memoryMb);
    const { wasm, hash } = await engineOf(memoryMb);
    if (module.snapshot === undefined) return { wasm, code };
    const key = { engine: hash, code: hashCode(bytes), memoryMb };
    return { wasm, code, snapshot: await snapshotOf(module.plugin, module.snapshot, key) };
  }
  /** A snapshot saves time; a module without one, or with one that does not fit here, is loaded from its code. */
  async function snapshotOf(
    plugin: string,
    file: string,
    key: SnapshotKey,
  ): Promise<EngineSnapshot | undefined> {
    try {
      return await readSnapshot(await readFile(file), key);
    } catch (error) {
      const { message } = error as Error;
      log.info(`plugin '${plugin}': its plugin.snapshot is not used: ${message}; its code is loaded instead`);
      return undefined;
    }
  }
  function engineOf(memoryMb: number): Promise<CompiledEngine> {
    const known = engines.get(memoryMb);
    if (known !== undefined) return known;
    const made = compile(memoryMb);
    engines.set(memoryMb, made);
    made.catch(() => engines.delete(memoryMb));
    return made;
  }
  async function compile(memoryMb: number): Promise<CompiledEngine> {
    const bytes = await loadEngine(() =>
      log.info('making the engine of the sandbox: the first time in a clone, for some seconds'),
    );
    return { wasm: await webAssembly.compile(clampMemory(bytes, memoryMb)), hash: hashEngine(bytes) };
  }

  return { pack, clear: () => engines.clear() };
}
