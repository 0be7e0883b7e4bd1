import { connect, type Socket } from 'node:net';

/** What came back for one request. `firstAt` is when the first byte did, in `performance.now()`. */
export interface Received {
  status: number;
  /** Head included; what is counted, so that an answer cut short is noticed. */
  bytes: number;
  firstAt: number;
  /** Only when asked for: the whole answer as it came. */
  raw: Buffer;
}

const headEnd = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

/**
 * One keep-alive connection that reads as little as it can: where an answer ends, and how long it was. undici or fetch
 * here would cost more than what is measured.
 */
export class Connection {
  readonly #socket: Socket;
  #keep = false;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #firstAt = 0;
  /** Bytes still to come; -1: chunked, until the last chunk; 0 before the head is read. */
  #left = 0;
  #tail: Buffer = Buffer.alloc(0);
  #done: ((received: Received) => void) | null = null;
  #failed: ((error: Error) => void) | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection closed before the answer was whole')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('connect', () => resolve(new Connection(socket)));
      socket.once('error', reject);
    });
  }

  /** `bytes`: head and body of a request. */
  send(bytes: Buffer, keep = false): Promise<Received> {
    this.#keep = keep;
    this.#pieces = [];
    this.#bytes = 0;
    this.#status = 0;
    this.#firstAt = 0;
    this.#socket.write(bytes);
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
    });
  }

  close(): void {
    this.#failed = null;
    this.#socket.destroy();
  }

  /** For streams that are held open: true once the first bytes are here. */
  get answered(): boolean {
    return this.#firstAt > 0;
  }

  #take(chunk: Buffer): void {
    if (this.#firstAt === 0) {
      this.#firstAt = performance.now();
      this.#readHead(chunk);
    } else if (this.#left > 0) {
      this.#left -= chunk.length;
    }
    this.#bytes += chunk.length;
    if (this.#keep) this.#pieces.push(chunk);
    const isOver = this.#left === -1 ? this.#endsChunked(chunk) : this.#left === 0;
    if (isOver) this.#finish();
  }

  /** Node writes a head in one piece; one that is split would be a fault of this reader, and is loud. */
  #readHead(chunk: Buffer): void {
    const end = chunk.indexOf(headEnd);
    if (end < 0) throw new Error('an answer whose head comes in pieces');
    const head = chunk.toString('latin1', 0, end).toLowerCase();
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
    this.#left = length === undefined ? -1 : Number(length) - (chunk.length - end - headEnd.length);
  }

  /** Frames of a stream end in a line feed, so nothing but the last chunk looks like it. */
  #endsChunked(chunk: Buffer): boolean {
    const tail = chunk.length >= lastChunk.length ? chunk : Buffer.concat([this.#tail, chunk]);
    this.#tail = tail.subarray(-lastChunk.length);
    return this.#tail.equals(lastChunk);
  }

  #finish(): void {
    const done = this.#done;
    this.#done = null;
    this.#failed = null;
    done?.({
      status: this.#status,
      bytes: this.#bytes,
      firstAt: this.#firstAt,
      raw: Buffer.concat(this.#pieces),
    });
  }

  #fail(error: Error): void {
    this.#failed?.(error);
    this.#failed = null;
  }
}

/** A POST as one buffer, made once and sent many times. */
export function formatRequest(path: string, key: string, body: Buffer): Buffer {
  const head =
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nauthorization: Bearer ${key}\r\n` +
    `anthropic-version: 2023-06-01\r\nuser-agent: bench\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}
