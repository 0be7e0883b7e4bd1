import { type CanonicalEvent, foldEvents, type Json, type UpstreamError } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { parseRequest } from '../translate/inline-runner.ts';
import type { Memos } from '../translate/runner.ts';
import type { AttemptJob } from './attempt-job.ts';
import { refuseLoss, warningHeaders } from './loss.ts';
import { requestInput } from './prepare.ts';
import { replyHeaders } from './reply-headers.ts';
import { requireOpen } from './reply-sink.ts';
import { StreamDelivery, type StreamReply, type UpstreamFlow } from './stream.ts';
import { streamHeaders } from './stream-headers.ts';

/** Events given to the client in one batch when nothing paces them. */
const batchSize = 64;

/** Serves an attempt at a provider that has no address: its module makes the answer. */
export async function serveLocal(job: AttemptJob): Promise<void> {
  const { exchange, facts, attempt, plan, context, tally } = job;
  const asked = await job.snapshot.runner.call(plan.request, parseRequest(requestInput(job)), context, []);
  requireOpen(exchange.sink);
  tally.warn(asked.warnings);
  refuseLoss(exchange.loss, asked.warnings, attempt.provider.name);
  const headers = { ...replyHeaders(job, {}), ...warningHeaders(tally.warnings) };
  if (context.operation !== 'chat') {
    await replyWhole(job, asked.output, asked.memos, headers);
    return;
  }
  const events = asked.output as unknown as CanonicalEvent[];
  if (facts.stream) {
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
  job: AttemptJob,
  canonical: Json,
  memos: Memos,
  headers: Record<string, string>,
): Promise<void> {
  const encoded = await job.snapshot.runner.call(job.plan.response, canonical, job.context, memos);
  if (job.exchange.sink.closed) throw new GatewayError('GW_CLIENT_ABORTED');
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
  job: AttemptJob,
  events: CanonicalEvent[],
  memos: Memos,
  headers: Record<string, string>,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { framing } = job.exchange;
  const { provider } = job.attempt;
  const run = job.snapshot.runner.stream(job.plan.stream, framing, job.context, memos);
  const reply: StreamReply = {
    sink: job.exchange.sink,
    headers: { ...headers, ...streamHeaders(framing) },
    tally: job.tally,
    requestId: job.exchange.id,
    provider: provider.name,
    settle: (error) => (error === undefined ? resolve() : reject(error)),
  };
  const flow = new LocalFlow(events, Number(provider.config.eventsPerSecond ?? 0));
  flow.start(new StreamDelivery(run, null, reply, flow), reject);
  return promise;
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
