import type { JsonObject, ModelDeclaration, ProviderDeclaration } from '@dragoman/plugin-sdk';
import type { Credential } from '../auth/credential.ts';
import { usableSchemes } from '../auth/drivers.ts';
import type { Environment } from '../config/environment.ts';
import { parseKey } from '../config/secret.ts';
import type { ProviderSettings } from '../config/settings.ts';
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

/** A provider that is on, or in words why it cannot be. */
export function configureProvider(input: ProviderInput): LoadedProvider | string {
  const { name, declaration, plugin, settings, config, reason } = input;
  const isLocal = declaration.transport === 'local';
  const baseUrl = isLocal ? '' : baseUrlOf(declaration, settings, config);
  if (baseUrl === null) return `it needs an address: set providers.${name}.baseUrl in gateway.yaml`;
  if (!isLocal && !URL.canParse(baseUrl)) return `its address is not valid: ${baseUrl}`;
  const credentials = isLocal ? [] : credentialsOf(input);
  if (typeof credentials === 'string') return credentials;
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

function credentialsOf(input: ProviderInput): Credential[] | string {
  const { name, declaration, plugin, settings, environment } = input;
  const schemes = usableSchemes(plugin.id, declaration.id, declaration.auth ?? []);
  const keyed = schemes.find((scheme) => scheme.type === 'api-key');
  const credentials: Credential[] = [];
  for (const { name: id, key, scheme: wanted } of settings.credentials) {
    const scheme = wanted === undefined ? keyed : schemes.find((each) => each.id === wanted);
    if (scheme?.type !== 'api-key') {
      const known = schemes.filter((each) => each.type === 'api-key').map((each) => each.id);
      return wanted === undefined
        ? 'it takes no key, but gateway.yaml lists one'
        : `it has no auth scheme '${wanted}' that takes a key; there is ${known.join(', ') || 'none'}`;
    }
    credentials.push({ id, provider: name, scheme: scheme.id, type: 'api-key', key });
  }
  const variable =
    credentials.length > 0 || !plugin.bundled ? undefined : keyVariable(declaration, environment);
  if (variable !== undefined && keyed !== undefined) {
    const key = parseKey(environment[variable] ?? '', variable);
    credentials.push({ id: variable, provider: name, scheme: keyed.id, type: 'api-key', key });
  }
  const open = schemes.find((scheme) => scheme.type === 'none');
  if (credentials.length === 0 && open !== undefined) {
    credentials.push({ id: 'none', provider: name, scheme: open.id, type: 'none' });
  }
  return credentials;
}

/** The first variable of the manifest that is set. Only to be asked of plugins that ship with the gateway. */
export function keyVariable(declaration: ProviderDeclaration, environment: Environment): string | undefined {
  for (const scheme of declaration.auth ?? []) {
    if (scheme.type !== 'api-key') continue;
    const variable = scheme.env?.find((each) => (environment[each] ?? '').trim() !== '');
    if (variable !== undefined) return variable;
  }
  return undefined;
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
