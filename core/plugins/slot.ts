import { setTimeout } from 'node:timers/promises';
import type { GatewaySettings } from '../config/settings.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Bundled } from './bundled.ts';
import { checkCompatibility } from './compatibility.ts';
import type { FoundFolder } from './discover.ts';
import type { History } from './history.ts';
import { checkAccepted, checkShipped, shippedDifference } from './integrity.ts';
import { asLoadError } from './load-error.ts';
import { loadPlugin } from './load-plugin.ts';
import { manifestFile, readManifest } from './manifest.ts';
import { decideTier } from './policy.ts';
import { inspectProvenance, type Provenance } from './provenance.ts';
import { type FolderContent, readFolder } from './read-folder.ts';
import { acceptedIn, type LockState } from './read-lock.ts';
import type { LoadedPlugin } from './snapshot.ts';
import type { Staging } from './stage.ts';
import { mayServeOn } from './still-granted.ts';
import { trustOf } from './trust.ts';

/** What is known of one folder. */
export interface Slot {
  readonly folder: FoundFolder;
  /** Changes when the folder has to be looked at again: its content, and what the operator says about it. */
  readonly key: string;
  /** Of what the folder holds now; '' for what could not be read. */
  readonly offered: { version: string; hash: string };
  /** What the folder holds now; null when that does not load. */
  readonly loaded: LoadedPlugin | null;
  readonly failure: GatewayError | null;
  /** Whose files the folder holds now. */
  readonly provenance: Provenance;
  /** The last version that was in a snapshot and was not taken back; of another run, if this one never had one. */
  readonly good: LoadedPlugin | null;
}

export interface SlotOptions {
  settings: GatewaySettings;
  bundled: Bundled | null;
  lock: LockState;
  staging: Staging;
  history: History;
  /** Nothing is running yet: take what ships with the gateway from where it lies. */
  isStart: boolean;
  /** Files count when nothing has changed them for so long. 0: as they are. */
  restMs: number;
}

/** Looks at a folder again. The same slot when nothing about it changed. Never fails: the failure is in the slot. */
export async function refreshSlot(
  folder: FoundFolder,
  before: Slot | undefined,
  options: SlotOptions,
): Promise<Slot> {
  const bad = folder.bundled ? undefined : options.history.badOf(folder.directory);
  // A version that was taken back is not what the next bad one falls back to.
  const last = before?.good ?? null;
  const good = last === null || last.hash === bad?.hash || !mayServeOn(last, options) ? null : last;
  let content: FolderContent;
  try {
    content = await readAtRest(folder, before, options);
  } catch (error) {
    const failure = asLoadError(folder.id, error);
    if (before?.failure?.message === failure.message && last === good) return before;
    const provenance: Provenance = { origin: folder.bundled ? 'built-in' : 'unsigned' };
    return withGood({ folder, key: '', offered: nothing, loaded: null, failure, provenance, good }, options);
  }
  const key = keyOf(folder, content, options);
  if (before !== undefined && before.key === key && before.folder.realPath === folder.realPath) return before;
  const offered = { version: versionOf(content), hash: content.hash };
  const provenance = await provenanceOf(folder, content, options);
  try {
    if (bad?.hash === content.hash) {
      const { version, reason } = bad;
      throw new GatewayError('GW_PLUGIN_ROLLED_BACK', { plugin: folder.id, version, reason });
    }
    const loaded = await load(folder, content, options);
    return { folder, key, offered, loaded, failure: null, provenance, good };
  } catch (error) {
    const failure = asLoadError(folder.id, error);
    // What the operator no longer trusts must not go on running as "the previous version".
    if (failure.code === 'GW_PLUGIN_NOT_TRUSTED') {
      return { folder, key, offered, loaded: null, failure, provenance, good: null };
    }
    return withGood({ folder, key, offered, loaded: null, failure, provenance, good }, options);
  }
}

const nothing = { version: '', hash: '' };

/**
 * Gives a folder that holds nothing usable the last version that was good in it, from its copy in the state directory: a
 * restart must not be worse than the swap that left the copy in use. The copy is held to everything a folder is. Not the
 * version with the hash `failing`.
 */
export async function withGood(slot: Slot, options: SlotOptions, failing?: string): Promise<Slot> {
  if (slot.good !== null) return slot;
  const { folder } = slot;
  for (const { hash, copy } of options.history.goodsOf(folder.directory)) {
    try {
      const content = readFolder(folder.id, options.history.pathOf(copy));
      if (content.hash !== hash || hash === slot.offered.hash || hash === failing) continue;
      return { ...slot, good: await load(folder, content, options) };
    } catch {
      // It is gone, or this gateway no longer takes it: the one before may do.
    }
  }
  return slot;
}

/** The version a folder claims to be, also where nothing else of it can be used. */
function versionOf(content: FolderContent): string {
  try {
    const { version } = JSON.parse(content.files.get(manifestFile)?.toString('utf8') ?? '') as {
      version?: unknown;
    };
    return typeof version === 'string' ? version.slice(0, 60) : '';
  } catch {
    return '';
  }
}

const maxLooks = 6;
/** Not every file system notes the time when a file is emptied, before it is written. */
const leastGapMs = 25;

/**
 * A folder is replaced file by file, or by another one while it is being read: what is new counts only once it has rested,
 * and reads the same twice. What never comes to rest is taken as it is in the end.
 */
async function readAtRest(
  folder: FoundFolder,
  before: Slot | undefined,
  options: SlotOptions,
): Promise<FolderContent> {
  const { restMs } = options;
  let content = readFolder(folder.id, folder.realPath);
  if (restMs === 0) return content;
  for (let looks = 1; looks < maxLooks && keyOf(folder, content, options) !== before?.key; looks++) {
    const missingMs = content.changedAt + restMs - Date.now();
    await setTimeout(Math.min(Math.max(missingMs, leastGapMs), restMs));
    const again = readFolder(folder.id, folder.realPath);
    if (again.hash === content.hash) break;
    content = again;
  }
  return content;
}

async function load(
  folder: FoundFolder,
  content: FolderContent,
  options: SlotOptions,
): Promise<LoadedPlugin> {
  const { settings, bundled, lock, staging, isStart } = options;
  if (!content.files.has(manifestFile)) {
    const reason = `there is no ${manifestFile} in ${folder.directory}`;
    throw new GatewayError('GW_PLUGIN_MANIFEST_INVALID', { plugin: folder.id, file: manifestFile, reason });
  }
  const manifest = await readManifest(folder.id, content);
  checkCompatibility(manifest);
  if (folder.bundled) checkShipped(folder, content, settings, bundled);
  else checkAccepted(manifest, await provenanceOf(folder, content, options), settings.plugins, lock);
  const accepted = folder.bundled ? undefined : acceptedIn(lock, folder.id);
  const tier = decideTier(manifest, folder.bundled, trustOf(folder.id, settings, accepted));
  return loadPlugin(folder, manifest, content, tier, { staging, direct: isStart });
}

function keyOf(folder: FoundFolder, content: FolderContent, { settings, lock }: SlotOptions): string {
  const { mode, trust, trustedKeys, requireSignature, canary } = settings.plugins;
  const accepted = folder.bundled ? undefined : (acceptedIn(lock, folder.id) ?? lock.fault);
  const said = [trust[folder.id] ?? '', mode, trustedKeys, requireSignature, accepted];
  return [content.hash, JSON.stringify(said), canary.enabled, canary.timeoutMs].join('|');
}

async function provenanceOf(
  folder: FoundFolder,
  content: FolderContent,
  options: SlotOptions,
): Promise<Provenance> {
  const { settings, bundled, lock } = options;
  if (!folder.bundled) return inspectProvenance(content, settings.plugins, acceptedIn(lock, folder.id));
  const fault = shippedDifference(folder, content, settings, bundled);
  return fault === undefined ? { origin: 'built-in' } : { origin: 'modified', fault };
}
