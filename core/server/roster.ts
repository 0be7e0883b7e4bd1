/** What a roster can hold, and one roster at a time. */
export interface Listed {
  /** Where it stands; the roster's alone. -1: in none. */
  place: number;
}

/**
 * A set of what comes and goes with each request. Where one goes the last one takes its place. A `Set` of what lives so
 * shortly makes a new table every few requests, and an old table that has got out of the young part of the heap keeps
 * the next one there, with all that those requests held: that cost a small request a sixth of its time, in garbage
 * collection (`node scripts/bench/run.ts --only W1,W2`).
 */
export class Roster<Item extends Listed> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    item.place = this.#items.length;
    this.#items.push(item);
  }

  /** False: it was not there. */
  delete(item: Item): boolean {
    const { place } = item;
    if (this.#items[place] !== item) return false;
    const last = this.#items.pop() as Item;
    if (last !== item) {
      this.#items[place] = last;
      last.place = place;
    }
    item.place = -1;
    return true;
  }

  /** Those that are there now, whatever comes and goes meanwhile. */
  [Symbol.iterator](): Iterator<Item> {
    return [...this.#items].values();
  }
}
