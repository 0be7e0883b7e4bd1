import { dirname, relative, sep } from 'node:path';
import type { LockedPlugin } from '../generated/lock.ts';
import type { Candidate } from '../plugins/accept.ts';
import { checkCompatibility } from '../plugins/compatibility.ts';
import type { FoundFolder } from '../plugins/discover.ts';
import { readManifest } from '../plugins/manifest.ts';
import { inspectProvenance } from '../plugins/provenance.ts';
import { type FolderContent, readFolder } from '../plugins/read-folder.ts';
import { type Trust, trustOf } from '../plugins/trust.ts';
import type { OpenPlugins } from './open-plugins.ts';
import { failWith } from './report-error.ts';

interface Found {
  id: string;
  content: FolderContent;
  /** Where it came from, if not from before. */
  source: string;
  trust?: Trust | undefined;
}

/** What may be accepted: a plugin whose manifest is valid and whose signature, if it has one, fits. Fails otherwise. */
export async function readCandidate(place: OpenPlugins, found: Found): Promise<Candidate> {
  const { settings } = place;
  const { id, content } = found;
  const manifest = await readManifest(id, content);
  checkCompatibility(manifest);
  // Against no entry: a new version may be signed by another key, and the operator is told.
  const provenance = await inspectProvenance(content, settings.plugins, undefined);
  if (provenance.fault !== undefined)
    throw failWith(`${id}: ${provenance.fault}`, 'get it again from its author, or take plugin.sig away');
  const before = place.accepted(id);
  // A WebAssembly module knows no other place, and a manifest needs none.
  const hasChoice = manifest.runtime?.js !== undefined;
  const trust = (hasChoice ? (found.trust ?? trustOf(id, settings, before)) : undefined) ?? 'sandbox';
  const source = before !== undefined && isSame(before, content) ? before.source : found.source;
  return { manifest, content, provenance, source, trust, acceptedAt: new Date() };
}

export function readFolderCandidate(
  place: OpenPlugins,
  folder: FoundFolder,
  trust?: Trust,
): Promise<Candidate> {
  const source = shortPath(place.lockFile, folder.directory);
  const content = readFolder(folder.id, folder.realPath);
  return readCandidate(place, { id: folder.id, content, source, trust });
}

/** Relative to the lock where it lies below it, so that the lock can be shared. */
export function shortPath(lockFile: string, path: string): string {
  const short = relative(dirname(lockFile), path);
  return short.startsWith('..') ? path : `./${short.split(sep).join('/')}`;
}

function isSame({ files }: LockedPlugin, { hashes }: FolderContent): boolean {
  const paths = Object.keys(hashes);
  return paths.length === Object.keys(files).length && paths.every((path) => files[path] === hashes[path]);
}
