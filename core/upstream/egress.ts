import { isIP } from 'node:net';
import { GatewayError } from '../errors/gateway-error.ts';
import { addressRefusal, isMetadataName } from './addresses.ts';

/** Why a URL's host may not be reached, as far as its spelling tells; null when it may, or when only DNS can say. */
export function hostRefusal(hostname: string, allowPrivate: boolean): string | null {
  const bare = bareHost(hostname);
  if (isIP(bare.split('%', 1)[0] ?? '') !== 0) return addressRefusal(bare, allowPrivate);
  if (isMetadataName(bare)) return 'it is a cloud metadata host';
  if (!allowPrivate && isLocalName(bare)) {
    return 'it is this machine; the operator can set allowPrivate: true';
  }
  return null;
}

/** RFC 6761: every name under `localhost` is this machine. */
function isLocalName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** This machine by the spelling of the host: no proxy can reach it for us. */
export function isLoopbackHost(hostname: string): boolean {
  const bare = bareHost(hostname);
  return isLocalName(bare) || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** Without the brackets of an IPv6 literal and the dots a full name may end in. */
function bareHost(hostname: string): string {
  const name = hostname.toLowerCase();
  if (name.startsWith('[')) return name.slice(1, name.indexOf(']'));
  return name.replace(/\.+$/, '');
}

/** Does `host[:port]` or `*.domain[:port]` cover this URL? Without a port in the pattern: the scheme's own port. */
export function matchesHost(url: URL, pattern: string): boolean {
  const patternPort = /:(\d+)$/.exec(pattern)?.[1] ?? '';
  const name = pattern.replace(/:\d+$/, '').toLowerCase();
  const defaultPort = url.protocol === 'https:' ? '443' : '80';
  if ((url.port || defaultPort) !== (patternPort || defaultPort)) return false;
  const host = bareHost(url.hostname);
  if (name.startsWith('*.')) return host.endsWith(name.slice(1)) && host.length > name.length - 1;
  return host === name || url.hostname === name;
}

export interface EgressPolicy {
  /** Configured name of the provider. */
  provider: string;
  /** Patterns of its manifest, and the host of the operator's `baseUrl`. */
  hosts: readonly string[];
  allowPrivate: boolean;
}

/** Throws GW_UPSTREAM_REFUSED_HOST. What names resolve to is checked again when the connection is made. */
export function checkTarget(url: URL, { provider, hosts, allowPrivate }: EgressPolicy): void {
  const reason =
    schemeRefusal(url) ??
    hostRefusal(url.hostname, allowPrivate) ??
    (hosts.some((pattern) => matchesHost(url, pattern))
      ? null
      : `only ${hosts.join(', ') || 'no host'} is permitted`);
  if (reason !== null)
    throw new GatewayError('GW_UPSTREAM_REFUSED_HOST', { provider, host: url.host, reason });
}

function schemeRefusal(url: URL): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `${url.protocol} is not http or https`;
  if (url.username !== '' || url.password !== '') return 'its URL holds a user name or password';
  return null;
}
