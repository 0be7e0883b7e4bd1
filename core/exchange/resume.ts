import { GatewayError } from '../errors/gateway-error.ts';
import type { LoadedProvider } from '../plugins/snapshot.ts';
import type { KeptRow } from '../replies/kept-row.ts';
import type { Exchange } from './exchange.ts';
import { keepsReplies } from './keeping.ts';

/**
 * The turns this provider has to be told again; undefined where there are none or it knows them by the id the request
 * names. Throws GW_REPLY_PREVIOUS_UNKNOWN where nobody does.
 */
export function turnsToTell(
  { keeping, dialect }: Exchange,
  provider: LoadedProvider,
  maxBytes: number,
): readonly KeptRow[] | undefined {
  if (keeping?.previous === undefined) return undefined;
  const { previous: id, chain } = keeping;
  if (chain === 'foreign') throw unknown(id, 'no such reply of this key');
  if (chain === null) {
    if (provider.dialect === dialect.id) return undefined;
    throw unknown(id, 'it was not stored, was deleted or has expired, and the provider does not know it');
  }
  if (chain.last.provider === provider.name && keepsReplies(provider, dialect)) return undefined;
  if (chain.last.dialect !== dialect.id) throw unknown(id, 'it was made through another API');
  if (chain.rows === null)
    throw unknown(id, 'an earlier turn of its conversation was deleted or has expired');
  if (chain.bytes > maxBytes) {
    const limit = Math.round(maxBytes / 1_048_576);
    throw new GatewayError('GW_CLIENT_BODY_TOO_LARGE', { limit, setting: 'server.maxBodyMb' });
  }
  return chain.rows;
}

function unknown(id: string, reason: string): GatewayError {
  return new GatewayError('GW_REPLY_PREVIOUS_UNKNOWN', { id: id.slice(0, 200), reason });
}
