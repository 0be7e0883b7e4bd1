import type { Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';

export interface InflateEvents {
  /** False asks to pause. */
  onData(chunk: Buffer): boolean;
  /** After `write` returned false: more can be written. */
  onDrain(): void;
  onEnd(): void;
  onError(reason: string): void;
}

/** How much larger the plain bytes may be, once they are more than `freeBytes`: event streams reach about 40. */
const maxRatio = 100;
const freeBytes = 1024 * 1024;

/** Undoes a `content-encoding` the upstream used although it was asked for `identity`. */
export class Inflater {
  readonly #stream: Transform;
  readonly #events: InflateEvents;
  #bytesIn = 0;
  #bytesOut = 0;

  private constructor(stream: Transform, events: InflateEvents) {
    this.#stream = stream;
    this.#events = events;
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('drain', () => events.onDrain());
    stream.on('end', () => events.onEnd());
    stream.on('error', () => events.onError('its compressed body is broken or was cut'));
  }

  /** Null for an encoding this gateway does not know. `first` is the first piece of the body. */
  static create(encoding: string, first: Buffer, events: InflateEvents): Inflater | null {
    const stream = decompressor(encoding, first);
    return stream === null ? null : new Inflater(stream, events);
  }

  /** False: wait for `onDrain`. */
  write(chunk: Buffer): boolean {
    this.#bytesIn += chunk.length;
    return this.#stream.write(chunk);
  }
  end(): void {
    this.#stream.end();
  }
  resume(): void {
    this.#stream.resume();
  }
  destroy(): void {
    this.#stream.removeAllListeners();
    this.#stream.on('error', () => undefined);
    this.#stream.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#bytesOut += chunk.length;
    if (this.#bytesOut > freeBytes && this.#bytesOut > this.#bytesIn * maxRatio) {
      this.#events.onError(`its compressed body grows to more than ${maxRatio} times its size`);
      return;
    }
    if (!this.#events.onData(chunk)) this.#stream.pause();
  }
}

export function isIdentity(encoding: string | undefined): boolean {
  return encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity';
}

function decompressor(encoding: string, first: Buffer): Transform | null {
  switch (encoding.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    case 'deflate':
      // RFC 9110 means zlib's format; some servers send it without zlib's head, whose low half-byte is 8.
      return ((first[0] ?? 8) & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      return null;
  }
}
