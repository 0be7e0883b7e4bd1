import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, mode 0700 by default, unless it is there. `mkdirSync` with `recursive` never returns where a
 * folder is there and nothing can be made in it, as in `/proc` (seen with Node 26.10).
 */
export function makeFolder(directory: string, mode = 0o700): void {
  const missing: string[] = [];
  for (let at = directory; !isFolder(at); at = dirname(at)) missing.unshift(at);
  for (const each of missing) makeOne(each, mode);
}

/** Throws ENOTDIR, ELOOP, ... for what is there and is no folder; the message of `mkdir` would say that it exists. */
function isFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isDirectory()) return found !== undefined;
  throw Object.assign(new Error(`ENOTDIR: not a directory, mkdir '${path}'`), { code: 'ENOTDIR', path });
}

function makeOne(directory: string, mode: number): void {
  try {
    mkdirSync(directory, { mode });
  } catch (error) {
    // Another process may have been faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(directory)) throw error;
  }
}
