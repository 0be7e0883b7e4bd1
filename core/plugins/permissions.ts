import type { Permissions } from '@dragoman/plugin-sdk';
import type { ManifestFault } from './manifest-fault.ts';

/** What a plugin can be granted; the parts of `permissions` in the order people are shown them. */
const permissionKinds = ['hosts', 'requestHeaders', 'responseHeaders'] as const;

export type PermissionKind = (typeof permissionKinds)[number];
export interface Permission {
  kind: PermissionKind;
  /** A host pattern or a header's name. */
  value: string;
}

/** Hold secrets of the client's own. */
const unreadable: ReadonlySet<string> = new Set([
  'api-key',
  'authorization',
  'cookie',
  'proxy-authorization',
  'x-amz-security-token',
  'x-api-key',
  'x-goog-api-key',
]);

/** Would make an upstream speak for the gateway to browsers, or give clients another service's session. */
const unwritable =
  /^(access-control-.*|clear-site-data|content-security-policy.*|location|proxy-.*|refresh|set-cookie2?|strict-transport-security|www-authenticate|x-dragoman-.*)$/;

/** True for a header that no plugin may give a reply; `name` in lower case. */
export function isUnwritable(name: string): boolean {
  return unwritable.test(name);
}

/** What nobody can be granted, whatever an operator accepts. */
export function checkPermissions(permissions: Permissions): ManifestFault[] {
  const faults: ManifestFault[] = [];
  const refuse = (kind: PermissionKind, index: number, message: string): void => {
    faults.push({ path: ['permissions', kind, index], message, isPermission: true });
  };
  for (const [index, host] of (permissions.hosts ?? []).entries()) {
    if (/^\*\.[^.]+$/.test(host.replace(/:\d+$/, '')))
      refuse('hosts', index, `'${host}' covers a whole top-level domain`);
  }
  for (const [index, header] of (permissions.requestHeaders ?? []).entries()) {
    if (unreadable.has(header) || header.startsWith('x-dragoman-'))
      refuse('requestHeaders', index, `'${header}' may hold a secret and is never readable`);
  }
  for (const [index, header] of (permissions.responseHeaders ?? []).entries()) {
    if (isUnwritable(header))
      refuse('responseHeaders', index, `'${header}' is the gateway's own to send and is never passed on`);
  }
  return faults;
}

/** What `wanted` asks for that `granted` does not cover. */
export function exceeding(wanted: Permissions, granted: Permissions): Permission[] {
  return listPermissions(wanted).filter(
    ({ kind, value }) => !(granted[kind] ?? []).some((pattern) => covers(kind, pattern, value)),
  );
}

function listPermissions(permissions: Permissions): Permission[] {
  return permissionKinds.flatMap((kind) => (permissions[kind] ?? []).map((value) => ({ kind, value })));
}

/** `call api.acme.test`, as the operator is asked to grant it. */
export function describePermission({ kind, value }: Permission): string {
  switch (kind) {
    case 'hosts':
      return `call ${value}`;
    case 'requestHeaders':
      return `read clients' header ${value}`;
    case 'responseHeaders':
      return `pass on upstreams' header ${value}`;
  }
}

/** `*.acme.test` covers every name below it, patterns included, at the same port. */
function covers(kind: PermissionKind, pattern: string, value: string): boolean {
  if (pattern === value) return true;
  if (kind !== 'hosts' || !pattern.startsWith('*.')) return false;
  const below = pattern.slice(1);
  return value.replace(/^\*/, '').endsWith(below) && value !== below;
}
