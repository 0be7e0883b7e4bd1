import { readFileSync, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { createNameCheck } from '../plugins/portable-names.ts';
import { ArchiveFault, maxArchiveBytes, readArchive } from '../plugins/read-archive.ts';
import { type FolderContent, readFolder } from '../plugins/read-folder.ts';
import { shortPath } from './candidate.ts';
import { fetchPackage, isPackageSpec } from './fetch-package.ts';
import { failWith } from './report-error.ts';

/** A plugin somebody wants to add, read once: what is shown, accepted and written are these bytes. */
export interface PluginSource {
  content: FolderContent;
  /** As the lock notes it. */
  source: string;
  /** The folder it was read from, with links resolved; null for an archive. */
  folder: string | null;
}

/** A folder, an archive or the name of a package; fails, naming what is wrong with it. */
export async function readPluginSource(what: string, lockFile: string): Promise<PluginSource> {
  const path = resolve(what);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) {
    const folder = realpathSync(path);
    const content = readFolder(what, folder);
    const check = createNameCheck();
    for (const each of content.files.keys()) {
      const fault = check(each, false);
      if (fault !== undefined) throw failWith(`${what}: ${fault}`);
    }
    return { content, source: shortPath(lockFile, path), folder };
  }
  if (stats?.isFile()) {
    if (stats.size > maxArchiveBytes)
      throw failWith(`${what} is larger than ${maxArchiveBytes / 1024 / 1024} MiB`);
    const content = await readNamed(what, readFileSync(path));
    return { content, source: shortPath(lockFile, path), folder: null };
  }
  if (stats !== undefined) throw failWith(`${what} is neither a folder nor a file`);
  if (/^[a-z]+:\/\//i.test(what))
    throw failWith(`${what} is an address`, 'download it first, and give the file');
  const isPath = /^[./~\\]|\.(tgz|tar|gz|zip)$|^[a-z]:/i.test(what) || !isPackageSpec(what);
  if (isPath) throw failWith(`${what}: there is no such folder or archive, and it is no package's name`);
  const { archive, source } = await fetchPackage(what);
  return { content: await readNamed(source, archive), source, folder: null };
}

async function readNamed(name: string, bytes: Uint8Array): Promise<FolderContent> {
  try {
    return await readArchive(bytes);
  } catch (error) {
    if (error instanceof ArchiveFault) throw failWith(`${name} is refused: ${error.message}`);
    throw error;
  }
}
