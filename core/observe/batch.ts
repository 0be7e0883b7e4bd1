import type { Writable } from 'node:stream';

/** Lines on their way to a stream, written together once per turn of the event loop. */
export interface LineBatch {
  /** `line` ends with a newline. */
  append(line: string): void;
  /** Hands everything collected to the stream now. */
  flush(): void;
  /** Flushes and waits until the stream has taken it; the stream stays open. */
  close(): Promise<void>;
}

/** Written at once above this many characters, so that a burst does not become one huge write. */
const flushAbove = 64 * 1024;
/** A reader that does not keep up costs this many characters of memory; then lines are dropped and counted. */
const holdAtMost = 4 * 1024 * 1024;

/** `describeDropped`: the line that tells a reader how many it missed. */
export function createBatch(stream: Writable, describeDropped: (count: number) => string): LineBatch {
  let held = '';
  let dropped = 0;
  let isScheduled = false;
  let isBlocked = false;
  let isBroken = false;

  // A closed pipe (`dragoman start | head`) must not take the gateway down: from here on there is nobody to tell.
  const onError = () => {
    isBroken = true;
    held = '';
  };
  const onDrain = () => {
    isBlocked = false;
    flush();
  };
  const onTick = () => {
    isScheduled = false;
    if (!isBlocked) flush();
  };
  const onExit = () => flush();
  stream.on('error', onError);
  stream.on('drain', onDrain);
  process.on('exit', onExit);

  function flush(): void {
    if (dropped > 0) {
      held += describeDropped(dropped);
      dropped = 0;
    }
    if (held === '' || isBroken) return;
    const text = held;
    held = '';
    isBlocked = !stream.write(text);
  }

  return {
    append(line) {
      if (isBroken) return;
      if (held.length > holdAtMost) {
        dropped += 1;
        return;
      }
      held += line;
      if (held.length > flushAbove && !isBlocked) flush();
      else if (!isScheduled) {
        isScheduled = true;
        setImmediate(onTick);
      }
    },
    flush,
    async close() {
      flush();
      if (!isBroken && !stream.destroyed)
        await new Promise<void>((resolve) => stream.write('', () => resolve()));
      stream.off('error', onError);
      stream.off('drain', onDrain);
      process.off('exit', onExit);
    },
  };
}
