import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildEntry, compareEntries } from '../plugins/accept.ts';
import { type Installed, installFolder } from '../plugins/install.ts';
import { manifestFile } from '../plugins/manifest.ts';
import type { Trust } from '../plugins/trust.ts';
import { readCandidate } from './candidate.ts';
import { confirm } from './confirm.ts';
import { type OpenPlugins, openPlugins } from './open-plugins.ts';
import { readPluginSource } from './plugin-source.ts';
import { type LockOptions, refuseOtherTrust, showChanges } from './plugins-lock.ts';
import { peekId } from './plugins-sign.ts';
import { print, printJson, remark } from './print.ts';
import { failWith } from './report-error.ts';

/**
 * Installs a plugin from a folder, an archive or npm, and accepts it in the lock. Either both happen or neither. A running
 * gateway takes it up.
 */
export async function addPlugin(what: string, options: LockOptions & { trust?: Trust }): Promise<number> {
  const place = await openPlugins(options);
  const refuseShipped = (id: string): void => {
    if (!place.shipped.some((folder) => folder.id === id) && !place.bundled?.ids?.has(id)) return;
    throw failWith(
      `${id} ships with the gateway, and nothing is installed over it`,
      'give the plugin another id',
    );
  };
  // Before npm is asked for a package that happens to have this name.
  if (!existsSync(what)) refuseShipped(what);
  const found = await readPluginSource(what, place.lockFile);
  const id = peekId(found.content.files.get(manifestFile));
  if (id === null) throw failWith(`${what} holds no ${manifestFile} with an id at its top: it is no plugin`);
  refuseShipped(id);
  if (options.trust !== undefined) refuseOtherTrust(place, id, options.trust);
  const { content, source } = found;
  const candidate = await readCandidate(place, { id, content, source, trust: options.trust });
  const change = compareEntries(candidate, place.accepted(id));
  const directory = join(directoryFor(place, id), id);
  const isInPlace = place.dropped.some((folder) => folder.realPath === found.folder && folder.id === id);

  showChanges([change], options);
  const isThere = !isInPlace && existsSync(directory);
  const where = isInPlace
    ? 'where it is'
    : `to ${directory}${isThere ? ', in the place of what is there' : ''}`;
  (options.json ? remark : print)(`  from ${source} ${where}`);
  const isAgreed = await confirm(`Install ${id} ${change.version}?`, options);
  if (isAgreed) {
    const lock = await place.draft(new Map([[id, buildEntry(candidate)]]));
    let installed: Installed | null = null;
    try {
      if (!isInPlace) installed = installFolder(directoryFor(place, id), id, content);
      lock.put();
    } catch (error) {
      lock.drop();
      installed?.undo();
      throw error;
    }
    installed?.keep();
  }
  if (options.json) printJson({ installed: isAgreed, directory, lock: place.lockFile, change });
  else if (!isAgreed) print('Nothing was changed.');
  else {
    print(`Installed ${id} ${change.version} in ${directory}.`);
    const asleep = (candidate.manifest.providers ?? []).map((provider) => provider.id);
    const inUse = Object.values(place.settings.providers ?? {}).map(({ use }) => use);
    const missing = asleep.filter((each) => !inUse.includes(each));
    if (missing.length > 0) remark(`To use ${missing.join(', ')}, list it under providers: of gateway.yaml.`);
  }
  return isAgreed || options.dryRun ? 0 : 1;
}

/** Where a plugin of this id is already, else the first of `plugins.dirs`. */
function directoryFor({ dropped, settings }: OpenPlugins, id: string): string {
  const { dirs } = settings.plugins;
  const there = dirs.find((dir) => dropped.some((folder) => folder.directory === join(dir, id)));
  const dir = there ?? dirs[0];
  if (dir === undefined) throw failWith('plugins.dirs is empty: there is nowhere to install a plugin');
  return dir;
}
