import { GatewayError } from '../errors/gateway-error.ts';
import type { LoadedProvider } from '../plugins/snapshot.ts';
import { followChain, type KeptRow } from '../replies/kept-row.ts';
import type { Exchange } from './exchange.ts';
import { keepsReplies } from './keeping.ts';

/** Kept replies that go to a provider with a request. */
export interface ToldReplies {
  /** The turns it continues, oldest first. */
  earlier?: readonly KeptRow[];
  /** Those it points at. */
  referred?: readonly KeptRow[];
}

/**
 * What this provider has to be told with the request; undefined where there is nothing or it knows it by the ids in the
 * request. Throws GW_REPLY_PREVIOUS_UNKNOWN where nobody knows what is to be continued.
 */
export function repliesToTell(
  exchange: Exchange,
  provider: LoadedProvider,
  maxBytes: number,
): ToldReplies | undefined {
  const earlier = turnsToTell(exchange, provider, maxBytes);
  const referred = exchange.keeping?.referred.filter(({ provider: name }) => name !== provider.name);
  const told: ToldReplies = {};
  if (earlier !== undefined) told.earlier = earlier;
  if (referred !== undefined && referred.length > 0) told.referred = referred;
  return told.earlier === undefined && told.referred === undefined ? undefined : told;
}

function turnsToTell(
  { keeping, dialect }: Exchange,
  provider: LoadedProvider,
  maxBytes: number,
): readonly KeptRow[] | undefined {
  if (keeping?.previous === undefined) return undefined;
  const { previous: id, last, find } = keeping;
  if (last === 'foreign') throw unknown(id, 'no such reply of this key');
  if (last === null) {
    if (provider.dialect === dialect.id) return undefined;
    throw unknown(id, 'it was not stored, was deleted or has expired, and the provider does not know it');
  }
  if (last.provider === provider.name && keepsReplies(provider, dialect)) return undefined;
  if (last.dialect !== dialect.id) throw unknown(id, 'it was made through another API');
  // Not before: a provider that knows the conversation needs none of it read.
  const { rows, bytes } = followChain(find, last);
  if (rows === null) throw unknown(id, 'an earlier turn of its conversation was deleted or has expired');
  if (bytes > maxBytes) {
    const limit = Math.round(maxBytes / 1_048_576);
    throw new GatewayError('GW_CLIENT_BODY_TOO_LARGE', { limit, setting: 'server.maxBodyMb' });
  }
  return rows;
}

function unknown(id: string, reason: string): GatewayError {
  return new GatewayError('GW_REPLY_PREVIOUS_UNKNOWN', { id: id.slice(0, 200), reason });
}
