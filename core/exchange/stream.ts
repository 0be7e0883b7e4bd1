import type { CanonicalEvent } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { asUpstreamError } from '../errors/upstream-error.ts';
import type { RawFrame } from '../translate/frames.ts';
import type { StreamBatch, StreamRun } from '../translate/runner.ts';
import type { FrameReader } from '../upstream/frame-reader.ts';
import { asAttemptError } from './attempt-error.ts';
import type { ReplySink } from './reply-sink.ts';
import type { Tally } from './tally.ts';

/** What `send` drives when an answer comes in pieces. */
export interface StreamConsumer {
  /** False asks for a pause until `resume` of the flow is called. */
  data(chunk: Buffer): boolean;
  end(): void;
  error(error: GatewayError): void;
}
/** The hold a consumer has on what feeds it. */
export interface UpstreamFlow {
  resume(): void;
  abort(): void;
}
/** How a delivery ends: nothing, or the error that came before anything was written. */
export type Settle = (error?: GatewayError) => void;

export interface StreamReply {
  sink: ReplySink;
  headers: Record<string, string>;
  tally: Tally;
  requestId: string;
  /** For errors: the provider's configured name. */
  provider: string;
  settle: Settle;
}

/**
 * Turns an upstream stream into the client's: all frames of one read in one batch, one write per batch. No promise and
 * no timer unless a batch has to hop to a worker.
 */
export class StreamDelivery implements StreamConsumer {
  readonly #run: StreamRun;
  readonly #reader: FrameReader | null;
  readonly #reply: StreamReply;
  readonly #flow: UpstreamFlow;
  /** What arrived while a batch was away in a worker. */
  #waiting: RawFrame[] = [];
  #waitingEnd: 'complete' | undefined;
  #busy = false;
  #done = false;

  constructor(run: StreamRun, reader: FrameReader | null, reply: StreamReply, flow: UpstreamFlow) {
    this.#run = run;
    this.#reader = reader;
    this.#reply = reply;
    this.#flow = flow;
    reply.sink.onDrain = () => {
      if (!this.#busy) flow.resume();
    };
    followClient(reply.sink, this, flow, (why) => this.#settle(why));
  }

  data(chunk: Buffer): boolean {
    if (this.#done || this.#reader === null) return true;
    try {
      return this.#feed(this.#reader.push(chunk), undefined);
    } catch (thrown) {
      this.error(asAttemptError(thrown, this.#reply.requestId, this.#reply.provider));
      return true;
    }
  }

  end(): void {
    if (this.#done || this.#reader === null) return;
    try {
      this.#feed(this.#reader.end(), 'complete');
    } catch (thrown) {
      this.error(asAttemptError(thrown, this.#reply.requestId, this.#reply.provider));
    }
  }

  /** For local providers: events instead of bytes. False asks for a pause. */
  events(events: CanonicalEvent[], end: 'complete' | undefined): boolean | Promise<boolean> {
    const batch = this.#run.pushEvents(events, end);
    return batch instanceof Promise ? batch.then((made) => this.#deliver(made)) : this.#deliver(batch);
  }

  error(error: GatewayError): void {
    if (this.#done) return;
    this.#flow.abort();
    if (!this.#reply.sink.started) {
      this.#settle(error);
      return;
    }
    this.#reply.tally.failed(error);
    this.#done = true;
    // From here on only the error event goes out, even while a batch is still away.
    Promise.resolve(error)
      .then((failure) => this.#run.fail(asUpstreamError(failure)))
      .then(
        (batch) => this.#reply.sink.end(batch.text),
        () => this.#reply.sink.cut(),
      )
      .finally(() => this.#reply.settle());
  }

  #feed(frames: RawFrame[], end: 'complete' | undefined): boolean {
    if (this.#busy) {
      this.#waiting.push(...frames);
      this.#waitingEnd = end;
      return false;
    }
    if (frames.length === 0 && end === undefined) return true;
    if (frames.length > 0 && end !== undefined) {
      // The end goes alone: an error it gives is then known to be a truncation.
      this.#feed(frames, undefined);
      return this.#done || this.#feed([], end);
    }
    const batch = this.#run.push(frames, end);
    if (!(batch instanceof Promise)) return this.#deliver(batch);
    this.#busy = true;
    batch
      .then((made) => {
        this.#busy = false;
        if (this.#done) return;
        const canTake = this.#deliver(made);
        const more = this.#takeWaiting();
        const canGoOn = more === null ? canTake : this.#feed(more.frames, more.end);
        if (canGoOn) this.#flow.resume();
      })
      .catch((thrown: unknown) => {
        this.#busy = false;
        this.error(asAttemptError(thrown, this.#reply.requestId, this.#reply.provider));
      });
    return false;
  }

  #takeWaiting(): { frames: RawFrame[]; end: 'complete' | undefined } | null {
    if (this.#waiting.length === 0 && this.#waitingEnd === undefined) return null;
    const taken = { frames: this.#waiting, end: this.#waitingEnd };
    this.#waiting = [];
    this.#waitingEnd = undefined;
    return taken;
  }

  /** Writes a batch; false when the client cannot take more for now. */
  #deliver(batch: StreamBatch): boolean {
    const { sink, tally, headers } = this.#reply;
    if (this.#done) return true;
    tally.warn(batch.warnings);
    if (batch.usage !== undefined || batch.finish !== undefined) tally.used(batch.usage, batch.finish);
    if (batch.ended === 'error') {
      const failure = streamFailure(batch, this.#reply.provider);
      if (!sink.started) {
        this.#flow.abort();
        this.#settle(failure);
        return true;
      }
      tally.failed(failure);
    }
    if (batch.text !== '' || batch.ended !== undefined) {
      if (!sink.started) {
        tally.firstByte(200);
        sink.head(200, headers);
      }
      if (batch.ended === undefined) return sink.write(batch.text, true);
      sink.end(batch.text);
      this.#settle();
    }
    return true;
  }

  #settle(error?: GatewayError): void {
    if (this.#done) return;
    this.#done = true;
    this.#reply.settle(error);
  }
}

/** A reply that must end says why while its client is there; one whose client is gone ends without a word. */
export function followClient(
  sink: ReplySink,
  reply: Pick<StreamConsumer, 'error'>,
  flow: UpstreamFlow,
  settle: (why: GatewayError) => void,
): void {
  sink.onStop = (why) => {
    if (!sink.closed) {
      reply.error(why);
      return;
    }
    flow.abort();
    settle(why);
  };
}

/** A stream that ended in an error event: the upstream's own word, that its end never came, or a plugin's fault. */
export function streamFailure(batch: StreamBatch, provider: string): GatewayError {
  const upstream = batch.error;
  const reason = upstream?.message ?? 'it ended in an unknown error';
  if (batch.isTruncated === true) return new GatewayError('GW_UPSTREAM_TRUNCATED', { provider, reason });
  if (upstream?.code === 'GW_TRANSLATE_FAILED') {
    return new GatewayError('GW_TRANSLATE_FAILED', { plugin: provider, function: 'decodeStream', reason });
  }
  return new GatewayError('GW_UPSTREAM_STATUS', { reason }, upstream === undefined ? {} : { upstream });
}
