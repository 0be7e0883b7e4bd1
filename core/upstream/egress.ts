import { BlockList, isIP } from 'node:net';
import { GatewayError } from '../errors/gateway-error.ts';

/**
 * Addresses that are not the public internet (IANA special-purpose registries). BlockList reads v4-mapped IPv6
 * addresses as IPv4; adding ::ffff:0:0/96 here would refuse every IPv4 address.
 */
const privateRanges: readonly [network: string, prefix: number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

/** Where clouds hand out a machine's own credentials. No operator's word opens these. */
const metadataAddresses = [
  '169.254.169.254',
  '169.254.169.253',
  '169.254.170.2',
  '169.254.170.23',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
];

const privateList = new BlockList();
for (const [network, prefix] of privateRanges) privateList.addSubnet(network, prefix, familyOf(network));
const metadataList = new BlockList();
for (const address of metadataAddresses) metadataList.addAddress(address, familyOf(address));

/** Why an IP address may not be connected to; null when it may. What is not an IP address is refused. */
export function addressRefusal(address: string, allowPrivate: boolean): string | null {
  const bare = address.split('%', 1)[0] ?? '';
  const version = isIP(bare);
  if (version === 0) return `${address} is not an IP address`;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (metadataList.check(bare, family)) return `${address} is a cloud metadata address`;
  if (allowPrivate || !privateList.check(bare, family)) return null;
  return `${address} is not a public address; the operator can set allowPrivate: true`;
}

/** Why a URL's host may not be reached, as far as its spelling tells; null when it may, or when only DNS can say. */
export function hostRefusal(hostname: string, allowPrivate: boolean): string | null {
  const bare = bareHost(hostname);
  if (isIP(bare.split('%', 1)[0] ?? '') !== 0) return addressRefusal(bare, allowPrivate);
  if (bare === 'metadata.google.internal') return 'it is a cloud metadata host';
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

/** Without the brackets of an IPv6 literal and the dot of a full name. */
function bareHost(hostname: string): string {
  const name = hostname.toLowerCase();
  if (name.startsWith('[')) return name.slice(1, name.indexOf(']'));
  return name.endsWith('.') ? name.slice(0, -1) : name;
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

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
