import type { ModelInfo } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import { modelOf, type Target } from './models.ts';
import type { RouteQuery } from './route-query.ts';

/** A query for what goes through as it is, to the endpoint of that name. */
export type OfferQuery = RouteQuery & { endpoint: string };

const noModel: ModelInfo = { id: '', input: [], output: [], features: [] };

/**
 * Who serves a request that names no model, or one that nobody lists: the provider the client names, or the only one of
 * its dialect that has the endpoint. Fails with GW_ROUTE_PROVIDER_NEEDED and GW_TRANSLATE_UNSUPPORTED.
 */
export function offerOf(query: OfferQuery, snapshot: Snapshot): Target {
  const offers = [...snapshot.providers.values()].filter((provider) => isOffer(provider, query));
  const names = offers.map(({ name }) => name).join(', ');
  const { endpoint, dialect, model } = query;
  if (offers.length === 0) {
    const reason = `No provider that is on and speaks ${dialect} offers '${endpoint}'`;
    throw new GatewayError('GW_TRANSLATE_UNSUPPORTED', { reason });
  }
  const chosen = query.provider === undefined ? offers : offers.filter(({ name }) => name === query.provider);
  const [only] = chosen;
  if (only === undefined || chosen.length > 1) {
    const reason =
      query.provider === undefined
        ? `Several providers offer '${endpoint}': name one of ${names} in the header x-dragoman-provider${ofModel(query)}`
        : `'${query.provider}' in x-dragoman-provider does not offer '${endpoint}'; there are ${names}`;
    throw new GatewayError('GW_ROUTE_PROVIDER_NEEDED', { reason });
  }
  return { provider: only, model: model === '' ? noModel : modelOf(snapshot, only, model) };
}

export function isOffer(provider: LoadedProvider, { dialect, endpoint }: OfferQuery): boolean {
  return provider.dialect === dialect && Object.hasOwn(provider.declaration.endpoints ?? {}, endpoint);
}

function ofModel({ model, hasModel }: RouteQuery): string {
  if (hasModel !== true) return '';
  return model === ''
    ? ", or put it before the model's name (provider/model); in a multipart body the field has to come before the first file"
    : `, or ask for provider/${model}`;
}
