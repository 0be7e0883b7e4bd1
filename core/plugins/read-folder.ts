import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { GatewayError } from '../errors/gateway-error.ts';
import { isTemporary } from './discover.ts';

/** A plugin folder as it was at one moment. What runs is made of these bytes and of nothing read later. */
export interface FolderContent {
  /** By path from the folder, with `/`; sorted. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** SHA-256 of each file, in hex. */
  readonly hashes: Readonly<Record<string, string>>;
  /** SHA-256 over all paths and hashes, in hex. */
  readonly hash: string;
}

/** What a look at the disk found, with the time of the last change to any of its files, in milliseconds since the epoch. */
export interface FolderReading extends FolderContent {
  readonly changedAt: number;
}

const maxFiles = 2000;
const maxBytes = 16 * 1024 * 1024;
const maxDepth = 12;

/**
 * Reads, at once and without waiting (forty small files take 2 ms so, ten times that through promises), every file of a plugin folder but dot-files, temporary ones and node_modules, which no plugin may use. Links to
 * files inside the folder are read; a link that leaves it, or one to a folder (it could be a loop), is refused.
 */
export function readFolder(plugin: string, root: string): FolderReading {
  const files = new Map<string, Buffer>();
  let bytes = 0;
  let changedAt = 0;

  function add(path: string): void {
    const { content, changedMs } = readRegular(plugin, root, path);
    changedAt = Math.max(changedAt, changedMs);
    bytes += content.byteLength;
    if (files.size >= maxFiles) throw refused(plugin, `it has more than ${maxFiles} files`);
    if (bytes > maxBytes) throw refused(plugin, `it is larger than ${maxBytes / 1024 / 1024} MiB`);
    files.set(path, content);
  }
  function walk(folder: string, depth: number): void {
    if (depth > maxDepth) throw refused(plugin, `its folders are nested deeper than ${maxDepth}`);
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (isTemporary(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      // One line of the signed list, and of every message, is one file.
      if (/[\p{Cc}\\]/u.test(entry.name))
        throw refused(plugin, `${JSON.stringify(path)} is not a name a file of a plugin may have`);
      if (entry.isDirectory()) walk(path, depth + 1);
      else if (entry.isFile() || entry.isSymbolicLink()) add(path);
      else throw refused(plugin, `${path} is neither a file nor a folder`);
    }
  }
  walk('', 0);
  return { files, ...hashFiles(files), changedAt };
}

/** Hashes of each file and of all together. The same files give the same hash on every machine. */
export function hashFiles(files: ReadonlyMap<string, Buffer>): Pick<FolderContent, 'hash' | 'hashes'> {
  const hashes: Record<string, string> = {};
  const whole = createHash('sha256');
  for (const path of [...files.keys()].sort()) {
    const hash = createHash('sha256')
      .update(files.get(path) ?? '')
      .digest('hex');
    hashes[path] = hash;
    whole.update(`${path}\0${hash}\n`);
  }
  return { hashes, hash: whole.digest('hex') };
}

function readRegular(plugin: string, root: string, path: string): { content: Buffer; changedMs: number } {
  let file = join(root, path);
  if (lstatSync(file).isSymbolicLink()) {
    file = realpathSync(file);
    if (!file.startsWith(root + sep)) throw refused(plugin, `${path} is a link that leaves the folder`);
    if (lstatSync(file).isDirectory()) throw refused(plugin, `${path} is a link to a folder`);
  }
  // Without following: between the look above and this, somebody may have put a link there.
  // Without waiting: it may be a pipe by now, which nobody ever writes to.
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const descriptor = openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw refused(plugin, `${path} is neither a file nor a folder`);
    if (stats.size > maxBytes) throw refused(plugin, `${path} is too large`);
    return { content: readFileSync(descriptor), changedMs: stats.ctimeMs };
  } finally {
    closeSync(descriptor);
  }
}

function refused(plugin: string, reason: string): GatewayError {
  return new GatewayError('GW_PLUGIN_INTEGRITY', { plugin, reason });
}
