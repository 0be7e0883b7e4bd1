import type { PluginManifest } from '@dragoman/plugin-sdk';
import type { GatewaySettings } from '../config/settings.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { LockedPlugin } from '../generated/lock.ts';
import type { Bundled } from './bundled.ts';
import { compareFiles } from './compare-files.ts';
import type { FoundFolder } from './discover.ts';
import { describePermission, exceeding } from './permissions.ts';
import type { Provenance } from './provenance.ts';
import type { FolderContent } from './read-folder.ts';
import { acceptedIn, type LockState } from './read-lock.ts';

/** What differs between a folder that ships with the gateway and what was shipped; undefined in a clone. */
export function shippedDifference(
  { id }: FoundFolder,
  content: FolderContent,
  settings: GatewaySettings,
  bundled: Bundled | null,
): string | undefined {
  if (!bundled?.hashes || settings.plugins.trust[id] !== undefined) return undefined;
  return compareFiles(bundled.hashes[id] ?? {}, content.hashes, 'it was shipped');
}

/** Throws GW_PLUGIN_CONFLICT when a folder is not what was shipped, naming the first difference. */
export function checkShipped(
  folder: FoundFolder,
  content: FolderContent,
  settings: GatewaySettings,
  bundled: Bundled | null,
): void {
  const { id, directory } = folder;
  const difference = shippedDifference(folder, content, settings, bundled);
  if (difference === undefined) return;
  throw new GatewayError('GW_PLUGIN_CONFLICT', {
    plugin: id,
    other: id,
    reason: `${directory} is not what was shipped (${difference}); install the gateway again, or name ${id} in plugins.trust`,
  });
}

/**
 * Is a folder that does not ship with the gateway what the operator accepted? In drop-in mode that is asked only of what
 * the lock lists and of what is signed; in locked mode of everything. Throws GW_PLUGIN_PERMISSION,
 * GW_PLUGIN_INTEGRITY or GW_PLUGIN_NOT_TRUSTED, with the first difference and the command that accepts it.
 */
export function checkAccepted(
  manifest: PluginManifest,
  provenance: Provenance,
  { mode, requireSignature }: GatewaySettings['plugins'],
  lock: LockState,
): void {
  const { id } = manifest;
  const refuse = (reason: string): GatewayError =>
    new GatewayError('GW_PLUGIN_INTEGRITY', { plugin: id, reason });
  const accept = `to accept it: dragoman plugins lock ${id}`;
  if (lock.isBroken) throw refuse(`${lock.fault}; put it right or take it away`);
  const accepted = acceptedIn(lock, id);
  if (accepted === undefined && mode === 'locked') {
    const why = lock.lock === null ? lock.fault : 'plugins.lock.json does not list it';
    throw refuse(`plugins.mode is locked, and ${why}; ${accept}`);
  }
  if (accepted !== undefined) checkEntry(manifest, accepted, accept);
  if (provenance.origin === 'modified') {
    const what = provenance.isAcceptable ? accept : 'get it again from its author, or take plugin.sig away';
    throw refuse(`${provenance.fault}; ${what}`);
  }
  if (requireSignature && provenance.origin !== 'signed-trusted') {
    const found = provenance.signer === undefined ? 'it is not signed' : `${provenance.signer} is not one`;
    throw new GatewayError('GW_PLUGIN_NOT_TRUSTED', {
      plugin: id,
      reason: `plugins.requireSignature wants a signature by one of plugins.trustedKeys, and ${found}`,
    });
  }
}

function checkEntry(
  { id, version, permissions = {} }: PluginManifest,
  accepted: LockedPlugin,
  accept: string,
) {
  const more = exceeding(permissions, accepted.permissions);
  if (more.length > 0) {
    const wants = more.map(describePermission).join(', ');
    throw new GatewayError('GW_PLUGIN_PERMISSION', {
      plugin: id,
      reason: `version ${version} also wants to ${wants}, which was not granted; ${accept}`,
    });
  }
  if (accepted.version === version) return;
  const reason = `version ${accepted.version} was accepted, this is ${version}; ${accept}`;
  throw new GatewayError('GW_PLUGIN_INTEGRITY', { plugin: id, reason });
}
