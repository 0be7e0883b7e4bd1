import { BlockList, isIP } from 'node:net';

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
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Where clouds hand out a machine's own credentials. No operator's word opens these. */
const metadataAddresses = [
  '169.254.169.254',
  '169.254.169.253',
  '169.254.170.2',
  '169.254.170.23',
  '169.254.0.23',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
];

/** The same by name: behind a proxy nobody here sees what a name resolves to. */
const metadataNames: ReadonlySet<string> = new Set([
  'instance-data',
  'metadata',
  'metadata.azure.internal',
  'metadata.goog',
  'metadata.google.internal',
  'metadata.tencentyun.com',
]);

const privateList = new BlockList();
for (const [network, prefix] of privateRanges) privateList.addSubnet(network, prefix, familyOf(network));
const metadataList = new BlockList();
for (const address of metadataAddresses) metadataList.addAddress(address, familyOf(address));

/** Why an IP address may not be connected to; null when it may. What is not an IP address is refused. */
export function addressRefusal(address: string, allowPrivate: boolean): string | null {
  const bare = address.split('%', 1)[0] ?? '';
  const version = isIP(bare);
  if (version === 0) return `${address} is not an IP address`;
  if (isMetadata(bare, version)) return `${address} is a cloud metadata address`;
  if (allowPrivate || !isPrivate(bare, version)) return null;
  return `${address} is not a public address; the operator can set allowPrivate: true`;
}

export function isMetadataName(name: string): boolean {
  return metadataNames.has(name);
}

function isMetadata(address: string, version: number): boolean {
  if (metadataList.check(address, version === 4 ? 'ipv4' : 'ipv6')) return true;
  // A translator on the way (NAT64, 6to4, Teredo) would make the IPv4 address of it again.
  return version === 6 && embeddedAddresses(groupsOf(address)).some((each) => metadataList.check(each));
}

function isPrivate(address: string, version: number): boolean {
  if (privateList.check(address, version === 4 ? 'ipv4' : 'ipv6')) return true;
  if (version === 4) return false;
  const groups = groupsOf(address);
  // 2000::/3 is all of IPv6 that is handed out as public; an IPv4-mapped address was judged as IPv4 above.
  return ((groups[0] ?? 0) & 0xe000) !== 0x2000 && !isMapped(groups);
}

function isMapped(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
}

/** The IPv4 addresses an IPv6 address may be turned into: its end, what 6to4 and what Teredo keep in it. */
function embeddedAddresses(groups: readonly number[]): string[] {
  const at = (index: number, flip = 0): string => {
    const [high = 0, low = 0] = [groups[index], groups[index + 1]].map((group) => (group ?? 0) ^ flip);
    return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  };
  const found = [at(6)];
  if (groups[0] === 0x2002) found.push(at(1));
  if (groups[0] === 0x2001 && groups[1] === 0) found.push(at(2), at(6, 0xffff));
  return found;
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  // As a host of a URL it comes back in its shortest form, without a dotted end.
  const text = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const read = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const left = read(head);
  const right = read(tail ?? '');
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
