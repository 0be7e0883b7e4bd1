import type { Socket } from 'node:net';
import type { JsonObject, MessageError } from '@dragoman/plugin-sdk';
import type { WebSocket } from 'ws';
import { GatewayError } from '../errors/gateway-error.ts';
import type { ReplySink } from '../exchange/reply-sink.ts';
import type { FrameReader } from '../upstream/frame-reader.ts';
import { createFrameReader } from '../upstream/framing.ts';

const maxFrameBytes = 64 * 1024 * 1024;

/** The reply to one message: each frame of the stream becomes a message. A refusal is left to be told in its own form. */
export class SocketReply implements ReplySink {
  onDrain: (() => void) | null = null;
  onStop: ((why: GatewayError) => void) | null = null;
  stopped: GatewayError | null = null;
  started = false;
  closed = false;
  /** Why there is no reply, or no end of one. */
  refusal: MessageError | undefined;
  readonly #socket: WebSocket;
  readonly #line: Socket;
  readonly #reader: FrameReader;
  /** The text of the fields each message gets, with the bracket that closes it; empty: none. */
  readonly #ending: string;
  #status = 200;
  #isStream = false;

  constructor(socket: WebSocket, line: Socket, framing: string, fields: JsonObject | undefined) {
    this.#socket = socket;
    this.#line = line;
    this.#reader = createFrameReader(framing, { maxFrameBytes });
    this.#ending = fields === undefined ? '' : `,${JSON.stringify(fields).slice(1)}`;
    socket.on('close', this.#onClose);
    line.on('drain', this.#onLineDrain);
  }

  readonly #onClose = (): void => {
    if (this.closed) return;
    this.#finish();
    this.onStop?.(new GatewayError('GW_CLIENT_ABORTED'));
  };
  readonly #onLineDrain = (): void => this.onDrain?.();

  head(status: number, headers: Record<string, string>): void {
    this.started = true;
    this.#status = status;
    // An answer in one piece has a length; a stream never has.
    this.#isStream = status >= 200 && status < 300 && headers['content-length'] === undefined;
  }

  write(bytes: Buffer | string): boolean {
    if (!this.closed) this.#send(bytes);
    return !this.#line.writableNeedDrain;
  }

  end(bytes?: Buffer | string): void {
    if (this.closed) return;
    if (this.#isStream) {
      if (bytes !== undefined) this.#send(bytes);
    } else if (this.#status >= 400) {
      this.refusal = { status: this.#status, body: JSON.parse(String(bytes ?? 'null')) };
    } else {
      const message = 'The provider answered without a stream';
      this.refusal = { status: 502, body: { error: { message, type: 'server_error', code: null } } };
    }
    this.#finish();
  }

  cut(): void {
    if (this.closed) return;
    const message = 'The answer broke off';
    this.refusal = { status: 502, body: { error: { message, type: 'server_error', code: null } } };
    this.#finish();
  }

  /** As of an `HttpReply`. */
  stop(why: GatewayError): void {
    if (this.closed) return;
    this.stopped = why;
    this.onStop?.(why);
  }

  #send(bytes: Buffer | string): void {
    for (const { data } of this.#reader.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)) {
      // A sentinel such as `[DONE]` tells an end that messages tell themselves.
      if (data.charCodeAt(0) === 0x7b) this.#socket.send(this.#withFields(data));
    }
  }

  #withFields(data: string): string {
    if (this.#ending === '') return data;
    const end = data.lastIndexOf('}');
    const isEmpty = data.slice(1, end).trim() === '';
    return data.slice(0, end) + (isEmpty ? this.#ending.slice(1) : this.#ending);
  }

  #finish(): void {
    this.closed = true;
    this.#socket.off('close', this.#onClose);
    this.#line.off('drain', this.#onLineDrain);
  }
}
