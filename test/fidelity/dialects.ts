import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  Dialect,
  JsonObject,
  ModelInfo,
  PluginManifest,
  ProviderDeclaration,
  ProviderPlugin,
  TranslateContext,
} from '@dragoman/plugin-sdk';
import { testContext } from '@dragoman/plugin-sdk/testing';

/** A bundled dialect with what its own service is configured as. */
export interface BundledDialect {
  id: string;
  plugin: string;
  dialect: Dialect;
  /** Whose signatures the provider of this dialect accepts. */
  family: string;
  framing: string;
  options: JsonObject;
  /** The provider that speaks it, and a model of it that can do most; absent: the service has no list. */
  provider: string;
  model?: ModelInfo;
  /** The plugin's defaults. */
  config: JsonObject;
  isInbound: boolean;
  isOutbound: boolean;
}

const folder = join(import.meta.dirname, '..', '..', 'plugins');
const ids = Object.keys(JSON.parse(readFileSync(join(folder, 'bundled.json'), 'utf8')) as object);

/** Every dialect of a bundled plugin, read from the manifests: a new one joins every test by itself. */
export const dialects: BundledDialect[] = (await Promise.all(ids.map(readPlugin))).flat();
/** Those clients speak. */
export const clients = dialects.filter(({ isInbound }) => isInbound);
/** Those upstreams speak. */
export const providers = dialects.filter(({ isOutbound }) => isOutbound);

/** The manifest of a bundled plugin. */
export function readManifest(plugin: string): PluginManifest {
  return JSON.parse(readFileSync(join(folder, plugin, 'plugin.json'), 'utf8')) as PluginManifest;
}

async function readPlugin(plugin: string): Promise<BundledDialect[]> {
  const manifest = readManifest(plugin);
  const entry = manifest.runtime?.js;
  if (manifest.dialects === undefined || entry === undefined) return [];
  const module = (await import(join(folder, plugin, entry))) as { default: ProviderPlugin };
  return manifest.dialects.map(({ id, roles, framing }) => {
    const dialect = module.default.dialects?.[id];
    if (dialect === undefined) throw new Error(`${plugin} does not export its dialect ${id}`);
    const provider = manifest.providers?.find((each) => each.dialect === id) ?? manifest.providers?.[0];
    return {
      id,
      plugin,
      dialect,
      family: provider?.family ?? provider?.id ?? id,
      framing: String(framing ?? 'sse'),
      options: (provider?.options ?? {}) as JsonObject,
      provider: provider?.id ?? plugin,
      ...modelOf(provider),
      config: defaultsOf(manifest.config),
      isInbound: roles.includes('inbound'),
      isOutbound: roles.includes('outbound'),
    };
  });
}

/** The first model that reasons, calls tools and holds to a schema. */
function modelOf(provider: ProviderDeclaration | undefined): { model?: ModelInfo } {
  const able = (provider?.models?.list ?? []).find(({ features = [] }) =>
    (['reasoning', 'tools', 'json-schema'] as const).every((feature) => features.includes(feature)),
  );
  if (able === undefined) return {};
  const { id, input = ['text'], output = ['text'], features = [] } = able;
  return { model: { id, input, output, features } };
}

function defaultsOf(config: PluginManifest['config']): JsonObject {
  const properties = (config as { properties?: Record<string, JsonObject> } | undefined)?.properties ?? {};
  const defaults: JsonObject = {};
  for (const [name, schema] of Object.entries(properties)) {
    if (schema.default !== undefined) defaults[name] = schema.default;
  }
  return defaults;
}

/** What the step of `own` knows in an exchange between a client and a provider, one of which it is. */
export function contextOf(
  own: BundledDialect,
  client: { id: string },
  provider: BundledDialect,
  changes: Partial<TranslateContext> = {},
): TranslateContext {
  return testContext(own.id, {
    config: own.config,
    client: { dialect: client.id },
    provider: {
      id: provider.plugin,
      family: provider.family,
      dialect: provider.id,
      options: provider.options,
    },
    ...changes,
  });
}
