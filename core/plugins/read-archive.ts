import { createGunzip } from 'node:zlib';
import type { ReadEntry } from 'tar';
import { isTemporary } from './discover.ts';
import { manifestFile } from './manifest.ts';
import { createNameCheck } from './portable-names.ts';
import { type FolderContent, hashFiles } from './read-folder.ts';

export const maxArchiveBytes = 16 * 1024 * 1024;
/** What is in it: as much as a plugin may have, and the headers of as many files. */
const maxInflatedBytes = 24 * 1024 * 1024;
/** Text seldom shrinks to less than a tenth. Below `freeBytes` nobody counts. */
const maxRatio = 100;
const freeBytes = 1024 * 1024;
const maxEntries = 4000;
const maxFiles = 2000;
const maxFileBytes = 8 * 1024 * 1024;
const maxMetaBytes = 64 * 1024;

/** What is wrong with an archive, for whoever wants to add it. */
export class ArchiveFault extends Error {}

/**
 * Reads a plugin out of a `.tgz` or `.tar` in memory: nothing is written, so nothing can be written elsewhere. Only plain
 * files and folders with portable names may be in it; anything else, and anything larger than a plugin may be, is an
 * ArchiveFault. Files a folder would not be read with (dot-files, node_modules) are left out. When all lies in one
 * folder (`package/` of npm), that is the plugin's.
 */
export async function readArchive(bytes: Uint8Array): Promise<FolderContent> {
  if (bytes.byteLength > maxArchiveBytes) throw tooLarge(maxArchiveBytes);
  const packed = await collectEntries(isGzip(bytes) ? await inflate(bytes) : bytes);
  const root = commonFolder(packed);
  const files = new Map<string, Buffer>();
  for (const path of [...packed.keys()].sort()) {
    const inside = path.slice(root.length);
    const content = packed.get(path);
    if (content !== undefined && !inside.split('/').some(isTemporary)) files.set(inside, content);
  }
  return { files, ...hashFiles(files) };
}

async function inflate(bytes: Uint8Array): Promise<Buffer> {
  const gunzip = createGunzip();
  const pieces: Buffer[] = [];
  let total = 0;
  gunzip.end(bytes);
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      total += piece.byteLength;
      // While it is inflated, not afterwards.
      if (total > maxInflatedBytes) throw tooLarge(maxInflatedBytes);
      if (total > freeBytes && total > bytes.byteLength * maxRatio)
        throw new ArchiveFault(`it is ${maxRatio} times larger than it looks`);
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof ArchiveFault) throw error;
    throw new ArchiveFault(`it cannot be unpacked: ${(error as Error).message}`);
  }
  return Buffer.concat(pieces);
}

async function collectEntries(bytes: Uint8Array): Promise<Map<string, Buffer>> {
  // The parser would unpack these by itself, and nobody would count.
  if (isGzip(bytes) || isMagic(bytes, [0x28, 0xb5, 0x2f, 0xfd])) throw new ArchiveFault('it is packed twice');
  if (isMagic(bytes, [0x50, 0x4b])) throw new ArchiveFault('it is a zip file; pack it as .tgz');
  const { Parser } = await import('tar');
  const files = new Map<string, Buffer>();
  const check = createNameCheck();
  let fault: string | undefined;
  let entries = 0;

  function take(entry: ReadEntry): void {
    const isFolder = entry.type === 'Directory';
    const path = entry.path.replace(/^(\.\/)+/, '').replace(isFolder ? /\/+$/ : /(?!)/, '');
    fault ??= explainEntry(entry, ++entries);
    // The folder itself, as `tar -c .` writes it.
    const isRoot = isFolder && (path === '' || path === '.');
    if (!isRoot) fault ??= check(path, isFolder);
    if (fault !== undefined || isFolder) {
      entry.resume();
      return;
    }
    if (files.size >= maxFiles) fault = `it has more than ${maxFiles} files`;
    const pieces: Uint8Array[] = [];
    files.set(path, Buffer.alloc(0));
    entry.on('data', (piece: Uint8Array) => pieces.push(piece));
    entry.on('end', () => files.set(path, Buffer.concat(pieces)));
  }

  const parser = new Parser({
    strict: true,
    maxMetaEntrySize: maxMetaBytes,
    brotli: false,
    onReadEntry: take,
  });
  parser.on('ignoredEntry', (entry: ReadEntry) => {
    fault ??= `${JSON.stringify(entry.path)} is of a kind that has no place in a plugin (${entry.type})`;
  });
  await new Promise<void>((resolve, reject) => {
    parser.once('end', resolve);
    parser.once('error', reject);
    // Errors come by event or as exceptions, as it happens.
    parser.end(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }).catch((error: Error) => {
    fault ??= `it is not an archive that can be read: ${error.message}`;
  });
  if (fault !== undefined) throw new ArchiveFault(fault);
  return files;
}

function explainEntry({ type, path, size, mode = 0 }: ReadEntry, count: number): string | undefined {
  const name = JSON.stringify(path);
  if (count > maxEntries) return `it has more than ${maxEntries} entries`;
  if (type === 'Directory') return undefined;
  if (type !== 'File' && type !== 'OldFile')
    return `${name} is a ${type}; only files and folders may be in a plugin`;
  if ((mode & 0o7000) !== 0) return `${name} has a mode no file of a plugin needs (${mode.toString(8)})`;
  return size > maxFileBytes ? `${name} is larger than ${maxFileBytes / 1024 / 1024} MiB` : undefined;
}

/** `package/` when that is where all of it lies and the plugin begins; else nothing. */
function commonFolder(files: ReadonlyMap<string, Buffer>): string {
  if (files.has(manifestFile)) return '';
  const [first = ''] = files.keys();
  const root = first.slice(0, first.indexOf('/') + 1);
  return root !== '' && [...files.keys()].every((path) => path.startsWith(root)) ? root : '';
}

function isGzip(bytes: Uint8Array): boolean {
  return isMagic(bytes, [0x1f, 0x8b]);
}

function isMagic(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

function tooLarge(limit: number): ArchiveFault {
  return new ArchiveFault(`it is larger than ${limit / 1024 / 1024} MiB`);
}
