import type { JsonObject, ModelDeclaration, ProviderDeclaration } from '@dragoman/plugin-sdk';
import type { Credential } from '../auth/credential.ts';
import { usableSchemes } from '../auth/drivers.ts';
import type { Environment } from '../config/environment.ts';
import type { ProviderSettings } from '../config/settings.ts';
import { resolveCredentials } from '../credentials/resolve.ts';
import type { ModuleRef } from '../translate/runner.ts';
import type { LoadedPlugin, LoadedProvider } from './snapshot.ts';
import { expandTemplate } from './template.ts';

export interface ProviderInput {
  name: string;
  declaration: ProviderDeclaration;
  plugin: LoadedPlugin;
  settings: ProviderSettings;
  /** Checked, without secrets. */
  config: JsonObject;
  environment: Environment;
  reason: string;
}

/** A provider that is on, or in words why it cannot be. Throws what `credentialsOf` does. */
export function configureProvider(input: ProviderInput): LoadedProvider | string {
  const { name, declaration, plugin, settings, config, reason } = input;
  const isLocal = declaration.transport === 'local';
  const baseUrl = isLocal ? '' : baseUrlOf(declaration, settings, config);
  if (baseUrl === null) return `it needs an address: set providers.${name}.baseUrl in gateway.yaml`;
  if (!isLocal && !URL.canParse(baseUrl)) return `its address is not valid: ${baseUrl}`;
  const credentials = isLocal ? [] : credentialsOf(input);
  const { models, aliases } = modelsOf(declaration, settings);
  return {
    name,
    declaration,
    plugin,
    family: declaration.family ?? declaration.id,
    dialect: declaration.dialect ?? '',
    options: (declaration.options as JsonObject | undefined) ?? {},
    baseUrl,
    allowPrivate: settings.allowPrivate,
    // Naming a host in gateway.yaml is the permission to call it, and the only one then.
    hosts:
      settings.baseUrl === undefined ? (plugin.manifest.permissions?.hosts ?? []) : hostsOf(settings.baseUrl),
    credentials,
    headers: settings.headers,
    timeouts: settings.timeouts,
    retries: settings.retries,
    config,
    models,
    aliases,
    discovery: isLocal || !settings.discover ? null : (declaration.models?.discover ?? null),
    adapter: isLocal ? null : adapterOf(plugin, declaration.id),
    local: isLocal ? plugin.module : null,
    reason,
  };
}

/** The module, if it has an adapter for this provider. */
function adapterOf({ module }: LoadedPlugin, id: string): ModuleRef | null {
  const names = module?.functions?.[`provider:${id}`] ?? [];
  return names.some((name) => name.startsWith('adapt')) ? module : null;
}

function baseUrlOf(
  declaration: ProviderDeclaration,
  settings: ProviderSettings,
  config: JsonObject,
): string | null {
  if (settings.baseUrl !== undefined) return settings.baseUrl.replace(/\/+$/, '');
  if (declaration.baseUrl === undefined) return null;
  return expandTemplate(declaration.baseUrl, config)?.replace(/\/+$/, '') ?? null;
}

function hostsOf(baseUrl: string): string[] {
  return URL.canParse(baseUrl) ? [new URL(baseUrl).host] : [];
}

/** Throws where gateway.yaml names a credential the provider has no use for, or a key that cannot be one. */
function credentialsOf({ name, declaration, plugin, settings, environment }: ProviderInput): Credential[] {
  return resolveCredentials({
    provider: name,
    schemes: usableSchemes(plugin.id, declaration.id, declaration.auth ?? []),
    configured: settings.credentials,
    // Another manifest could name any variable, and send it to a host of its own.
    ...(plugin.bundled ? { environment } : {}),
  });
}

function modelsOf(
  declaration: ProviderDeclaration,
  settings: ProviderSettings,
): { models: Map<string, ModelDeclaration>; aliases: Map<string, string> } {
  const models = new Map<string, ModelDeclaration>();
  for (const model of declaration.models?.list ?? []) models.set(model.id, model);
  for (const entry of settings.models) {
    const facts: { id: string } = typeof entry === 'string' ? { id: entry } : entry;
    models.set(facts.id, { ...(models.get(facts.id) ?? unknownModel), ...facts });
  }
  const aliases = new Map<string, string>();
  for (const model of models.values()) {
    for (const alias of model.aliases ?? []) if (!models.has(alias)) aliases.set(alias, model.id);
  }
  return { models, aliases };
}

/** Of a model nobody described nothing is refused: the service itself says what it cannot do. */
const unknownModel: Omit<ModelDeclaration, 'id'> = {
  input: ['text', 'image', 'audio', 'pdf'],
  output: ['text'],
  features: ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'],
};
