import type { Environment } from '../config/environment.ts';
import type { GatewaySettings } from '../config/settings.ts';
import type { Runner } from '../translate/runner.ts';
import { buildProviders } from './build-providers.ts';
import { isOpenToAll } from './discover.ts';
import { findLooseNames } from './loose-names.ts';
import { checkPluginConfig } from './plugin-config.ts';
import type {
  FoundModels,
  LoadedDialect,
  LoadedPlugin,
  PluginReport,
  SettingsProblem,
  Snapshot,
} from './snapshot.ts';

export interface SnapshotInput {
  generation: number;
  settings: GatewaySettings;
  environment: Environment;
  /** Free of conflicts, in the order they were taken in. */
  plugins: readonly LoadedPlugin[];
  reports: readonly PluginReport[];
  runner: Runner;
  found?: FoundModels;
  /** There or not. */
  lockFile: string;
}

/** Puts plugins and settings together. What does not fit is reported and left out; nothing here is fatal. */
export async function buildSnapshot(input: SnapshotInput): Promise<Snapshot> {
  const { generation, settings, environment, plugins, reports, runner, found } = input;
  const { dialects, problems } = await buildDialects(plugins, settings);
  const built = await buildProviders(settings, plugins, dialects, environment);
  problems.push(...built.problems, ...findLooseNames(settings, reports, built.providers));
  problems.push(...findOpenPlaces(settings, plugins, input.lockFile));
  return {
    generation,
    settings,
    plugins: new Map(plugins.map((plugin) => [plugin.id, plugin])),
    dialects,
    providers: built.providers,
    reports,
    providerReports: built.reports,
    problems,
    runner,
    ...(found === undefined ? {} : { found }),
  };
}

/**
 * What lets anybody on the machine add code. In locked mode that is the lock alone: nothing starts that was not accepted,
 * whoever put it there.
 */
function findOpenPlaces(
  { plugins }: GatewaySettings,
  loaded: readonly LoadedPlugin[],
  lockFile: string,
): SettingsProblem[] {
  const dropped = loaded.filter(({ bundled }) => !bundled).map(({ directory }) => directory);
  const folders = plugins.mode === 'locked' ? [] : [...plugins.dirs, ...dropped];
  return [lockFile, ...folders].filter(isOpenToAll).map((place) => ({
    severity: 'warning',
    path: ['plugins', place === lockFile ? 'mode' : 'dirs'],
    part: 'value',
    message: `every user of this machine can write to ${place}, and so decide what the gateway loads (chmod o-w)`,
  }));
}

async function buildDialects(
  plugins: readonly LoadedPlugin[],
  settings: GatewaySettings,
): Promise<{ dialects: Map<string, LoadedDialect>; problems: SettingsProblem[] }> {
  const dialects = new Map<string, LoadedDialect>();
  const problems: SettingsProblem[] = [];
  for (const plugin of plugins) {
    const { manifest, module } = plugin;
    if (module === null || manifest.dialects === undefined) continue;
    let { config, faults } = await checkPluginConfig(manifest, settings.plugins.config[plugin.id] ?? {});
    for (const fault of faults) {
      problems.push({ ...fault, severity: 'error', path: ['plugins', 'config', plugin.id, ...fault.path] });
    }
    // A slip in gateway.yaml must not take the dialect from its clients: it works with its defaults.
    if (faults.length > 0) ({ config, faults } = await checkPluginConfig(manifest, {}));
    for (const declaration of manifest.dialects) {
      dialects.set(declaration.id, { id: declaration.id, declaration, plugin, module, config });
    }
  }
  return { dialects, problems };
}
