import type { Environment } from '../config/environment.ts';
import type { GatewaySettings } from '../config/settings.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Runner } from '../translate/runner.ts';
import { chooseProviders } from './choose-providers.ts';
import { configureProvider } from './configure-provider.ts';
import { checkPluginConfig } from './plugin-config.ts';
import type {
  LoadedDialect,
  LoadedPlugin,
  LoadedProvider,
  PluginReport,
  ProviderReport,
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
}

/** Puts plugins and settings together. What does not fit is reported and left out; nothing here is fatal. */
export async function buildSnapshot(input: SnapshotInput): Promise<Snapshot> {
  const { generation, settings, environment, plugins, reports, runner } = input;
  const dialects = await buildDialects(plugins, settings);
  const choice = chooseProviders(settings, plugins, environment);
  const providers = new Map<string, LoadedProvider>();
  const providerReports: ProviderReport[] = [];
  for (const { name, reason } of choice.unknown) providerReports.push({ name, state: 'failed', reason });
  for (const name of choice.off)
    providerReports.push({ name, state: 'off', reason: 'turned off in gateway.yaml' });
  for (const { name, declaration, plugin, settings: own, reason } of choice.chosen) {
    const checked = await checkPluginConfig(plugin.manifest, own.config);
    const [fault] = checked.faults;
    const problem =
      fault === undefined ? explainDialect(declaration.dialect, dialects) : showFault(name, fault);
    const provider =
      problem ??
      attempt(() =>
        configureProvider({
          name,
          declaration,
          plugin,
          settings: own,
          config: checked.config,
          environment,
          reason,
        }),
      );
    if (typeof provider === 'string') providerReports.push({ name, state: 'failed', reason: provider });
    else {
      providers.set(name, provider);
      providerReports.push({ name, state: 'on', reason });
    }
  }
  return {
    generation,
    settings,
    plugins: new Map(plugins.map((plugin) => [plugin.id, plugin])),
    dialects,
    providers,
    reports,
    providerReports,
    runner,
  };
}

async function buildDialects(
  plugins: readonly LoadedPlugin[],
  settings: GatewaySettings,
): Promise<Map<string, LoadedDialect>> {
  const dialects = new Map<string, LoadedDialect>();
  for (const plugin of plugins) {
    const { manifest, module } = plugin;
    if (module === null || manifest.dialects === undefined) continue;
    const { config } = await checkPluginConfig(manifest, settings.plugins.config[plugin.id] ?? {});
    for (const declaration of manifest.dialects) {
      dialects.set(declaration.id, { id: declaration.id, declaration, plugin, module, config });
    }
  }
  return dialects;
}

function explainDialect(
  id: string | undefined,
  dialects: ReadonlyMap<string, LoadedDialect>,
): string | undefined {
  if (id === undefined) return undefined;
  const dialect = dialects.get(id);
  if (dialect === undefined) return `no loaded plugin has its dialect '${id}'`;
  return dialect.declaration.roles.includes('outbound')
    ? undefined
    : `its dialect '${id}' is only for clients, it has no outbound role`;
}

function showFault(
  name: string,
  fault: { path: readonly (string | number)[]; message: string; suggestion?: string },
): string {
  const path = ['providers', name, 'config', ...fault.path].join('.');
  const hint = fault.suggestion === undefined ? '' : `; did you mean '${fault.suggestion}'?`;
  return `${path}: ${fault.message}${hint}`;
}

function attempt<Result>(work: () => Result): Result | string {
  try {
    return work();
  } catch (error) {
    if (GatewayError.is(error)) return error.message;
    throw error;
  }
}
