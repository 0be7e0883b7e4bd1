import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A body below this leaves nothing worth a look. */
const largeBytes = 1_048_576;
/** What a thread may keep until V8 finds the time by itself. */
const mostKept = 64 * 1_048_576;

type Collector = (options?: { type: 'major'; execution: 'sync'; flavor: 'regular' | 'last-resort' }) => void;
let collect: Collector | undefined;

/**
 * What is left of a large body stays in a thread that has nothing more to do: V8 collects when something is made, and a
 * thread that waits for a task makes nothing. Costs some milliseconds, and only where there is something to let go of.
 */
export async function collectAfter<Reply>(answering: Promise<Reply>, bodyBytes: number): Promise<Reply> {
  const reply = await answering;
  if (bodyBytes >= largeBytes && getHeapStatistics().used_heap_size > mostKept) {
    collect ??= findCollector();
    collect();
  }
  return reply;
}

/**
 * Gives back to the system what this thread's heap does not need now: a start leaves V8 with more than twice that, most of it
 * room for young objects, and V8 gives nothing back unless it collects. Blocks the event loop for some 100 ms.
 */
export function shrinkHeap(): void {
  collect ??= findCollector();
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

function findCollector(): Collector {
  setFlagsFromString('--expose-gc');
  const found = runInNewContext('gc') as Collector;
  // For this one context: plugins have no use for it.
  setFlagsFromString('--no-expose-gc');
  return found;
}
