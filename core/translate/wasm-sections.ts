/**
 * A WebAssembly module with some sections written anew. `rewrite` gets the number of a section's kind, a reader at its
 * content and that one's length; undefined leaves the section as it is. Throws where the module is not whole.
 */
export function rewriteSections(
  bytes: Uint8Array,
  rewrite: (id: number, reader: Reader, size: number) => Uint8Array | undefined,
): Uint8Array<ArrayBuffer> {
  const reader = createReader(bytes);
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  reader.position = 8;
  while (reader.position < bytes.length) {
    const start = reader.position;
    const id = reader.byte();
    const size = reader.number();
    const end = reader.position + size;
    if (end > bytes.length) throw new Error('it is not a whole WebAssembly module');
    parts.push(rewrite(id, reader, size) ?? bytes.subarray(start, end));
    reader.position = end;
  }
  return join(parts);
}

/** A section of this kind with this content. */
export function encodeSection(id: number, body: readonly number[]): Uint8Array {
  return Uint8Array.from([id, ...encodeNumber(body.length), ...body]);
}

export interface Reader {
  position: number;
  byte(): number;
  /** An unsigned LEB128 number. */
  number(): number;
}

function createReader(bytes: Uint8Array): Reader {
  const reader: Reader = {
    position: 0,
    byte() {
      const value = bytes[reader.position++];
      if (value === undefined) throw new Error('it is not a whole WebAssembly module');
      return value;
    },
    number() {
      let value = 0;
      for (let shift = 0; shift < 35; shift += 7) {
        const byte = reader.byte();
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) return value;
      }
      throw new Error('it has a number that is too long');
    },
  };
  return reader;
}

export function encodeNumber(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
