import type { PluginManifest } from '@dragoman/plugin-sdk';
import type { GatewaySettings } from '../config/settings.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { PluginsLock } from '../generated/lock.ts';
import type { Bundled } from './bundled.ts';
import type { FoundFolder } from './discover.ts';
import type { FolderContent } from './read-folder.ts';
import type { LockState } from './read-lock.ts';

/**
 * Is the folder what was shipped, or in locked mode what the operator accepted? Throws GW_PLUGIN_CONFLICT or
 * GW_PLUGIN_INTEGRITY, naming the first difference.
 */
export function checkIntegrity(
  folder: FoundFolder,
  manifest: PluginManifest,
  content: FolderContent,
  settings: GatewaySettings,
  bundled: Bundled | null,
  lock: LockState,
): void {
  const { id } = folder;
  if (folder.bundled) {
    if (!bundled?.hashes || settings.plugins.trust[id] !== undefined) return;
    const difference = compareFiles(bundled.hashes[id] ?? {}, content, 'it was shipped');
    if (difference === undefined) return;
    throw new GatewayError('GW_PLUGIN_CONFLICT', {
      plugin: id,
      other: id,
      reason: `${folder.directory} is not what was shipped (${difference}); install the gateway again, or name ${id} in plugins.trust`,
    });
  }
  if (settings.plugins.mode !== 'locked') return;
  const difference = explainDifference(id, manifest, content, lock);
  if (difference !== undefined)
    throw new GatewayError('GW_PLUGIN_INTEGRITY', { plugin: id, reason: difference });
}

function explainDifference(
  id: string,
  manifest: PluginManifest,
  content: FolderContent,
  { lock, fault = '' }: LockState,
): string | undefined {
  if (lock === null) return `plugins.mode is locked, and ${fault}`;
  const entry = lock.plugins[id];
  if (entry === undefined) return 'plugins.mode is locked, and plugins.lock.json does not list it';
  if (entry.trust === 'signed')
    return 'plugins.lock.json asks for a signature, which this version cannot check yet';
  if (entry.version !== manifest.version) {
    return `version ${entry.version} was accepted, this is ${manifest.version}`;
  }
  return (
    compareFiles(entry.files, content, 'it was accepted') ?? explainPermissions(manifest, entry.permissions)
  );
}

/** The first file that is changed, extra or missing; `when` is what happened to the files in `known`. */
function compareFiles(
  known: Readonly<Record<string, string>>,
  { hashes }: FolderContent,
  when: string,
): string | undefined {
  for (const [path, hash] of Object.entries(hashes)) {
    if (known[path] === undefined) return `${path} was not there when ${when}`;
    if (known[path] !== hash) return `${path} changed since ${when}`;
  }
  const missing = Object.keys(known).find((path) => hashes[path] === undefined);
  return missing === undefined ? undefined : `${missing} is missing`;
}

function explainPermissions(
  { permissions = {} }: PluginManifest,
  granted: PluginsLock['plugins'][string]['permissions'],
): string | undefined {
  for (const kind of ['hosts', 'requestHeaders', 'responseHeaders'] as const) {
    const more = (permissions[kind] ?? []).find((wanted) => !(granted[kind] ?? []).includes(wanted));
    if (more !== undefined) return `it asks for ${kind} '${more}', which was not granted`;
  }
  return undefined;
}
