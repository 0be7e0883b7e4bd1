import type { Json, ModelDiscovery, WireResponse } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import type { BaseContext, TranslateStep } from '../translate/runner.ts';

/**
 * The models of one page, not yet cleaned: as the provider's dialect reads them, or, where it cannot, as the manifest's
 * pointers say. Fails with what the dialect said, or GW_UPSTREAM_INVALID.
 */
export async function readPage(
  wire: WireResponse,
  provider: LoadedProvider,
  discovery: ModelDiscovery,
  snapshot: Snapshot,
): Promise<unknown> {
  const step = decodingStep(provider, snapshot);
  if (step === null) return pointedAt(wire.body, provider, discovery);
  try {
    const { output } = await snapshot.runner.call([step], wire as unknown as Json, contextOf(provider), []);
    return output;
  } catch (error) {
    // A service may speak a dialect and list its models in a way of its own: that is what the pointers are for.
    if (!Array.isArray(valueAt(wire.body, discovery.items))) throw error;
    return pointedAt(wire.body, provider, discovery);
  }
}

/** The query that asks for the page after this one; undefined after the last. */
export function nextPage(
  body: Json,
  { next }: ModelDiscovery,
): { query: Record<string, string>; mark: string } | undefined {
  if (next === undefined) return undefined;
  if (next.while !== undefined && valueAt(body, next.while) !== true) return undefined;
  const mark = valueAt(body, next.from);
  return typeof mark === 'string' && mark !== '' ? { query: { [next.query]: mark }, mark } : undefined;
}

function decodingStep(provider: LoadedProvider, snapshot: Snapshot): TranslateStep | null {
  const dialect = snapshot.dialects.get(provider.dialect);
  if (dialect === undefined) return null;
  const target = `dialect:${dialect.id}` as const;
  if (dialect.module.functions?.[target]?.includes('decodeModels') !== true) return null;
  // A dialect's config is the provider's own block when one plugin brings both.
  const config = dialect.plugin.id === provider.plugin.id ? provider.config : dialect.config;
  return { type: 'translate', module: dialect.module, target, function: 'decodeModels', config };
}

function contextOf({ declaration, family, dialect, options }: LoadedProvider): BaseContext {
  return {
    requestId: 'discovery',
    now: Date.now(),
    operation: 'list-models',
    model: { id: '', input: [], output: [], features: [] },
    provider: { id: declaration.id, family, dialect, options },
    client: { dialect: '' },
  };
}

function pointedAt(body: Json, { name }: LoadedProvider, { items, id }: ModelDiscovery): unknown {
  const list = valueAt(body, items);
  if (!Array.isArray(list)) {
    const reason = `there is no list of models at '${items}'`;
    throw new GatewayError('GW_UPSTREAM_INVALID', { provider: name, reason });
  }
  return list.map((item) => ({ id: valueAt(item, id) }));
}

/** What a JSON pointer leads to. */
function valueAt(value: Json | undefined, pointer: string): Json | undefined {
  let at = value;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, Json | undefined>)[key];
  }
  return at;
}
