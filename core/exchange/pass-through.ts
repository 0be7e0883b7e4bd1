import type { GatewayError } from '../errors/gateway-error.ts';
import { asUpstreamError } from '../errors/upstream-error.ts';
import type { RawFrame } from '../translate/frames.ts';
import type { StreamBatch, StreamRun } from '../translate/runner.ts';
import type { FrameReader } from '../upstream/frame-reader.ts';
import { asAttemptError } from './attempt-error.ts';
import {
  followClient,
  type StreamConsumer,
  type StreamReply,
  streamFailure,
  type UpstreamFlow,
} from './stream.ts';

export interface Tee {
  reader: FrameReader;
  /** Decodes what is seen; never writes. */
  run: StreamRun;
  /** Substrings that mark the frames worth decoding; empty: all of them. */
  marks: readonly string[];
  /** Writes the client's error event when the stream breaks off. */
  errors: StreamRun;
}

/**
 * Sends an upstream stream on byte for byte. The tee reads along for usage and for the end, which alone proves that the
 * answer is whole; nothing is written before the first frame has shown that it is not an error.
 */
export class PassThroughDelivery implements StreamConsumer {
  readonly #tee: Tee;
  readonly #reply: StreamReply;
  readonly #flow: UpstreamFlow;
  /** Bytes held back until the first frame is complete. */
  #held: Buffer[] = [];
  #lastByte: number | undefined;
  #last: StreamBatch = { text: '' };
  /** The upstream said itself that it failed, in bytes that went through. */
  #sawError = false;
  /** Batches away in a worker, in order; null while everything runs inline. */
  #away: Promise<void> | null = null;
  #done = false;

  constructor(tee: Tee, reply: StreamReply, flow: UpstreamFlow) {
    this.#tee = tee;
    this.#reply = reply;
    this.#flow = flow;
    reply.sink.onDrain = () => flow.resume();
    followClient(reply.sink, this, flow, (why) => this.#settle(why));
  }

  data(chunk: Buffer): boolean {
    if (this.#done) return true;
    this.#lastByte = chunk[chunk.length - 1];
    try {
      if (this.#reply.sink.started) {
        const canTake = this.#reply.sink.write(chunk, endsFrame(chunk));
        this.#watch(this.#tee.reader.push(chunk), undefined);
        return canTake;
      }
      return this.#first(chunk);
    } catch (thrown) {
      this.error(asAttemptError(thrown, this.#reply.requestId, this.#reply.provider));
      return true;
    }
  }

  /** Before the first frame an error still has its own status, and another attempt may serve. */
  #first(chunk: Buffer): boolean {
    const { sink, tally, headers } = this.#reply;
    this.#held.push(chunk);
    const frames = this.#tee.reader.push(chunk);
    if (frames.length === 0) return true;
    this.#watch(frames, undefined);
    if (this.#last.ended === 'error') {
      this.#flow.abort();
      this.#settle(streamFailure(this.#last, this.#reply.provider));
      return true;
    }
    tally.firstByte(200);
    sink.head(200, headers);
    const bytes = this.#held.length === 1 ? chunk : Buffer.concat(this.#held);
    this.#held = [];
    return sink.write(bytes, endsFrame(chunk));
  }

  end(): void {
    if (this.#done) return;
    try {
      const last = this.#tee.reader.end();
      if (last.length > 0) this.#watch(last, undefined);
      this.#watch([], 'complete');
    } catch (thrown) {
      this.error(asAttemptError(thrown, this.#reply.requestId, this.#reply.provider));
      return;
    }
    if (this.#away === null) this.#finish();
    else this.#away.then(() => this.#finish());
  }

  #finish(): void {
    if (this.#done) return;
    if (this.#last.ended === 'complete' && this.#reply.sink.started) {
      this.#reply.sink.end();
      this.#settle();
      return;
    }
    const failure = streamFailure(this.#last, this.#reply.provider);
    if (this.#sawError && this.#reply.sink.started) {
      // The upstream's own error event went through already.
      this.#reply.tally.failed(failure);
      this.#reply.sink.end();
      this.#settle();
      return;
    }
    this.error(failure);
  }

  error(error: GatewayError): void {
    if (this.#done) return;
    this.#flow.abort();
    if (!this.#reply.sink.started) {
      this.#settle(error);
      return;
    }
    this.#done = true;
    this.#reply.tally.failed(error);
    if (this.#reply.headers['content-type']?.startsWith('application/json') === true) {
      // An array that was cut has no place for an error: the missing end tells it.
      this.#reply.sink.cut();
      this.#reply.settle();
      return;
    }
    Promise.resolve(error)
      .then((failure) => this.#tee.errors.fail(asUpstreamError(failure)))
      .then(
        (batch) => this.#reply.sink.end(this.#closing() + batch.text),
        () => this.#reply.sink.cut(),
      )
      .finally(() => this.#reply.settle());
  }

  /** A frame that was cut in the middle is closed first, so that the error stands alone. */
  #closing(): string {
    const isLines = this.#reply.headers['content-type']?.includes('ndjson') === true;
    if (isLines) return this.#lastByte === 0x0a ? '' : '\n';
    return '\n\n';
  }

  #watch(frames: RawFrame[], end: 'complete' | undefined): void {
    const { marks, run } = this.#tee;
    const worth = marks.length === 0 ? frames : frames.filter((frame) => isMarked(frame, marks));
    if ((worth.length === 0 && end === undefined) || this.#last.ended !== undefined) return;
    const seen = (batch: StreamBatch): void => this.#seen(batch, end);
    // A tee whose plugin fails costs the usage figures, never the reply.
    const blind = (): void => this.#seen({ text: '', ended: 'complete' }, end);
    if (this.#away !== null) {
      this.#away = this.#away.then(() => run.push(worth, end)).then(seen, blind);
      return;
    }
    try {
      const batch = run.push(worth, end);
      if (batch instanceof Promise) this.#away = batch.then(seen, blind);
      else seen(batch);
    } catch {
      blind();
    }
  }

  #seen(batch: StreamBatch, end: 'complete' | undefined): void {
    this.#last = batch;
    if (end === undefined && batch.ended === 'error') this.#sawError = true;
    this.#reply.tally.used(batch.usage, batch.finish);
  }

  #settle(error?: GatewayError): void {
    if (this.#done) return;
    this.#done = true;
    this.#reply.settle(error);
  }
}

function isMarked(frame: RawFrame, marks: readonly string[]): boolean {
  for (const mark of marks) if (frame.data.includes(mark)) return true;
  return false;
}

function endsFrame(chunk: Buffer): boolean {
  const length = chunk.length;
  if (chunk[length - 1] !== 0x0a) return false;
  const before = chunk[length - 2];
  return before === 0x0a || (before === 0x0d && chunk[length - 3] === 0x0a);
}
