import type { PluginManifest } from '@dragoman/plugin-sdk';
import type { LockedPlugin } from '../generated/lock.ts';
import { describePermission, exceeding } from './permissions.ts';
import type { Origin, Provenance } from './provenance.ts';
import type { FolderContent } from './read-folder.ts';
import type { Trust } from './trust.ts';

/** What accepting a plugin changes in the lock; lists are in the words the operator is asked with. */
export interface LockChange {
  id: string;
  change: 'new' | 'changed' | 'same' | 'removed';
  version: string;
  versionBefore?: string;
  /** What it may do from now on, and what it no longer asks for. */
  granted: string[];
  dropped: string[];
  files: { added: string[]; changed: string[]; removed: string[] };
  /** Absent for a plugin without code. */
  trust?: Trust;
  trustBefore?: Trust;
  origin: Origin;
  signer?: string;
  /** It was signed by another key, or is signed no more. */
  isSignerNew: boolean;
}

export interface Candidate {
  manifest: PluginManifest;
  content: FolderContent;
  provenance: Provenance;
  /** A folder, an archive, or `npm:NAME@VERSION`. */
  source: string;
  trust: Trust;
  acceptedAt: Date;
}

/** The entry that accepts exactly this. */
export function buildEntry({
  manifest,
  content,
  provenance,
  source,
  trust,
  acceptedAt,
}: Candidate): LockedPlugin {
  return {
    version: manifest.version,
    source,
    files: { ...content.hashes },
    permissions: manifest.permissions ?? {},
    trust,
    ...(provenance.publicKey === undefined ? {} : { signer: provenance.publicKey }),
    acceptedAt: acceptedAt.toISOString(),
  };
}

/** What accepting `candidate` changes against what was accepted before. */
export function compareEntries(candidate: Candidate, before: LockedPlugin | undefined): LockChange {
  const { manifest, content, provenance, trust } = candidate;
  const { id, version, permissions = {}, runtime } = manifest;
  const files = compareHashes(content.hashes, before?.files ?? {});
  const granted = exceeding(permissions, before?.permissions ?? {}).map(describePermission);
  const dropped = exceeding(before?.permissions ?? {}, permissions).map(describePermission);
  const isSame =
    Object.values(files).every((list) => list.length === 0) &&
    granted.length + dropped.length === 0 &&
    before?.trust === trust &&
    before.signer === provenance.publicKey &&
    before.version === version;
  return {
    id,
    change: before === undefined ? 'new' : isSame ? 'same' : 'changed',
    version,
    ...(before === undefined ? {} : { versionBefore: before.version, trustBefore: before.trust }),
    granted,
    dropped,
    files,
    ...(runtime === undefined ? {} : { trust }),
    origin: provenance.origin,
    ...(provenance.signer === undefined ? {} : { signer: provenance.signer }),
    isSignerNew: before?.signer !== undefined && before.signer !== provenance.publicKey,
  };
}

/** An entry whose plugin is gone. */
export function dropEntry(id: string, { version, permissions }: LockedPlugin): LockChange {
  return {
    id,
    change: 'removed',
    version,
    granted: [],
    dropped: exceeding(permissions, {}).map(describePermission),
    files: { added: [], changed: [], removed: [] },
    origin: 'unsigned',
    isSignerNew: false,
  };
}

/** For people; the first line names the plugin. */
export function describeChange(change: LockChange): string[] {
  const { id, version, versionBefore, granted, dropped, files, trust, trustBefore, origin, signer } = change;
  if (change.change === 'same') return [`${id} ${version}: as it was accepted`];
  if (change.change === 'removed') return [`${id} ${version}: taken from the lock`];
  const from = versionBefore === undefined || versionBefore === version ? '' : ` (was ${versionBefore})`;
  const isNew = change.change === 'new';
  const lines = [`${id} ${version}${from}: ${isNew ? 'new' : 'changed'}, ${describeOrigin(origin, signer)}`];
  for (const line of granted) lines.push(`  ${isNew ? 'may' : 'may now also'} ${line}`);
  for (const line of dropped) lines.push(`  no longer asks to ${line}`);
  if (change.isSignerNew) lines.push('  its signer is not the one of the version accepted before');
  if (isNew && trust !== undefined) lines.push('  sees the requests and replies it translates');
  if (trust === undefined) lines.push('  has no code');
  else if (isNew || trust === trustBefore) lines.push(`  its code runs ${placeOf(trust)}`);
  else lines.push(`  its code runs ${placeOf(trust)} (was: ${trustBefore})`);
  if (isNew) lines.push(`  ${files.added.length} ${files.added.length === 1 ? 'file' : 'files'}`);
  else
    for (const [what, paths] of Object.entries(files))
      if (paths.length > 0) lines.push(listFiles(what, paths));
  return lines;
}

function describeOrigin(origin: Origin, signer: string | undefined): string {
  switch (origin) {
    case 'signed-trusted':
      return `signed by ${signer}, whose key you trust`;
    case 'signed-unknown':
      return `signed by the key ${signer}, which is not in plugins.trustedKeys: not checked`;
    default:
      return origin;
  }
}

function placeOf(trust: Trust): string {
  switch (trust) {
    case 'inline':
      return "inline: in the gateway's own thread, as part of it";
    case 'worker':
      return 'in a worker: faults are held, malice is not';
    case 'sandbox':
      return 'in the sandbox';
  }
}

const maxListed = 8;

function listFiles(what: string, paths: readonly string[]): string {
  const more = paths.length > maxListed ? `, and ${paths.length - maxListed} more` : '';
  return `  ${what}: ${paths.slice(0, maxListed).join(', ')}${more}`;
}

function compareHashes(
  now: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
): LockChange['files'] {
  const known = Object.keys(before);
  const paths = Object.keys(now);
  return {
    added: paths.filter((path) => !Object.hasOwn(before, path)),
    changed: paths.filter((path) => Object.hasOwn(before, path) && before[path] !== now[path]),
    removed: known.filter((path) => !Object.hasOwn(now, path)),
  };
}
