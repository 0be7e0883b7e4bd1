import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A body below this leaves nothing worth a look. */
const largeBytes = 1_048_576;
/** What a thread may keep until V8 finds the time by itself. */
const mostKept = 64 * 1_048_576;

let collect: (() => void) | undefined;

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

function findCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const found = runInNewContext('gc') as () => void;
  // For this one context: plugins have no use for it.
  setFlagsFromString('--no-expose-gc');
  return found;
}
