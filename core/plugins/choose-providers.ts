import type { ProviderDeclaration } from '@dragoman/plugin-sdk';
import type { Environment } from '../config/environment.ts';
import type { GatewaySettings, ProviderSettings } from '../config/settings.ts';
import { suggest } from '../config/suggest.ts';
import { findInEnvironment } from '../credentials/environment.ts';
import type { LoadedPlugin, SettingsProblem } from './snapshot.ts';

export interface ChosenProvider {
  name: string;
  declaration: ProviderDeclaration;
  plugin: LoadedPlugin;
  settings: ProviderSettings;
  reason: string;
}
export interface Choice {
  chosen: ChosenProvider[];
  /** Named in gateway.yaml and not to be had. */
  unknown: { name: string; problem: SettingsProblem }[];
  /** Turned off in gateway.yaml. */
  off: string[];
}

/**
 * Which providers are on. Those listed in gateway.yaml; without a list every bundled one whose environment variable is
 * set, and every provider of a dropped-in folder that needs no key. A bundled local provider is on unless it is turned
 * off: it needs nothing and nobody is asked.
 */
export function chooseProviders(
  settings: GatewaySettings,
  plugins: Iterable<LoadedPlugin>,
  environment: Environment,
): Choice {
  const declared = new Map<string, { declaration: ProviderDeclaration; plugin: LoadedPlugin }>();
  for (const plugin of plugins) {
    for (const declaration of plugin.manifest.providers ?? [])
      declared.set(declaration.id, { declaration, plugin });
  }
  const choice: Choice = { chosen: [], unknown: [], off: [] };
  const listed = settings.providers ?? {};
  for (const [name, provider] of Object.entries(listed)) {
    const found = declared.get(provider.use);
    if (!provider.enabled) choice.off.push(name);
    else if (found === undefined) {
      choice.unknown.push({ name, problem: explainUnknown(name, provider.use, declared.keys()) });
    } else choice.chosen.push({ name, ...found, settings: provider, reason: 'configured' });
  }
  for (const [id, { declaration, plugin }] of declared) {
    if (listed[id] !== undefined) continue;
    const reason = reasonUnlisted(declaration, plugin, settings, environment);
    if (reason === undefined) continue;
    choice.chosen.push({ name: id, declaration, plugin, settings: defaultProvider(id), reason });
  }
  return choice;
}

/** Why a provider that gateway.yaml does not name is on; undefined when it is not. */
function reasonUnlisted(
  declaration: ProviderDeclaration,
  plugin: LoadedPlugin,
  settings: GatewaySettings,
  environment: Environment,
): string | undefined {
  const isLocal = declaration.transport === 'local';
  if (plugin.bundled && isLocal) return 'always on';
  if (settings.providers !== undefined) return undefined;
  if (plugin.bundled) return findInEnvironment(declaration.auth ?? [], environment)?.variable;
  const needsKey = !isLocal && declaration.auth?.every((scheme) => scheme.type !== 'none') !== false;
  return needsKey ? undefined : 'dropped in, needs no key';
}

function explainUnknown(name: string, use: string, ids: Iterable<string>): SettingsProblem {
  const close = suggest(use, ids);
  const problem: SettingsProblem = {
    severity: 'error',
    path: use === name ? ['providers', name] : ['providers', name, 'use'],
    part: use === name ? 'key' : 'value',
    message: `no loaded plugin has a provider '${use}'`,
  };
  return close === undefined ? problem : { ...problem, suggestion: close };
}

/** What a provider has that gateway.yaml does not name. The figures are the schema's. */
function defaultProvider(id: string): ProviderSettings {
  return {
    use: id,
    enabled: true,
    allowPrivate: false,
    credentials: [],
    models: [],
    discover: true,
    headers: {},
    timeouts: { connectMs: 10_000, idleMs: 300_000 },
    retries: 2,
    config: {},
  };
}
