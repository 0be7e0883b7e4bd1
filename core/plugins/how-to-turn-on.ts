import type { ProviderDeclaration } from '@dragoman/plugin-sdk';
import { variablesOf } from '../credentials/environment.ts';
import type { LoadedPlugin, Snapshot } from './snapshot.ts';

/** What to do for a provider that is not on. Variables are read for plugins that ship with the gateway, and only without a list. */
export function howToTurnOn(
  declaration: ProviderDeclaration,
  plugin: LoadedPlugin,
  { settings }: Pick<Snapshot, 'settings'>,
): string {
  const schemes = declaration.auth ?? [];
  const ways = variablesOf(schemes);
  const isByVariable = plugin.bundled && settings.providers === undefined && ways.length > 0;
  if (isByVariable) return `set ${ways.join(' or ')}`;
  const [variable] = schemes.flatMap((scheme) => (scheme.type === 'api-key' ? (scheme.env ?? []) : []));
  const key = variable === undefined ? '' : ` with credentials, e.g. key: '\${${variable}}'`;
  return `list it under providers: of gateway.yaml${key}`;
}

/** Why a provider of this name is not on, and what to do; undefined when nobody knows such a provider. */
export function whyNotOn(name: string, snapshot: Snapshot): string | undefined {
  const report = snapshot.providerReports.find((each) => each.name === name);
  if (report !== undefined) return report.reason;
  for (const plugin of snapshot.plugins.values()) {
    const declaration = plugin.manifest.providers?.find(({ id }) => id === name);
    if (declaration !== undefined) return howToTurnOn(declaration, plugin, snapshot);
  }
  return undefined;
}
