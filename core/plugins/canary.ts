import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { GatewaySettings } from '../config/settings.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { ConformJob, ConformReport } from '../translate/conform.ts';
import type { ModuleRef } from '../translate/runner.ts';
import { checkPluginConfig } from './plugin-config.ts';
import type { LoadedPlugin } from './snapshot.ts';

/** A runner that can hold a module to the laws, away from this thread. */
export interface CanaryRunner {
  conform(module: ModuleRef, job: ConformJob): Promise<ConformReport>;
}

/**
 * Runs a new version's own fixtures, where no request sees it yet, and gives how many there were. Throws
 * GW_PLUGIN_CANARY naming the fixture and the law that failed.
 */
export async function runCanary(
  plugin: LoadedPlugin,
  module: ModuleRef,
  runner: CanaryRunner,
  { canary, config }: GatewaySettings['plugins'],
): Promise<number> {
  const job = await buildJob(plugin, module, canary.timeoutMs, config[plugin.id] ?? {});
  if (job === null) return 0;
  const { fixtures, problem } = await runner.conform(module, job);
  if (problem === undefined) return fixtures;
  const { version } = plugin.manifest;
  throw new GatewayError('GW_PLUGIN_CANARY', { plugin: plugin.id, version, reason: problem });
}

/** What is to be checked; null when the folder brings nothing for it. */
async function buildJob(
  { manifest }: LoadedPlugin,
  module: ModuleRef,
  budgetMs: number,
  given: GatewaySettings['plugins']['config'][string],
): Promise<ConformJob | null> {
  const folder = join(dirname(module.file), 'fixtures');
  if (manifest.dialects === undefined || module.format === 'esm' || !existsSync(folder)) return null;
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort();
  if (files.length === 0) return null;
  let { config, faults } = await checkPluginConfig(manifest, given);
  if (faults.length > 0) ({ config, faults } = await checkPluginConfig(manifest, {}));
  const dialects = manifest.dialects.map(({ id }) => {
    const provider = manifest.providers?.find(({ dialect }) => dialect === id);
    return { id, family: provider?.family ?? provider?.id ?? id, config };
  });
  return { folder, files, dialects, budgetMs };
}
