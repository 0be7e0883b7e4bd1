import type { Environment } from '../config/environment.ts';
import { showPath } from '../config/load.ts';
import type { GatewaySettings } from '../config/settings.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { type ChosenProvider, chooseProviders } from './choose-providers.ts';
import { configureProvider } from './configure-provider.ts';
import { checkPluginConfig } from './plugin-config.ts';
import type {
  LoadedDialect,
  LoadedPlugin,
  LoadedProvider,
  ProviderReport,
  SettingsProblem,
} from './snapshot.ts';

export interface BuiltProviders {
  providers: Map<string, LoadedProvider>;
  reports: ProviderReport[];
  problems: SettingsProblem[];
}

/** Every provider that is on, by name, and why the others are not. */
export async function buildProviders(
  settings: GatewaySettings,
  plugins: readonly LoadedPlugin[],
  dialects: ReadonlyMap<string, LoadedDialect>,
  environment: Environment,
): Promise<BuiltProviders> {
  const built: BuiltProviders = { providers: new Map(), reports: [], problems: [] };
  const choice = chooseProviders(settings, plugins, environment);
  for (const name of choice.off) {
    built.reports.push({ name, state: 'off', reason: 'turned off in gateway.yaml' });
  }
  for (const { name, problem } of choice.unknown) fail(built, name, [problem]);
  for (const chosen of choice.chosen) {
    const { name, reason } = chosen;
    const result = await buildProvider(chosen, dialects, environment);
    if (Array.isArray(result)) fail(built, name, result);
    else {
      built.providers.set(name, result);
      built.reports.push({ name, state: 'on', reason });
    }
  }
  return built;
}

async function buildProvider(
  chosen: ChosenProvider,
  dialects: ReadonlyMap<string, LoadedDialect>,
  environment: Environment,
): Promise<LoadedProvider | SettingsProblem[]> {
  const { name, declaration, plugin, settings } = chosen;
  const { config, faults } = await checkPluginConfig(
    plugin.manifest,
    settings.config,
    // As with keys: another manifest could name any variable, and send it to a host of its own.
    plugin.bundled ? environment : {},
  );
  if (faults.length > 0) {
    return faults.map((fault) => ({
      ...fault,
      severity: 'error',
      path: ['providers', name, 'config', ...fault.path],
    }));
  }
  try {
    const problem =
      explainDialect(declaration.dialect, dialects) ?? configureProvider({ ...chosen, config, environment });
    if (typeof problem !== 'string') return problem;
    return [{ severity: 'error', path: ['providers', name], part: 'key', message: problem }];
  } catch (error) {
    if (GatewayError.is(error)) return [explainError(error, name)];
    throw error;
  }
}

/** An error that names a place in the provider's own block points at it. */
function explainError({ message, details }: GatewayError, name: string): SettingsProblem {
  const block = `providers.${name}.`;
  const place = String(details.file ?? '');
  if (!place.startsWith(block)) {
    return { severity: 'error', path: ['providers', name], part: 'key', message };
  }
  const steps = place.slice(block.length).split(/[.[\]]+/);
  const path = steps.filter((step) => step !== '').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return {
    severity: 'error',
    path: ['providers', name, ...path],
    part: 'value',
    message: String(details.reason),
  };
}

function fail(built: BuiltProviders, name: string, problems: SettingsProblem[]): void {
  built.problems.push(...problems);
  const [first] = problems;
  if (first === undefined) return;
  const { path, message, suggestion } = first;
  const where = path.length > 2 ? `${showPath(path)} ` : '';
  const hint = suggestion === undefined ? '' : `; did you mean '${suggestion}'?`;
  built.reports.push({ name, state: 'failed', reason: `${where}${message}${hint}` });
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
