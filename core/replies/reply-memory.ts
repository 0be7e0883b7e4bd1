import { type KeptRow, rowBytes } from './kept-row.ts';

/**
 * The replies of one connection, kept or not: a client continues them there without their being stored. The oldest are
 * forgotten above `maxBytes`.
 */
export class ReplyMemory {
  readonly #rows = new Map<string, KeptRow>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(id: string): KeptRow | undefined {
    return this.#rows.get(id);
  }

  put(row: KeptRow): void {
    const before = this.#rows.get(row.id);
    if (before !== undefined) this.#drop(before);
    this.#rows.set(row.id, row);
    this.#bytes += rowBytes(row);
    for (const oldest of this.#rows.values()) {
      if (this.#bytes <= this.#maxBytes || oldest === row) break;
      this.#drop(oldest);
    }
  }

  #drop(row: KeptRow): void {
    this.#rows.delete(row.id);
    this.#bytes -= rowBytes(row);
  }
}
