import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The plugins that ship with the gateway. */
export interface Bundled {
  directory: string;
  /** Which of its folders ship; another one in the same place was dropped in. Absent: all of them. */
  ids?: ReadonlySet<string>;
  /** SHA-256 of every file by plugin id and path, of a published package; null in a clone, where people edit plugins. */
  hashes: ShippedHashes | null;
}

export type ShippedHashes = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Every gateway has it: it is how the folder is known. */
const landmark = join('plugins', 'offline', 'plugin.json');

/** `<repository>/plugins` in a clone, `<package>/plugins` when published. Null: there are none. */
export function findBundled(from: string = import.meta.dirname): Bundled | null {
  for (let folder = from, depth = 0; depth < 6; folder = dirname(folder), depth++) {
    if (existsSync(join(folder, landmark))) return openBundled(join(folder, 'plugins'));
  }
  return null;
}

/**
 * `bundled.json` is `{ "<id>": { "<path>": "<hash>" } }`. The one of the repository (scripts/plugins-table.ts) has the ids
 * alone, `npm run build` adds the hashes.
 */
function openBundled(directory: string): Bundled {
  const listed = JSON.parse(readFileSync(join(directory, 'bundled.json'), 'utf8')) as ShippedHashes;
  const isClone = Object.values(listed).every((files) => Object.keys(files).length === 0);
  return { directory, ids: new Set(Object.keys(listed)), hashes: isClone ? null : listed };
}
