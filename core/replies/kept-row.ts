/** A reply kept for the client that asked for it, with what its request said. */
export interface KeptRow {
  /** As the client knows it. */
  id: string;
  /** The client key it belongs to. */
  owner: string;
  /** The client's dialect: only its own code can read `input` and `reply`. */
  dialect: string;
  /** The reply this one continues; null: none. */
  previous: string | null;
  /** Configured name of the provider that keeps the reply itself, under this id; null: only the gateway knows it. */
  provider: string | null;
  /** JSON in UTF-8; empty where the request had no input. */
  input: Uint8Array;
  /** JSON in UTF-8. */
  reply: Uint8Array;
}

/** Where one reply is looked up. `foreign`: it is there, and belongs to another key. */
export type FindRow = (owner: string, id: string) => KeptRow | 'foreign' | null;

/** A reply with the turns before it. */
export interface Chain {
  /** From the first turn; null when one in between is gone: then only its own provider can go on from it. */
  rows: KeptRow[] | null;
  bytes: number;
}

/** Follows `previous` from a reply back to the first turn. */
export function followChain(find: FindRow, last: KeptRow): Chain {
  const { owner } = last;
  const rows = [last];
  // A service that gives one id twice could make a circle.
  const seen = new Set([last.id]);
  let bytes = rowBytes(last);
  for (let next = last.previous; next !== null; ) {
    const row = seen.has(next) ? null : find(owner, next);
    if (row === null || row === 'foreign' || row.dialect !== last.dialect) return { rows: null, bytes };
    seen.add(next);
    rows.push(row);
    bytes += rowBytes(row);
    next = row.previous;
  }
  return { rows: rows.reverse(), bytes };
}

/** What a row counts for, in bytes: its contents, and something for all the rest. */
export function rowBytes({ input, reply }: KeptRow): number {
  return input.byteLength + reply.byteLength + 256;
}
