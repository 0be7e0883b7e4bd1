import { join, relative, sep } from 'node:path';
import type { FSWatcher } from 'chokidar';
import { isTemporary } from './discover.ts';

export interface WatchTargets {
  /** Directories of plugin folders, there or not. */
  dirs: readonly string[];
  /** Single files, there or not. */
  files: readonly string[];
}
export interface WatchOptions {
  /**
   * Something changed and has been quiet since: a plugin folder, by its path as it is found in its directory, or one of
   * the files.
   */
  onDue(path: string): void;
  onError(error: unknown): void;
  /** A folder is acted on after so long without another event. Default 100. */
  quietMs?: number;
  /** And at the latest so long after the first. Default 400. */
  maxMs?: number;
}
export interface Watch {
  /** From now on these, and no others. Resolves when changes to them are seen. */
  set(targets: WatchTargets): Promise<void>;
  close(): Promise<void>;
}

/** How deep in a plugin folder changes are looked for; the same as what is read of it. */
const maxDepth = 12;

/** Follows plugin folders and files, and waits for each to come to rest: a copy that is half done is no version. */
export function createWatch({ onDue, onError, quietMs = 100, maxMs = 400 }: WatchOptions): Watch {
  const pending = new Map<string, { since: number; timer: NodeJS.Timeout }>();
  let watcher: FSWatcher | undefined;
  let targets: WatchTargets = { dirs: [], files: [] };
  let isClosed = false;

  function note(path: string): void {
    const key = keyOf(path, targets);
    if (key === null || isClosed) return;
    const now = performance.now();
    const known = pending.get(key);
    clearTimeout(known?.timer);
    const since = known?.since ?? now;
    const wait = Math.max(0, Math.min(quietMs, since + maxMs - now));
    const timer = setTimeout(() => {
      pending.delete(key);
      onDue(key);
    }, wait);
    pending.set(key, { since, timer });
  }

  /** Whoever waits for a watcher to open. */
  const closed: (() => void)[] = [];

  async function set(next: WatchTargets): Promise<void> {
    const old = watcher;
    watcher = undefined;
    await old?.close();
    if (isClosed) return;
    targets = next;
    const { watch } = await import('chokidar');
    const opened = watch([...next.dirs, ...next.files], {
      ignoreInitial: true,
      depth: maxDepth,
      ignored: (path) => isIgnored(path, next),
    });
    watcher = opened;
    opened.on('all', (_, path) => note(path));
    opened.on('error', onError);
    // A watcher that is closed while it opens never gets ready.
    await new Promise<void>((resolve) => {
      opened.once('ready', resolve);
      closed.push(resolve);
    });
  }

  return {
    set,
    async close() {
      isClosed = true;
      for (const { timer } of pending.values()) clearTimeout(timer);
      pending.clear();
      await watcher?.close();
      for (const settle of closed) settle();
    },
  };
}

/** The plugin folder or the file an event belongs to; null for what is above or beside them. */
function keyOf(path: string, { dirs, files }: WatchTargets): string | null {
  if (files.includes(path)) return path;
  for (const dir of dirs) {
    const [first = '', ...rest] = relative(dir, path).split(sep);
    if (first === '..' || rest.includes('..')) continue;
    return first === '' ? dir : join(dir, first);
  }
  return null;
}

function isIgnored(path: string, { dirs, files }: WatchTargets): boolean {
  if (files.includes(path)) return false;
  const dir = dirs.find((each) => path.startsWith(each + sep));
  return dir !== undefined && relative(dir, path).split(sep).some(isTemporary);
}
