import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../files/make-folder.ts';
import { type FolderContent, readFolder } from './read-folder.ts';

/** A change to a plugin folder that is made and can still be taken back. */
export interface Installed {
  readonly directory: string;
  /** Lets go of what was there before. */
  keep(): void;
  /** Puts back what was there before. */
  undo(): void;
}

/**
 * Puts a plugin's files at `<dir>/<id>` in one step: a gateway that watches sees the old folder or the new one, whole.
 * Throws, with everything as it was, when that cannot be done.
 */
export function installFolder(dir: string, id: string, content: FolderContent): Installed {
  makeFolder(dir, 0o777);
  const directory = join(dir, id);
  refuseLink(directory);
  // A dot-folder: no plugin, and nothing for the watcher.
  const draft = join(dir, `.adding-${randomBytes(6).toString('hex')}`);
  try {
    mkdirSync(draft, { mode: 0o755 });
    for (const [path, bytes] of content.files) {
      const file = join(draft, path);
      mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
      writeFileSync(file, bytes, { flag: 'wx', mode: 0o644 });
    }
    if (readFolder(id, draft).hash !== content.hash)
      throw new Error(`${draft} does not hold what was written there`);
    const old = setAside(directory, 'replaced');
    try {
      renameSync(draft, directory);
    } catch (error) {
      if (old !== null) renameSync(old, directory);
      throw error;
    }
    return {
      directory,
      keep: () => old !== null && rmSync(old, { recursive: true, force: true }),
      undo() {
        rmSync(directory, { recursive: true, force: true });
        if (old !== null) renameSync(old, directory);
      },
    };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Takes `<dir>/<id>` away in one step. Of a link only the link goes. */
export function removeFolder(directory: string): Installed {
  const old = setAside(directory, 'removed');
  return {
    directory,
    keep: () => old !== null && rmSync(old, { recursive: true, force: true }),
    undo: () => old !== null && renameSync(old, directory),
  };
}

/** Renames what is there to a dot-name beside it; null when nothing is. */
function setAside(directory: string, why: string): string | null {
  if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) return null;
  const aside = join(dirname(directory), `.${why}-${randomBytes(6).toString('hex')}`);
  renameSync(directory, aside);
  return aside;
}

/** Somebody works on it elsewhere: a copy in its place would surprise them. */
function refuseLink(directory: string): void {
  if (lstatSync(directory, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new Error(`${directory} is a link to another folder; take it away first`);
}
