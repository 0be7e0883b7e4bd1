import { requireSettings } from '../config/load.ts';
import type { GatewaySettings } from '../config/settings.ts';
import type { LockedPlugin, PluginsLock } from '../generated/lock.ts';
import { type Bundled, findBundled } from '../plugins/bundled.ts';
import { discover, type FoundFolder } from '../plugins/discover.ts';
import { acceptedIn, type LockState, lockFileOf, readLock } from '../plugins/read-lock.ts';
import { draftLock, type LockDraft } from '../plugins/write-lock.ts';
import type { PlaceOptions } from './place.ts';
import { readConfig } from './read-config.ts';
import { failWith } from './report-error.ts';

/** The plugin folders of a configuration and what was accepted of them. */
export interface OpenPlugins {
  readonly settings: GatewaySettings;
  readonly bundled: Bundled | null;
  readonly lockFile: string;
  readonly lock: LockState;
  /** Folders that do not ship with the gateway. */
  readonly dropped: readonly FoundFolder[];
  readonly shipped: readonly FoundFolder[];
  accepted(id: string): LockedPlugin | undefined;
  /** The lock with these entries changed, ready to be put in place; undefined takes one out. Fails if it changed meanwhile. */
  draft(entries: ReadonlyMap<string, LockedPlugin | undefined>): Promise<LockDraft>;
}

/** Fails for a lock that cannot be read: nothing is written over what may still be saved. */
export async function openPlugins(options: PlaceOptions): Promise<OpenPlugins> {
  const config = await readConfig(options);
  const settings = requireSettings(config);
  const lockFile = lockFileOf(config.file, process.cwd());
  const lock = await readLock(lockFile);
  if (lock.isBroken) throw failWith(lock.fault ?? lockFile, 'put it right, or take it away to begin anew');
  const bundled = findBundled();
  const found = discover(bundled, settings.plugins.dirs);
  return {
    settings,
    bundled,
    lockFile,
    lock,
    dropped: found.filter((folder) => !folder.bundled),
    shipped: found.filter((folder) => folder.bundled),
    accepted: (id) => acceptedIn(lock, id),
    async draft(entries) {
      // Somebody may have taken an hour to answer: another command's entries stay, and what was shown must still hold.
      const now = await readLock(lockFile);
      const plugins: PluginsLock['plugins'] = { ...now.lock?.plugins };
      for (const [id, entry] of entries) {
        if (now.isBroken || JSON.stringify(acceptedIn(now, id)) !== JSON.stringify(acceptedIn(lock, id)))
          throw failWith(`${lockFile} was changed meanwhile; nothing was done`, 'run the command again');
        if (entry === undefined) delete plugins[id];
        else plugins[id] = entry;
      }
      return draftLock(lockFile, { ...now.lock, lockVersion: 1, plugins });
    },
  };
}

/** Folders of these ids, or all; fails for an id nobody has, and for one that ships with the gateway. */
export function chooseFolders(
  { dropped, shipped }: Pick<OpenPlugins, 'dropped' | 'shipped'>,
  ids: readonly string[],
): FoundFolder[] {
  for (const id of ids) {
    if (dropped.some((folder) => folder.id === id)) continue;
    if (shipped.some((folder) => folder.id === id))
      throw failWith(`${id} ships with the gateway: it needs no lock, and runs inline`);
    throw failWith(`there is no plugin folder named '${id}'`, 'dragoman plugins lists what there is');
  }
  return dropped.filter(({ id }) => ids.length === 0 || ids.includes(id));
}
