import type { Log } from '../observe/log.ts';
import { createWatch, type WatchTargets } from './watch.ts';

export interface FollowOptions {
  /** What matters now; asked again after each reload. */
  targets(): WatchTargets;
  /** Looks at these folders and files again; `null`: at everything. */
  reload(paths: ReadonlySet<string> | null): Promise<unknown>;
  log: Log;
}
export interface Follow {
  /** Resolves when changes are seen, and those made while it began were taken in. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Turns what the watcher sees into reloads: one at a time, each with all that came to rest before it. */
export function createFollow({ targets, reload, log }: FollowOptions): Follow {
  const due = new Set<string>();
  let watched = '';
  let running: Promise<void> | null = null;
  let isClosed = false;
  const watch = createWatch({
    onDue(path) {
      due.add(path);
      running ??= run();
    },
    onError: (error) => log.warn('a folder cannot be watched', { error: String(error) }),
  });

  async function run(): Promise<void> {
    while (due.size > 0 && !isClosed) {
      const paths = new Set(due);
      due.clear();
      await reload(paths);
      // What is watched already goes on being watched.
      await aim().catch((error: unknown) => log.warn('a folder cannot be watched', { error: String(error) }));
    }
    running = null;
  }

  /** Watches what matters now. While the watcher changes over nothing is seen, so all is looked at once more. */
  async function aim(): Promise<void> {
    const next = targets();
    const key = JSON.stringify(next);
    if (key === watched || isClosed) return;
    watched = key;
    await watch.set(next);
    await reload(null);
  }

  return {
    start: aim,
    async close() {
      isClosed = true;
      await watch.close();
      await running;
    },
  };
}
