import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import type { buildConnector as Undici } from 'undici';
import { addressRefusal } from './addresses.ts';
import { hostRefusal } from './egress.ts';
import { buildConnector } from './undici.ts';

/** Raised inside the connector; send.ts turns it into GW_UPSTREAM_REFUSED_HOST of the provider that asked. */
export class EgressRefusal extends Error {
  readonly code = 'EGRESS_REFUSED';
}

export interface ConnectorSettings {
  allowPrivate: boolean;
  connectMs: number;
  /** For tests of names that resolve to forbidden addresses; default `dns.lookup`. */
  lookup?: typeof dnsLookup;
}

/**
 * Connects for undici, and only to addresses the egress rules allow. A name is resolved once, forbidden addresses are
 * taken out of the answer, and the socket goes to what is left: there is no second look-up that could answer otherwise
 * (DNS rebinding). A literal address never reaches `lookup`, so it is checked first; what the socket is really
 * connected to is checked last.
 */
export function createConnector(settings: ConnectorSettings): Undici.connector {
  const { allowPrivate, connectMs } = settings;
  const connect = buildConnector({
    allowH2: false,
    timeout: connectMs,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 250,
    lookup: checkedLookup(allowPrivate, settings.lookup ?? dnsLookup),
  } as Undici.BuildOptions);

  return function connectChecked(options, callback) {
    const refusal = hostRefusal(options.hostname, allowPrivate);
    if (refusal !== null) {
      queueMicrotask(() => callback(new EgressRefusal(refusal), null));
      return;
    }
    connect(options, (error, socket) => {
      if (error !== null) return callback(error, null);
      const reached = peerRefusal(socket, allowPrivate);
      if (reached === null) return callback(null, socket);
      socket.destroy();
      callback(new EgressRefusal(reached), null);
    });
  };
}

function peerRefusal(socket: Socket, allowPrivate: boolean): string | null {
  // Undefined: closed again already, which undici reports itself.
  return socket.remoteAddress === undefined ? null : addressRefusal(socket.remoteAddress, allowPrivate);
}

function checkedLookup(allowPrivate: boolean, lookup: typeof dnsLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, []);
      const allowed = addresses.filter(({ address }) => addressRefusal(address, allowPrivate) === null);
      const first = allowed[0];
      if (first === undefined) {
        const reason =
          addressRefusal(addresses[0]?.address ?? '', allowPrivate) ?? 'it resolves to no address';
        return callback(new EgressRefusal(`it resolves to an address that is refused: ${reason}`), []);
      }
      if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
