import { type CanonicalResponse, unfoldResponse } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { parseResponse } from '../translate/inline-runner.ts';
import { isTooDeep, nestedTooDeeply } from '../translate/nesting.ts';
import type { AttemptJob } from './attempt-job.ts';
import { warningHeaders } from './loss.ts';
import type { Prepared } from './prepare.ts';
import { translatorHeaders, type WholeReply } from './reply.ts';
import { replyHeaders } from './reply-headers.ts';
import { requireOpen } from './reply-sink.ts';
import { StreamDelivery, type StreamReply } from './stream.ts';
import { streamHeaders } from './stream-headers.ts';

/** The client asked for a stream and the upstream answered whole: the answer becomes a stream of its parts. */
export async function deliverAsStream(job: AttemptJob, prepared: Prepared, whole: WholeReply): Promise<void> {
  const { exchange, snapshot, plan, context, tally, attempt } = job;
  const { runner } = snapshot;
  const input = { status: whole.status, headers: translatorHeaders(job, whole.headers), body: whole.body };
  const decoded = await runner.call(
    plan.response.slice(0, -1),
    parseResponse(input),
    context,
    prepared.memos,
  );
  requireOpen(exchange.sink);
  tally.warn(decoded.warnings);
  // Events go to worker threads as they are, and one that cannot read them dies.
  if (isTooDeep(decoded.output)) {
    const { name: provider } = attempt.provider;
    throw new GatewayError('GW_UPSTREAM_INVALID', { provider, reason: `it ${nestedTooDeeply}` });
  }
  const events = unfoldResponse(decoded.output as unknown as CanonicalResponse);
  const { framing } = exchange;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const reply: StreamReply = {
    sink: exchange.sink,
    headers: {
      ...replyHeaders(job, whole.headers),
      ...warningHeaders(tally.warnings),
      ...streamHeaders(framing),
    },
    tally,
    requestId: exchange.id,
    provider: attempt.provider.name,
    settle: (error) => (error === undefined ? resolve() : reject(error)),
  };
  const run = runner.stream(plan.stream, framing, context, prepared.memos);
  const still = { resume: () => {}, abort: () => {} };
  await new StreamDelivery(run, null, reply, still).events(events, 'complete');
  await promise;
}
