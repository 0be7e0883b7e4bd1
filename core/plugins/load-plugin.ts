import { dirname, join } from 'node:path';
import type { PluginManifest } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { ModuleLimits, ModuleRef } from '../translate/runner.ts';
import type { FoundFolder } from './discover.ts';
import { candidatesOf, loadChecked } from './load-module.ts';
import { snapshotFile } from './manifest.ts';
import type { GrantedTier } from './policy.ts';
import type { FolderContent } from './read-folder.ts';
import type { LoadedPlugin } from './snapshot.ts';
import type { CodeKind, Staging } from './stage.ts';

export interface LoadPluginOptions {
  staging: Staging;
  /**
   * Take code that ships with the gateway from where it lies, if no copy of it is there yet: at start nobody should wait
   * for esbuild.
   */
  direct: boolean;
}

/** Hash of the content with which a file was imported; a second import of it would give the same code again. */
const imported = new Map<string, string>();

/** An accepted folder, with its code staged and loaded. Throws GW_PLUGIN_LOAD. */
export async function loadPlugin(
  folder: FoundFolder,
  manifest: PluginManifest,
  content: FolderContent,
  tier: GrantedTier,
  { staging, direct }: LoadPluginOptions,
): Promise<LoadedPlugin> {
  const { id } = manifest;
  const plugin = { id, manifest, directory: folder.directory, hash: content.hash, bundled: folder.bundled };
  if (tier === 'manifest') return { ...plugin, module: null };
  const name = staging.nameOf(id, content);
  const common = { id: name, plugin: id, tier, limits: limitsOf(manifest), checked: !folder.bundled };
  if (tier === 'sandbox' && manifest.runtime?.wasm !== undefined) {
    const file = staging.find(name, 'wasm') ?? (await stage(manifest, content, staging, 'wasm'));
    const { wasi } = manifest.runtime;
    return {
      ...plugin,
      module: { ...common, file, format: 'wasm', wasi, candidates: candidatesOf(manifest) },
    };
  }
  const known = staging.find(name);
  const source = join(folder.realPath, manifest.runtime?.js ?? '');
  const isFresh = (imported.get(source) ?? content.hash) === content.hash;
  let module: ModuleRef;
  if (known === null && direct && folder.bundled && tier === 'inline' && isFresh) {
    imported.set(source, content.hash);
    module = { ...common, file: source, format: 'esm' };
  } else {
    const file = known ?? (await stage(manifest, content, staging));
    const hasSnapshot = tier === 'sandbox' && content.files.has(snapshotFile);
    const snapshot = hasSnapshot ? join(dirname(file), snapshotFile) : undefined;
    module = { ...common, file, format: 'cjs', snapshot };
  }
  return { ...plugin, module: await loadChecked(manifest, module) };
}

/** The same plugin with its code in a staged copy, for threads that start later. Its loaded functions stay. */
export async function stageLoaded(
  plugin: LoadedPlugin,
  content: FolderContent,
  staging: Staging,
): Promise<LoadedPlugin> {
  if (plugin.module === null || plugin.module.format === 'cjs') return plugin;
  const file = await stage(plugin.manifest, content, staging);
  return { ...plugin, module: { ...plugin.module, file, format: 'cjs' } };
}

async function stage(
  manifest: PluginManifest,
  content: FolderContent,
  staging: Staging,
  kind?: CodeKind,
): Promise<string> {
  try {
    return await staging.stage(manifest, content, kind);
  } catch (error) {
    if (GatewayError.is(error)) throw error;
    const reason = `it could not be copied to ${staging.directory}: ${(error as Error).message}`;
    throw new GatewayError('GW_PLUGIN_LOAD', { plugin: manifest.id, reason }, { cause: error });
  }
}

/** With the defaults of what the manifest leaves open. */
export function limitsOf({ limits = {} }: PluginManifest): ModuleLimits {
  return {
    memoryMb: limits.memoryMb ?? 64,
    timeoutMs: limits.timeoutMs ?? 1000,
    maxInputKb: limits.maxInputKb ?? 32_768,
    maxOutputKb: limits.maxOutputKb ?? 32_768,
    maxStateKb: limits.maxStateKb ?? 64,
  };
}
