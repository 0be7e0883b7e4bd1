/**
 * Adds to an engine what translators use that is not of the language: TextEncoder, TextDecoder and structuredClone, as pure
 * as the rest. Only the function's text gets into the engine, so it may use nothing from outside of itself.
 */
export function addPolyfills(world: Record<string, unknown>): void {
  function encode(text = ''): Uint8Array {
    const bytes: number[] = [];
    for (const character of String(text).toWellFormed()) {
      const point = character.codePointAt(0) as number;
      if (point < 0x80) bytes.push(point);
      else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(point));
      else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(point >> 6), tail(point));
      else bytes.push(0xf0 | (point >> 18), tail(point >> 12), tail(point >> 6), tail(point));
    }
    return Uint8Array.from(bytes);
  }
  function tail(bits: number): number {
    return 0x80 | (bits & 0x3f);
  }

  /** As browsers read it: what is no UTF-8 becomes U+FFFD, once for each longest beginning of a character. */
  function decode(bytes: Uint8Array, isFatal: boolean): string {
    const parts: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const first = bytes[at] as number;
      const size =
        first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
      let point = size === 1 ? first : first & (0xff >> (size + 1));
      let seen = 1;
      for (; seen < size && isTail(bytes[at + seen], first, seen); seen++) {
        point = (point << 6) | ((bytes[at + seen] as number) & 0x3f);
      }
      const isWhole = size > 0 && seen === size;
      if (!isWhole && isFatal) throw new TypeError('The encoded data was not valid for encoding utf-8');
      parts.push(isWhole ? String.fromCodePoint(point) : '\ufffd');
      at += seen;
    }
    return parts.join('');
  }
  /** Surrogates, numbers written too long and those over U+10FFFF are ruled out by the second byte. */
  function isTail(byte: number | undefined, first: number, index: number): boolean {
    if (byte === undefined) return false;
    const low = index > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = index > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    return byte >= low && byte <= high;
  }
  function bytesOf(input: ArrayBuffer | ArrayBufferView | undefined): Uint8Array {
    if (input === undefined) return new Uint8Array(0);
    return ArrayBuffer.isView(input)
      ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
      : new Uint8Array(input);
  }

  function clone(value: unknown, known: Map<object, unknown>): unknown {
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw new TypeError(`${String(value)} could not be cloned.`);
    }
    if (typeof value !== 'object' || value === null) return value;
    if (known.has(value)) return known.get(value);
    const keep = <Copy>(copy: Copy): Copy => {
      known.set(value, copy);
      return copy;
    };
    if (value instanceof Date) return keep(new Date(value.getTime()));
    if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
    if (value instanceof ArrayBuffer) return keep(value.slice(0));
    if (value instanceof DataView)
      return keep(new DataView(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength)));
    if (ArrayBuffer.isView(value)) return keep((value as Uint8Array).slice());
    if (value instanceof Map) {
      const copy = keep(new Map());
      for (const [key, each] of value) copy.set(clone(key, known), clone(each, known));
      return copy;
    }
    if (value instanceof Set) {
      const copy = keep(new Set());
      for (const each of value) copy.add(clone(each, known));
      return copy;
    }
    const copy: Record<string, unknown> = keep(
      Array.isArray(value) ? (new Array(value.length) as unknown as Record<string, unknown>) : {},
    );
    if (value instanceof Error) Object.assign(copy, { name: value.name, message: value.message });
    for (const key of Object.keys(value)) copy[key] = clone((value as Record<string, unknown>)[key], known);
    return copy;
  }

  world.TextEncoder = class TextEncoder {
    readonly encoding = 'utf-8';
    encode(text?: string): Uint8Array {
      return encode(text);
    }
  };
  world.TextDecoder = class TextDecoder {
    readonly encoding = 'utf-8';
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
      if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) {
        throw new RangeError(`The sandbox decodes utf-8 only, and not "${label}"`);
      }
      this.fatal = fatal;
      this.ignoreBOM = ignoreBOM;
    }
    decode(input?: ArrayBuffer | ArrayBufferView): string {
      const text = decode(bytesOf(input), this.fatal);
      return !this.ignoreBOM && text.startsWith('\ufeff') ? text.slice(1) : text;
    }
  };
  world.structuredClone = (value: unknown) => clone(value, new Map());
}
