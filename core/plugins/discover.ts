import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';

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
 * Every folder directly in `bundled` and then in `dirs`, in that order and by name. One real path counts once: in a
 * clone `./plugins` is the bundled folder. A directory that is not there, or a link to nowhere, has none.
 */
export function discover(bundled: string | null, dirs: readonly string[]): FoundFolder[] {
  const seen = new Set<string>();
  const found: FoundFolder[] = [];
  for (const [index, dir] of [bundled, ...dirs].entries()) {
    if (dir === null) continue;
    for (const id of namesIn(dir)) {
      const folder = openFolder(dir, id, index === 0);
      if (folder === null || seen.has(folder.realPath)) continue;
      seen.add(folder.realPath);
      found.push(folder);
    }
  }
  return found;
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
