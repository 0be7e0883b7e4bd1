import { type CanonicalEvent, foldEvents, type Json, type UpstreamError } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { parseRequest } from '../translate/inline-runner.ts';
import type { TranslationPlan } from '../translate/plan.ts';
import type { BaseContext, Memos, Runner } from '../translate/runner.ts';
import type { Exchange } from './exchange.ts';
import { refuseLoss, warningHeaders } from './loss.ts';
import { StreamDelivery, type StreamReply, type UpstreamFlow } from './stream.ts';
import type { Tally } from './tally.ts';

export interface LocalJob {
  exchange: Exchange;
  plan: TranslationPlan;
  runner: Runner;
  context: BaseContext;
  tally: Tally;
  /** Head of a good reply, without its content type. */
  headers: Record<string, string>;
  stream: boolean;
  framing: string;
  provider: string;
  /** Events a second; 0: as fast as the client reads. */
  eventsPerSecond: number;
}

/** Events given to the client in one batch when nothing paces them. */
const batchSize = 64;

/** Serves an attempt at a provider that has no address: its module makes the answer. */
export async function serveLocal(job: LocalJob): Promise<void> {
  const { exchange, plan, runner, context, tally } = job;
  const asked = await runner.call(plan.request, parseRequest(exchange), context, []);
  tally.warn(asked.warnings);
  refuseLoss(exchange.loss, asked.warnings, job.provider);
  const headers = { ...job.headers, ...warningHeaders(tally.warnings) };
  if (context.operation !== 'chat') {
    await replyWhole(job, asked.output, asked.memos, headers);
    return;
  }
  const events = asked.output as unknown as CanonicalEvent[];
  if (job.stream) {
    await replyStream(job, events, asked.memos, headers);
    return;
  }
  const failure = events.find((event) => event.type === 'error');
  if (failure !== undefined) throw refused(failure.error);
  const response = foldEvents(events);
  tally.used(response.usage, response.finish);
  await replyWhole(job, response as unknown as Json, asked.memos, headers);
}

function refused(upstream: UpstreamError): GatewayError {
  return new GatewayError('GW_UPSTREAM_STATUS', { reason: upstream.message }, { upstream });
}

async function replyWhole(
  job: LocalJob,
  canonical: Json,
  memos: Memos,
  headers: Record<string, string>,
): Promise<void> {
  const encoded = await job.runner.call(job.plan.response, canonical, job.context, memos);
  const body = JSON.stringify(encoded.output);
  job.tally.warn(encoded.warnings);
  job.tally.firstByte(200);
  job.exchange.sink.head(200, {
    ...headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  });
  job.exchange.sink.end(body);
}

function replyStream(
  job: LocalJob,
  events: CanonicalEvent[],
  memos: Memos,
  headers: Record<string, string>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const run = job.runner.stream(job.plan.stream, job.framing, job.context, memos);
  const reply: StreamReply = {
    sink: job.exchange.sink,
    headers: { ...headers, ...streamHeaders(job.framing) },
    tally: job.tally,
    requestId: job.exchange.id,
    provider: job.provider,
    settle: (error) => (error === undefined ? resolve() : reject(error)),
  };
  const flow = new LocalFlow(events, job.eventsPerSecond);
  flow.start(new StreamDelivery(run, null, reply, flow), reject);
  return promise;
}

export function streamHeaders(framing: string): Record<string, string> {
  return framing === 'ndjson'
    ? { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' }
    : {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // nginx would otherwise collect the stream before it passes any of it on.
        'x-accel-buffering': 'no',
      };
}

/** Hands out a list of events at a pace, and no faster than the client reads. */
class LocalFlow implements UpstreamFlow {
  readonly #events: CanonicalEvent[];
  readonly #perSecond: number;
  #next = 0;
  #startedAt = 0;
  #isRunning = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | null = null;
  #delivery: StreamDelivery | null = null;
  #fail: (reason: unknown) => void = () => {};

  constructor(events: CanonicalEvent[], perSecond: number) {
    this.#events = events;
    this.#perSecond = perSecond;
  }

  start(delivery: StreamDelivery, fail: (reason: unknown) => void): void {
    this.#delivery = delivery;
    this.#fail = fail;
    this.#startedAt = performance.now();
    this.resume();
  }

  resume(): void {
    if (this.#isRunning || this.#isStopped || this.#delivery === null || this.#timer !== null) return;
    this.#isRunning = true;
    this.#run(this.#delivery)
      .catch(this.#fail)
      .finally(() => {
        this.#isRunning = false;
      });
  }

  abort(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #run(delivery: StreamDelivery): Promise<void> {
    while (!this.#isStopped && this.#next < this.#events.length) {
      const due = this.#due();
      if (due === 0) {
        this.#timer = setTimeout(() => {
          this.#timer = null;
          this.resume();
        }, 1000 / this.#perSecond);
        return;
      }
      const batch = this.#events.slice(this.#next, this.#next + due);
      this.#next += batch.length;
      const canTake = await delivery.events(
        batch,
        this.#next >= this.#events.length ? 'complete' : undefined,
      );
      if (!canTake) return;
    }
  }

  /** How many events may go out now. */
  #due(): number {
    if (this.#perSecond <= 0) return batchSize;
    const elapsed = performance.now() - this.#startedAt;
    return Math.max(0, Math.floor((elapsed * this.#perSecond) / 1000) + 1 - this.#next);
  }
}
