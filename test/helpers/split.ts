/** Ways to cut bytes into pieces that a reader must not notice. */

/** Pieces of `size` bytes; 1 is every byte alone. */
export function splitEvery(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}

/** Cut at these offsets, in any order; those outside are ignored. */
export function splitAt(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const sorted = [...new Set(offsets)].filter((at) => at > 0 && at < bytes.length).sort((a, b) => a - b);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const at of [...sorted, bytes.length]) {
    pieces.push(bytes.subarray(from, at));
    from = at;
  }
  return pieces;
}

/** Cut inside every character that takes more than one byte. */
export function splitInsideCharacters(bytes: Buffer): Buffer[] {
  return splitAt(
    bytes,
    positions(bytes, (byte) => (byte & 0xc0) === 0x80),
  );
}

/** Cut between CR and LF, and between the two line ends of every blank line. */
export function splitLineEnds(bytes: Buffer): Buffer[] {
  return splitAt(
    bytes,
    positions(bytes, (byte, before) => byte === 0x0a && (before === 0x0d || before === 0x0a)),
  );
}

function positions(bytes: Buffer, isCut: (byte: number, before: number) => boolean): number[] {
  const found: number[] = [];
  for (let at = 1; at < bytes.length; at++) {
    if (isCut(bytes[at] ?? 0, bytes[at - 1] ?? 0)) found.push(at);
  }
  return found;
}
