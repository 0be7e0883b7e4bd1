import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { makeFolder } from '../files/make-folder.ts';
import { type KeptRow, rowBytes } from './kept-row.ts';

/** Rows on disk. Everything is synchronous: one call is some microseconds. */
export interface ReplyDatabase {
  find(owner: string, id: string): KeptRow | 'foreign' | null;
  /** All or none of them. `now`: milliseconds since the epoch. */
  write(rows: Iterable<KeptRow>, now: number): void;
  remove(owner: string, id: string): boolean;
  /** Deletes what was not used since `unusedSince`, then the longest unused until `maxBytes` hold the rest. */
  prune(unusedSince: number, maxBytes: number): { deleted: number; bytes: number };
  close(): void;
}

// Small columns come first: following a chain must not read through the contents.
const schema = `
  CREATE TABLE IF NOT EXISTS reply (
    id TEXT NOT NULL, owner TEXT NOT NULL, dialect TEXT NOT NULL, previous TEXT, provider TEXT,
    used INTEGER NOT NULL, bytes INTEGER NOT NULL, input BLOB NOT NULL, reply BLOB NOT NULL,
    PRIMARY KEY (id, owner)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS reply_used ON reply (used, bytes);
`;
/** A chain is marked as used at most this often. */
const touchAfterMs = 6 * 3_600_000;

/** Opens or makes the file, mode 0600. One that is no database is put aside: `onBroken` is told its new name. */
export async function openReplyDatabase(
  file: string,
  onBroken: (kept: string, cause: unknown) => void,
): Promise<ReplyDatabase> {
  const { DatabaseSync: Database } = await import('node:sqlite');
  makeFolder(dirname(file));
  // SQLite gives its side files the mode of this one.
  closeSync(openSync(file, 'a', 0o600));
  try {
    return buildDatabase(openFile(Database, file));
  } catch (cause) {
    if (!isBroken(cause)) throw cause;
    const kept = `${file}.broken`;
    renameSync(file, kept);
    for (const side of ['-wal', '-shm']) if (existsSync(file + side)) rmSync(file + side);
    onBroken(kept, cause);
    closeSync(openSync(file, 'a', 0o600));
    return buildDatabase(openFile(Database, file));
  }
}

function openFile(Database: typeof DatabaseSync, file: string): DatabaseSync {
  const database = new Database(file, { timeout: 2_000 });
  try {
    // A page of a deleted reply is overwritten, and given back to the file system bit by bit.
    database.exec(
      'PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;',
    );
    // Moving the log into the file waits for the disk: see checkpoint.ts.
    database.exec('PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 0;');
    database.exec(schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
function isBroken(cause: unknown): boolean {
  const { errcode } = cause as { errcode?: number };
  return errcode === 11 || errcode === 26;
}

function buildDatabase(database: DatabaseSync): ReplyDatabase {
  const columns = 'id, owner, dialect, previous, provider, input, reply';
  const own = database.prepare(`SELECT ${columns} FROM reply WHERE id = ? AND owner = ?`);
  const any = database.prepare('SELECT 1 FROM reply WHERE id = ? LIMIT 1');
  const put = database.prepare(
    `INSERT OR REPLACE INTO reply (${columns}, used, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const drop = database.prepare('DELETE FROM reply WHERE id = ? AND owner = ?');
  // `UNION` leaves a circle after its first round.
  const touch = database.prepare(
    `WITH RECURSIVE chain (id, previous) AS (
       SELECT id, previous FROM reply WHERE id = :id AND owner = :owner
       UNION SELECT r.id, r.previous FROM reply r JOIN chain c ON r.id = c.previous AND r.owner = :owner
     ) UPDATE reply SET used = :now WHERE owner = :owner AND used < :before AND id IN (SELECT id FROM chain)`,
  );
  const expire = database.prepare('DELETE FROM reply WHERE used < ?');
  const total = database.prepare('SELECT coalesce(sum(bytes), 0) AS bytes FROM reply');
  const oldest = database.prepare('SELECT rowid, bytes FROM reply ORDER BY used LIMIT 100');
  const dropRow = database.prepare('DELETE FROM reply WHERE rowid = ?');

  function inOne<Result>(work: () => Result): Result {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      // On a full disk SQLite has ended it already, and its word about that would hide the reason.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
  function sumBytes(): number {
    return Number(total.get()?.bytes ?? 0);
  }
  /** The longest unused, a hundred at a time; how many went. */
  function shrink(bytes: number, maxBytes: number): number {
    let deleted = 0;
    let left = bytes;
    while (left > maxBytes) {
      const rows = oldest.all();
      if (rows.length === 0) break;
      for (const row of rows) {
        if (left <= maxBytes) break;
        dropRow.run(Number(row.rowid));
        left -= Number(row.bytes);
        deleted++;
      }
    }
    return deleted;
  }

  return {
    find(owner, id) {
      const row = own.get(id, owner);
      if (row !== undefined) return readRow(row);
      return any.get(id) === undefined ? null : 'foreign';
    },
    write(rows, now) {
      inOne(() => {
        for (const row of rows) {
          const { id, owner, dialect, previous, provider, input, reply } = row;
          put.run(id, owner, dialect, previous, provider, input, reply, now, rowBytes(row));
          if (previous !== null) touch.run({ id: previous, owner, now, before: now - touchAfterMs });
        }
      });
    },
    remove: (owner, id) => drop.run(id, owner).changes !== 0,
    prune(unusedSince, maxBytes) {
      const deleted = inOne(() => {
        const expired = Number(expire.run(unusedSince).changes);
        const bytes = sumBytes();
        // Some room, or every further reply would have to make its own.
        return expired + (bytes > maxBytes ? shrink(bytes, maxBytes * 0.9) : 0);
      });
      if (deleted > 0) database.exec('PRAGMA incremental_vacuum');
      return { deleted, bytes: sumBytes() };
    },
    close: () => database.close(),
  };
}

function readRow(row: Record<string, SQLOutputValue>): KeptRow {
  return {
    id: String(row.id),
    owner: String(row.owner),
    dialect: String(row.dialect),
    previous: row.previous === null ? null : String(row.previous),
    provider: row.provider === null ? null : String(row.provider),
    input: row.input as Uint8Array,
    reply: row.reply as Uint8Array,
  };
}
