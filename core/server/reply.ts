import type { ServerResponse } from 'node:http';
import { GatewayError } from '../errors/gateway-error.ts';
import type { ReplySink } from '../exchange/reply-sink.ts';
import { type Listed, Roster } from './roster.ts';

/** A client that takes nothing of what waits for it for so long is gone, or as good as gone; nginx gives it as long. */
const patienceMs = 60_000;
/** What an operating system takes at once, and so says nothing about the client. */
const smallBytes = 65_536;

/** A sink over one http response, with keep-alive comments between the frames of a silent stream. */
export class HttpReply implements ReplySink {
  onDrain: (() => void) | null = null;
  onStop: ((why: GatewayError) => void) | null = null;
  stopped: GatewayError | null = null;
  awaitsBodySince: number | undefined;
  place = -1;
  started = false;
  closed = false;
  /** Whether what was written last ended between two frames. */
  #whole = true;
  #lastWriteAt = 0;
  /** Comments exist in event streams only. */
  #comments = false;
  readonly #response: ServerResponse;
  readonly #silent: SilenceWatch;
  #watched: WatchedStream | null = null;
  readonly #patienceMs: number;
  #isTimed = false;

  constructor(response: ServerResponse, silent: SilenceWatch, patience: number = patienceMs) {
    this.#response = response;
    this.#silent = silent;
    this.#patienceMs = patience;
    response.on('close', () => {
      const early = !response.writableFinished;
      this.#finish();
      if (early) this.onStop?.(new GatewayError('GW_CLIENT_ABORTED'));
    });
  }

  head(status: number, headers: Record<string, string>): void {
    this.#response.writeHead(status, headers);
    // Not before: of a head that cannot be written nothing has gone out.
    this.started = true;
    this.#comments = headers['content-type']?.startsWith('text/event-stream') === true;
  }

  write(bytes: Buffer | string, whole: boolean): boolean {
    if (this.closed) return true;
    if (this.#lastWriteAt === 0) {
      if (this.#comments) this.#watched = this.#silent.add(this);
      this.#response.on('drain', () => this.onDrain?.());
    }
    this.#lastWriteAt = this.#silent.now();
    this.#whole = whole;
    const canTake = this.#response.write(bytes);
    if (!canTake && !this.#isTimed) this.#time();
    return canTake;
  }

  end(bytes?: Buffer | string): void {
    if (this.closed) return;
    this.#finish();
    this.#response.end(bytes);
    if (this.#response.writableLength > smallBytes && !this.#isTimed) this.#time();
  }

  cut(): void {
    this.#finish();
    this.#response.destroy();
  }

  /** Asks whoever writes to bring it to an end that says why. What is on its way already goes on. */
  stop(why: GatewayError): void {
    if (this.closed) return;
    this.stopped = why;
    this.onStop?.(why);
  }

  /** Called by the watch: a comment line says that the stream lives. */
  breakSilence(now: number, afterMs: number): void {
    if (!this.#whole || now - this.#lastWriteAt < afterMs || this.#response.writableNeedDrain) return;
    this.#lastWriteAt = now;
    this.#response.write(': keep-alive\n\n');
  }

  /** From the first time the client falls behind: Node's own timer of a socket knows when bytes of a write are taken. */
  #time(): void {
    this.#isTimed = true;
    const response = this.#response;
    response.setTimeout(this.#patienceMs, () => {
      if (response.writableLength > 0) response.destroy();
    });
  }

  #finish(): void {
    this.closed = true;
    if (this.#watched !== null) this.#silent.remove(this.#watched);
    this.#watched = null;
  }
}

/** A stream among those that are watched. */
interface WatchedStream extends Listed {
  readonly reply: Pick<HttpReply, 'breakSilence'>;
}

/** One clock for all open streams, so that no stream needs a timer of its own. */
export class SilenceWatch {
  readonly #streams = new Roster<WatchedStream>();
  /** 0: no keep-alive comments. */
  afterMs: number;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | null = null;

  constructor(afterMs: number, now: () => number = () => performance.now()) {
    this.afterMs = afterMs;
    this.#now = now;
  }

  now(): number {
    return this.#now();
  }

  get open(): number {
    return this.#streams.size;
  }

  add(reply: Pick<HttpReply, 'breakSilence'>): WatchedStream {
    const stream = { place: -1, reply };
    this.#streams.add(stream);
    if (this.#timer === null && this.afterMs > 0) {
      this.#timer = setInterval(() => this.tick(), Math.min(1000, this.afterMs)).unref();
    }
    return stream;
  }

  remove(stream: WatchedStream): void {
    if (!this.#streams.delete(stream) || this.#streams.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  tick(): void {
    if (this.afterMs === 0) return;
    const now = this.#now();
    for (const { reply } of this.#streams) reply.breakSilence(now, this.afterMs);
  }
}
