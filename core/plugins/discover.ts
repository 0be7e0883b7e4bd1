import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundled } from './bundled.ts';

/** A folder that may be a plugin. */
export interface FoundFolder {
  /** The folder's name; must be the manifest's id. */
  id: string;
  /** As it was found; may be a symbolic link. */
  directory: string;
  /** Where its files are. */
  realPath: string;
  bundled: boolean;
}

/** Left by editors and copying tools, never a plugin: `.git`, `x.tmp`, `x.partial`, `x~`, `#x#`. */
const temporary = /^[._#]|~$|\.(tmp|temp|part|partial|swp|bak|orig|crdownload)$|^node_modules$/i;

export function isTemporary(name: string): boolean {
  return temporary.test(name);
}

/**
 * The folders that ship, then every folder directly in `dirs`, in that order and by name. One real path counts once: in a
 * clone `./plugins` is also where plugins are dropped, and only what ships counts as bundled there. A directory that is
 * not there, or a link to nowhere, has none.
 */
export function discover(
  bundled: Pick<Bundled, 'directory' | 'ids'> | null,
  dirs: readonly string[],
): FoundFolder[] {
  const seen = new Set<string>();
  const found: FoundFolder[] = [];
  const add = (folder: FoundFolder | null): void => {
    if (folder === null || seen.has(folder.realPath)) return;
    seen.add(folder.realPath);
    found.push(folder);
  };
  if (bundled !== null) {
    const { directory, ids } = bundled;
    for (const id of namesIn(directory)) if (ids?.has(id) !== false) add(openFolder(directory, id, true));
  }
  for (const dir of dirs) for (const id of namesIn(dir)) add(openFolder(dir, id, false));
  return found;
}

/** Can every user of the machine write there, so that whoever is on it can put code into the gateway? */
export function isOpenToAll(directory: string): boolean {
  // Modes say nothing on Windows. A group that may write is common (umask 002) and no sign of anything.
  if (process.platform === 'win32') return false;
  return ((statSync(directory, { throwIfNoEntry: false })?.mode ?? 0) & 0o002) !== 0;
}

function openFolder(dir: string, id: string, bundled: boolean): FoundFolder | null {
  const directory = join(dir, id);
  try {
    if (!statSync(directory).isDirectory()) return null;
    return { id, directory, realPath: realpathSync(directory), bundled };
  } catch {
    // Gone since it was listed, or a link to nowhere: the watcher says when that changes.
    return null;
  }
}

function namesIn(dir: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !isTemporary(entry.name))
    .map((entry) => entry.name)
    .sort();
}
