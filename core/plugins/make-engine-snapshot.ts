import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PluginManifest } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { loadEngine } from '../translate/engine.ts';
import { type EngineCode, type EngineModule, openEngineModule } from '../translate/engine-module.ts';
import { hashCode, hashEngine, readSnapshot, writeSnapshot } from '../translate/engine-snapshot.ts';
import { clampMemory, engineMb } from '../translate/wasm-limits.ts';
import { webAssembly } from '../translate/web-assembly.ts';
import { limitsOf } from './load-plugin.ts';
import type { FolderContent } from './read-folder.ts';
import { openStaging } from './stage.ts';

export interface MadeEngineSnapshot {
  /** The content of `plugin.snapshot`. The same plugin and gateway give the same bytes. */
  file: Buffer;
  /** Of one instance. */
  memoryBytes: number;
  /** What it took to load the plugin from its code, and from the snapshot, in milliseconds. */
  codeMs: number;
  snapshotMs: number;
}

/**
 * Loads a plugin's JavaScript in the sandbox's engine, as a gateway of this version would, and takes its memory. Throws
 * GW_PLUGIN_LOAD when it does not load.
 */
export async function makeEngineSnapshot(
  manifest: PluginManifest,
  content: FolderContent,
  onEngineBuild: () => void,
): Promise<MadeEngineSnapshot> {
  const code = await bundle(manifest, content);
  const limits = limitsOf(manifest);
  const memoryMb = engineMb(limits.memoryMb);
  const bytes = await loadEngine(onEngineBuild);
  const engine = await webAssembly.compile(clampMemory(bytes, memoryMb));
  const open = (given: EngineCode) => openEngineModule(engine, given, limits, () => undefined);
  try {
    const text = code.toString('utf8');
    const { snapshot, memoryBytes } = await open({ code: text });
    const key = { engine: hashEngine(bytes), code: hashCode(code), memoryMb };
    const file = await writeSnapshot(snapshot, key);
    const read = await readSnapshot(file, key);
    // The first one paid for what the machine had to warm up.
    const codeMs = await timeOf(() => open({ code: text }));
    const snapshotMs = await timeOf(() => open({ code: text, snapshot: read }));
    return { file, memoryBytes, codeMs, snapshotMs };
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new GatewayError('GW_PLUGIN_LOAD', { plugin: manifest.id, reason }, { cause });
  }
}

/** Byte for byte what a gateway stages: a snapshot fits nothing else. */
async function bundle(manifest: PluginManifest, content: FolderContent): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-snapshot-'));
  try {
    return readFileSync(await openStaging(directory).stage(manifest, content));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function timeOf(open: () => Promise<EngineModule>): Promise<number> {
  const startedAt = performance.now();
  const opened = await open();
  const took = performance.now() - startedAt;
  opened.close();
  return took;
}
