/**
 * Where the characters of a text stand. The service counts characters; the hub counts UTF-16 code units, of which some
 * characters have two. Only those are kept, so that the state of a long stream stays small.
 */
export type Offsets = {
  /** Characters so far. */
  length: number;
  /** Places of characters of two units, in characters. */
  wide: number[];
};

export function createOffsets(): Offsets {
  return { length: 0, wide: [] };
}

export function addText(offsets: Offsets, text: string): void {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00) {
      offsets.wide.push(offsets.length);
      at++;
    }
    offsets.length++;
  }
}

/** The offset in UTF-16 code units of the character at `place`. */
export function toUnits({ wide }: Offsets, place: number): number {
  let units = place;
  for (const at of wide) {
    if (at >= place) break;
    units++;
  }
  return units;
}
