import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../observe/log.ts';
import { checkpoint } from './checkpoint.ts';
import { type FindRow, type KeptRow, rowBytes } from './kept-row.ts';
import { openReplyDatabase, type ReplyDatabase } from './reply-database.ts';

export interface ReplyLimits {
  retentionDays: number;
  maxMb: number;
}

/**
 * Replies that clients come back to, in `replies.db` of the state directory. Writing costs a request nothing but a place
 * in a list: everything of some milliseconds goes to disk in one transaction, after the replies were sent. A crash loses
 * at most that. The file is not opened before the first reply is kept or asked for.
 */
export interface KeptReplies {
  limits: ReplyLimits;
  /** Can be found from here on. Never throws: a reply that cannot be kept is logged and forgotten. */
  put(row: KeptRow): void;
  /** Resolves to a look-up that holds until `close`. */
  open(): Promise<FindRow>;
  remove(owner: string, id: string): Promise<boolean>;
  /** Writes what waits and closes the file. */
  close(): Promise<void>;
}

const flushAfterMs = 20;
/** Above this nobody waits for the time to pass. */
const flushAboveBytes = 4 * 1024 * 1024;
/** Above this the disk does not keep up: what comes is forgotten. */
const holdAtMostBytes = 64 * 1024 * 1024;
const checkpointAfterBytes = 16 * 1024 * 1024;
const pruneEveryMs = 3_600_000;
const day = 86_400_000;
const megabyte = 1_048_576;

/** `now`: milliseconds; default `Date.now`. */
export function createKeptReplies(
  dataDir: string,
  limits: ReplyLimits,
  log: Log,
  now: () => number = Date.now,
): KeptReplies {
  const file = join(dataDir, 'replies.db');
  const waiting = new Map<string, KeptRow>();
  let waitingBytes = 0;
  let storedBytes = 0;
  let timer: NodeJS.Timeout | null = null;
  let pruner: NodeJS.Timeout | null = null;
  let opening: Promise<ReplyDatabase> | null = null;
  let isFailing = false;
  let loggedBytes = 0;
  let tidying: Promise<void> | null = null;

  const keyOf = (owner: string, id: string): string => `${id}\n${owner}`;

  function database(): Promise<ReplyDatabase> {
    opening ??= openReplyDatabase(file, (kept, cause) =>
      log.error('kept replies cannot be read; the file was put aside', { file: kept, error: String(cause) }),
    ).then((opened) => {
      prune(opened);
      pruner = setInterval(() => prune(opened), pruneEveryMs).unref();
      return opened;
    });
    opening.catch(() => {
      opening = null;
    });
    return opening;
  }
  function prune(opened: ReplyDatabase): void {
    const { retentionDays, maxMb } = replies.limits;
    try {
      const { deleted, bytes } = opened.prune(now() - retentionDays * day, maxMb * megabyte);
      storedBytes = bytes;
      if (deleted > 0) log.debug('kept replies deleted', { deleted, bytes });
    } catch (error) {
      log.error('kept replies could not be pruned', { file, error: String(error) });
    }
  }
  /** A log that is never moved would grow for ever. */
  function tidy(bytes: number): void {
    loggedBytes += bytes;
    if (loggedBytes < checkpointAfterBytes || tidying !== null) return;
    loggedBytes = 0;
    tidying = checkpoint(file)
      .catch((error: unknown) =>
        log.warn('kept replies: the log could not be moved', { error: String(error) }),
      )
      .finally(() => {
        tidying = null;
      });
  }
  async function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.size === 0) return;
    try {
      const opened = await database();
      // Another call may have written them while the file was opened.
      if (waiting.size === 0) return;
      const rows = [...waiting.values()];
      opened.write(rows, now());
      storedBytes += waitingBytes;
      tidy(waitingBytes);
      isFailing = false;
      if (storedBytes > replies.limits.maxMb * megabyte) prune(opened);
    } catch (error) {
      // Once: a full disk fails with every batch.
      if (!isFailing) log.error('replies could not be kept', { file, error: String(error) });
      isFailing = true;
    }
    waiting.clear();
    waitingBytes = 0;
  }

  const replies: KeptReplies = {
    limits,
    put(row) {
      const bytes = rowBytes(row);
      if (bytes > replies.limits.maxMb * megabyte || waitingBytes + bytes > holdAtMostBytes) {
        log.warn('a reply is too large to be kept', { id: row.id, bytes });
        return;
      }
      waiting.set(keyOf(row.owner, row.id), row);
      waitingBytes += bytes;
      if (waitingBytes > flushAboveBytes) void flush();
      else timer ??= setTimeout(() => void flush(), flushAfterMs);
    },
    async open() {
      const opened = opening !== null || existsSync(file) ? await database() : null;
      return (owner, id) => {
        const row = waiting.get(keyOf(owner, id));
        if (row !== undefined) return row;
        const found = opened?.find(owner, id) ?? null;
        if (found !== null) return found;
        for (const other of waiting.values()) if (other.id === id) return 'foreign';
        return null;
      };
    },
    async remove(owner, id) {
      await flush();
      return opening !== null || existsSync(file) ? (await database()).remove(owner, id) : false;
    },
    async close() {
      await flush();
      if (pruner !== null) clearInterval(pruner);
      await tidying;
      if (opening !== null) (await opening).close();
      opening = null;
    },
  };
  return replies;
}
