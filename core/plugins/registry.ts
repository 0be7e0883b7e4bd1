import type { Lease, Registry, Snapshot } from './snapshot.ts';

export interface RegistryOptions {
  /** After this long an old snapshot is closed even if a request still holds it. Default 10 minutes. */
  drainMs?: number;
  /** After a snapshot nobody holds any more was let go. */
  onRetired?(): void;
  /** A runner that could not be closed; nobody is waiting for it. */
  onError?(error: unknown): void;
}

interface Entry {
  readonly snapshot: Snapshot;
  leases: number;
  isCurrent: boolean;
  timer?: NodeJS.Timeout;
}

/** The one place that says what is loaded now. */
export interface LiveRegistry extends Registry {
  /** The current snapshot and every older one that a request still holds. */
  live(): Snapshot[];
}

export function createRegistry(first: Snapshot, options: RegistryOptions = {}): LiveRegistry {
  const { drainMs = 600_000, onRetired, onError } = options;
  const entries = new Set<Entry>();
  const closing = new Set<Promise<void>>();
  let current = open(first);

  function open(snapshot: Snapshot): Entry {
    const entry: Entry = { snapshot, leases: 0, isCurrent: true };
    entries.add(entry);
    return entry;
  }
  function retire(entry: Entry): void {
    if (!entries.delete(entry)) return;
    clearTimeout(entry.timer);
    const { runner } = entry.snapshot;
    // Snapshots whose modules are the same share a runner.
    if (![...entries].some((other) => other.snapshot.runner === runner)) {
      const closed: Promise<void> = runner
        .close()
        .catch((error: unknown) => onError?.(error))
        .then(() => {
          closing.delete(closed);
        });
      closing.add(closed);
    }
    onRetired?.();
  }
  function release(entry: Entry): void {
    entry.leases--;
    if (entry.leases === 0 && !entry.isCurrent) retire(entry);
  }

  return {
    get current() {
      return current.snapshot;
    },
    lease: () => new LeaseOf(current, release),
    swap(next) {
      const old = current;
      current = open(next);
      old.isCurrent = false;
      if (old.leases === 0) retire(old);
      else old.timer = setTimeout(retire, drainMs, old).unref();
    },
    live: () => [...entries].map((entry) => entry.snapshot),
    async close() {
      for (const entry of entries) retire(entry);
      await Promise.all(closing);
    },
  };
}

class LeaseOf implements Lease {
  readonly snapshot: Snapshot;
  readonly #entry: Entry;
  readonly #release: (entry: Entry) => void;
  #isReleased = false;

  constructor(entry: Entry, release: (entry: Entry) => void) {
    entry.leases++;
    this.snapshot = entry.snapshot;
    this.#entry = entry;
    this.#release = release;
  }
  /** Only the first call counts. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#release(this.#entry);
  }
}
