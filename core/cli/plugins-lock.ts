import type { LockedPlugin } from '../generated/lock.ts';
import { buildEntry, compareEntries, describeChange, dropEntry, type LockChange } from '../plugins/accept.ts';
import type { Trust } from '../plugins/trust.ts';
import { readFolderCandidate } from './candidate.ts';
import { type ConsentOptions, confirm } from './confirm.ts';
import { chooseFolders, type OpenPlugins, openPlugins } from './open-plugins.ts';
import type { PlaceOptions } from './place.ts';
import { print, printJson, remark } from './print.ts';
import { failWith } from './report-error.ts';

export interface LockOptions extends PlaceOptions, ConsentOptions {
  json?: boolean;
}

/** Accepts what is in the folders of these ids, or of all; without ids, entries of plugins that are gone go too. */
export async function lockPlugins(ids: readonly string[], options: LockOptions): Promise<number> {
  const place = await openPlugins(options);
  const changes: LockChange[] = [];
  const entries = new Map<string, LockedPlugin | undefined>();
  for (const folder of chooseFolders(place, ids)) {
    if (entries.has(folder.id))
      throw failWith(`there are two folders named '${folder.id}'`, 'take one of them away first');
    const candidate = await readFolderCandidate(place, folder);
    const before = place.accepted(folder.id);
    const change = compareEntries(candidate, before);
    changes.push(change);
    // What is the same keeps the day it was accepted.
    entries.set(folder.id, change.change === 'same' ? before : buildEntry(candidate));
  }
  if (ids.length === 0) {
    for (const [id, entry] of Object.entries(place.lock.lock?.plugins ?? {})) {
      if (entries.has(id)) continue;
      changes.push(dropEntry(id, entry));
      entries.set(id, undefined);
    }
  }
  return settle(place, changes, entries, options);
}

/** Notes how far the code of a plugin is trusted, as it is now; accepts it where the lock does not list it yet. */
export async function trustPlugin(id: string, trust: Trust, options: LockOptions): Promise<number> {
  const place = await openPlugins(options);
  const [folder] = chooseFolders(place, [id]);
  refuseOtherTrust(place, id, trust);
  if (folder === undefined) throw failWith(`there is no plugin folder named '${id}'`);
  const candidate = await readFolderCandidate(place, folder, trust);
  const before = place.accepted(id);
  const change = compareEntries(candidate, before);
  const { added, changed, removed } = change.files;
  if (before !== undefined && added.length + changed.length + removed.length > 0) {
    throw failWith(
      `${id} is not what was accepted (${[...changed, ...added, ...removed][0]}): its trust is not for these files`,
      `look at it, and accept it first: dragoman plugins lock ${id}`,
    );
  }
  const { runtime } = candidate.manifest;
  if (runtime?.js === undefined) {
    const why = runtime === undefined ? 'has no code' : 'is WebAssembly, which runs in the sandbox only';
    throw failWith(`${id} ${why}: there is nothing to trust`, `dragoman plugins lock ${id} accepts it`);
  }
  return settle(place, [change], new Map([[id, buildEntry(candidate)]]), options);
}

/** Fails when gateway.yaml says otherwise: what a command notes in the lock would have no effect. */
export function refuseOtherTrust({ settings }: OpenPlugins, id: string, trust: Trust): void {
  const said = settings.plugins.trust[id];
  if (said === undefined || said === trust) return;
  throw failWith(
    `gateway.yaml says plugins.trust.${id}: ${said}, which comes before the lock`,
    'change it there, or take it out and run this again',
  );
}

/** Shows, asks, writes. */
async function settle(
  place: OpenPlugins,
  changes: readonly LockChange[],
  entries: ReadonlyMap<string, LockedPlugin | undefined>,
  options: LockOptions,
): Promise<number> {
  const isDue = changes.some(({ change }) => change !== 'same');
  showChanges(changes, options);
  const isAgreed = isDue && (await confirm(`Accept this in ${place.lockFile}?`, options));
  if (isAgreed) (await place.draft(entries)).put();
  if (options.json) printJson({ lock: place.lockFile, written: isAgreed, changes });
  else if (isAgreed) print(`Written to ${place.lockFile}.`);
  else print(isDue ? 'Nothing was changed.' : 'There is nothing to accept.');
  return isAgreed || !isDue || options.dryRun ? 0 : 1;
}

/** What it is about, before anybody is asked. */
export function showChanges(changes: readonly LockChange[], { json }: LockOptions): void {
  const show = json ? remark : print;
  for (const change of changes) for (const line of describeChange(change)) show(line);
}
