import { type Installed, removeFolder } from '../plugins/install.ts';
import { confirm } from './confirm.ts';
import { openPlugins } from './open-plugins.ts';
import type { LockOptions } from './plugins-lock.ts';
import { print, printJson, remark } from './print.ts';
import { failWith } from './report-error.ts';

/** Deletes a plugin's folder and its entry in the lock. Of a link only the link goes. */
export async function removePlugin(id: string, options: LockOptions): Promise<number> {
  const place = await openPlugins(options);
  const folders = place.dropped.filter((folder) => folder.id === id).map(({ directory }) => directory);
  const isListed = place.accepted(id) !== undefined;
  if (folders.length === 0 && !isListed) {
    if (place.shipped.some((folder) => folder.id === id)) {
      throw failWith(
        `${id} ships with the gateway and cannot be removed`,
        `to turn its provider off, list those you want under providers: of gateway.yaml`,
      );
    }
    throw failWith(`there is no plugin folder named '${id}'`, 'dragoman plugins lists what there is');
  }
  const show = options.json ? remark : print;
  for (const directory of folders) show(`delete ${directory}`);
  if (isListed) show(`take ${id} out of ${place.lockFile}`);
  const isAgreed = await confirm(`Remove ${id}?`, options);
  if (isAgreed) {
    const lock = isListed ? await place.draft(new Map([[id, undefined]])) : null;
    const removed: Installed[] = [];
    try {
      for (const directory of folders) removed.push(removeFolder(directory));
      lock?.put();
    } catch (error) {
      lock?.drop();
      for (const each of removed) each.undo();
      throw error;
    }
    for (const each of removed) each.keep();
  }
  if (options.json) printJson({ id, removed: isAgreed, folders, listed: isListed });
  else print(isAgreed ? `Removed ${id}.` : 'Nothing was changed.');
  const users = Object.entries(place.settings.providers ?? {}).filter(([, { use }]) => use === id);
  if (isAgreed && users.length > 0)
    remark(`gateway.yaml still names it: providers.${users.map(([name]) => name).join(', providers.')}`);
  return isAgreed || options.dryRun ? 0 : 1;
}
