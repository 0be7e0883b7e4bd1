import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ModelInfo } from '@dragoman/plugin-sdk';
import type { FoundModels, LoadedProvider } from '../plugins/snapshot.ts';
import { type ListFile, type ModelList, readListFile, writeListFile } from './list-file.ts';
import { askingCredential, listKey } from './list-key.ts';

/** The lists of all providers, in memory and in `models.json` of the state directory. */
export interface ListStore extends FoundModels {
  /** Takes up what an earlier run left there, and writes there from now on. */
  open(dataDir: string): void;
  /** Undefined: never asked, or may not be. */
  entry(provider: LoadedProvider): ModelList | undefined;
  noteListed(provider: LoadedProvider, models: ModelInfo[], at: number): void;
  /** The list of before stays. */
  noteFailed(provider: LoadedProvider, reason: string, at: number): void;
  /** Resolves when everything is on disk. */
  written(): Promise<void>;
}

/** A list of a provider that is no longer there is forgotten after this long. */
const keptMs = 30 * 24 * 3600 * 1000;

/** `onUnwritable`: the file cannot be written; the lists are in memory all the same. */
export function createListStore(onUnwritable: (error: unknown) => void = () => {}): ListStore {
  let file: string | null = null;
  let state: ListFile = { salt: randomBytes(32).toString('hex'), lists: new Map() };
  let revision = 0;
  let keys = new WeakMap<LoadedProvider, string>();
  let writing: Promise<void> = Promise.resolve();
  let isDue = false;

  /** Providers never change: the digest is made once for each. */
  function keyOf(provider: LoadedProvider): string | undefined {
    const made = keys.get(provider);
    if (made !== undefined) return made;
    const credential = askingCredential(provider);
    if (credential === undefined) return undefined;
    const key = listKey(provider, credential, state.salt);
    keys.set(provider, key);
    return key;
  }
  function entry(provider: LoadedProvider): ModelList | undefined {
    const key = keyOf(provider);
    return key === undefined ? undefined : state.lists.get(key);
  }
  function note(provider: LoadedProvider, list: ModelList, now: number): void {
    const key = keyOf(provider);
    if (key === undefined) return;
    state.lists.set(key, list);
    for (const [other, { listed, failed }] of state.lists) {
      if (Math.max(listed?.at ?? 0, failed?.at ?? 0) < now - keptMs) state.lists.delete(other);
    }
    if (isDue || file === null) return;
    isDue = true;
    writing = writing.then(write);
  }
  function write(): void {
    isDue = false;
    if (file === null) return;
    try {
      writeListFile(file, state);
    } catch (error) {
      onUnwritable(error);
    }
  }

  return {
    get revision() {
      return revision;
    },
    of(provider) {
      const models = entry(provider)?.listed?.models;
      return models === undefined ? undefined : new Map(models.map((model) => [model.id, model]));
    },
    open(dataDir) {
      file = join(dataDir, 'models.json');
      const found = readListFile(file);
      if (found === null) return;
      state = found;
      keys = new WeakMap();
      revision++;
    },
    entry,
    noteListed(provider, models, at) {
      const before = entry(provider)?.listed?.models;
      note(provider, { provider: provider.name, listed: { at, models } }, at);
      // The index of all models is made anew with every revision.
      if (JSON.stringify(before) !== JSON.stringify(models)) revision++;
    },
    noteFailed(provider, reason, at) {
      const listed = entry(provider)?.listed;
      const list: ModelList = { provider: provider.name, failed: { at, reason } };
      note(provider, listed === undefined ? list : { ...list, listed }, at);
    },
    written: () => writing,
  };
}
