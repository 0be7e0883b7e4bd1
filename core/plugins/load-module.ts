import type { InboundRoute, PluginManifest, TranslateFunction } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { describePlugin } from '../translate/describe-plugin.ts';
import { loadModule } from '../translate/js-module.ts';
import type { ModuleRef } from '../translate/runner.ts';

/** The functions a module has, by target; found out in a worker, without running it on this thread. */
export type Probe = (module: ModuleRef) => Promise<Record<string, readonly string[]>>;

const needed = {
  inbound: ['decodeRequest', 'encodeResponse', 'encodeStream', 'encodeError'],
  outbound: ['encodeRequest', 'decodeResponse', 'decodeStream', 'decodeError'],
} as const;

const dialectFunctions: readonly TranslateFunction[] = [
  ...needed.inbound,
  ...needed.outbound,
  'encodeModels',
  'encodeModel',
  'decodeModels',
  'decodeEmbed',
  'encodeEmbed',
  'encodeEmbedRequest',
  'decodeEmbedResponse',
  'decodeCount',
  'encodeCount',
  'findReferences',
  'encodeKept',
  'decodeMessage',
  'encodeMessageError',
  'encodeCountRequest',
  'decodeCountResponse',
];
const adapterFunctions: readonly TranslateFunction[] = ['adaptRequest', 'adaptResponse', 'adaptStream'];
const localFunctions: readonly TranslateFunction[] = ['respond', 'embed', 'count'];

/** Everything a module may have for what the manifest declares, by target. */
export function candidatesOf({
  dialects = [],
  providers = [],
}: PluginManifest): Record<string, readonly string[]> {
  return Object.fromEntries([
    ...dialects.map(({ id }) => [`dialect:${id}`, dialectFunctions]),
    ...providers.map(({ id, transport }) => [
      `provider:${id}`,
      transport === 'local' ? localFunctions : adapterFunctions,
    ]),
  ]);
}

/**
 * Loads the code of `module`, on this thread only when its tier is inline, and compares it with the manifest.
 * Without `probe` the code of another tier is taken as it is, to be probed later. Throws GW_PLUGIN_LOAD naming what is
 * missing.
 */
export async function loadChecked(
  manifest: PluginManifest,
  module: ModuleRef,
  probe?: Probe,
): Promise<ModuleRef> {
  const loaded = await load(manifest.id, module, probe);
  if (loaded.functions === undefined) return loaded;
  const missing = missingFunctions(manifest, loaded.functions);
  if (missing.length > 0) {
    const reason = `its module lacks what the manifest declares: ${missing.join(', ')}`;
    throw new GatewayError('GW_PLUGIN_LOAD', { plugin: manifest.id, reason });
  }
  return loaded;
}

async function load(plugin: string, module: ModuleRef, probe?: Probe): Promise<ModuleRef> {
  try {
    if (module.tier !== 'inline') {
      return probe === undefined ? module : { ...module, functions: await probe(module) };
    }
    const exports = await loadModule(module.file, module.format);
    return { ...module, exports, functions: describePlugin(exports) };
  } catch (error) {
    if (GatewayError.is(error)) throw error;
    const reason = error instanceof Error ? error.message : `it threw ${String(error)}`;
    throw new GatewayError('GW_PLUGIN_LOAD', { plugin, reason }, { cause: error });
  }
}

/** What the manifest promises and the module does not have, e.g. `dialects.acme.decodeStream`. */
export function missingFunctions(
  manifest: PluginManifest,
  functions: Record<string, readonly string[]>,
): string[] {
  const missing: string[] = [];
  for (const { id, roles, routes = [] } of manifest.dialects ?? []) {
    const present = functions[`dialect:${id}`] ?? [];
    const names = new Set([...roles.flatMap((role) => needed[role]), ...routes.flatMap(neededBy)]);
    for (const name of names) {
      if (!present.includes(name)) missing.push(`dialects.${id}.${name}`);
    }
  }
  for (const { id, transport } of manifest.providers ?? []) {
    if (transport !== 'local') continue;
    if (!(functions[`provider:${id}`] ?? []).includes('respond')) missing.push(`locals.${id}.respond`);
  }
  return missing;
}

/** What a route needs beyond what every dialect has. */
function neededBy({ operation, keep, webSocket }: InboundRoute): TranslateFunction[] {
  const names: TranslateFunction[] = [];
  if (keep?.references !== undefined) names.push('findReferences');
  if (webSocket === true) names.push('decodeMessage', 'encodeMessageError');
  if (aboutKept.has(operation)) names.push('encodeKept');
  return names;
}

const aboutKept: ReadonlySet<string> = new Set(['get-response', 'list-response-input', 'delete-response']);
