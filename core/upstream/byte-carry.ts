import { GatewayError } from '../errors/gateway-error.ts';
import type { FrameLimits } from './frame-reader.ts';

const defaultMaxFrameBytes = 4 * 1024 * 1024;
const empty = Buffer.alloc(0);

/** Bytes of a frame that is not complete yet, kept as they came and joined once. */
export class ByteCarry {
  readonly #maxBytes: number;
  readonly #provider: string;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor({ maxFrameBytes = defaultMaxFrameBytes, provider = '' }: FrameLimits) {
    this.#maxBytes = maxFrameBytes;
    this.#provider = provider;
  }

  add(bytes: Buffer): void {
    this.checkLength(this.#length + bytes.length);
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    // A drip of single bytes would hold one Buffer object per byte.
    if (this.#pieces.length > 1024) this.#pieces = [Buffer.concat(this.#pieces, this.#length)];
  }

  /** What was carried and the first `end` bytes of these. */
  take(bytes: Buffer, end: number): Buffer {
    const head = end === bytes.length ? bytes : bytes.subarray(0, end);
    if (this.#length === 0) return head;
    this.#pieces.push(head);
    const whole = Buffer.concat(this.#pieces, this.#length + end);
    this.#pieces = [];
    this.#length = 0;
    return whole;
  }

  takeAll(): Buffer {
    return this.take(empty, 0);
  }

  /** Throws GW_UPSTREAM_INVALID for a frame of so many bytes, where that is known before they are there. */
  checkLength(bytes: number): void {
    if (bytes <= this.#maxBytes) return;
    throw new GatewayError('GW_UPSTREAM_INVALID', {
      provider: this.#provider,
      reason: `one frame of its stream is longer than ${this.#maxBytes} bytes`,
    });
  }
}
