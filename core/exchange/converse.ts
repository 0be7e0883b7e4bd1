import type { UpstreamRequest } from '../auth/driver.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { endpointFor } from '../router/endpoints.ts';
import type { FrameReader } from '../upstream/frame-reader.ts';
import { createFrameReader } from '../upstream/framing.ts';
import type { PreparedEndpoint } from '../upstream/request.ts';
import type { SendSettings } from '../upstream/send.ts';
import type { AttemptJob } from './attempt-job.ts';
import { fetchRaw, withUpload } from './carry.ts';
import { fetchStream, fetchWhole } from './fetch-reply.ts';
import { warningHeaders } from './loss.ts';
import { PassThroughDelivery } from './pass-through.ts';
import type { Prepared } from './prepare.ts';
import type { WholeReply } from './reply.ts';
import { replyHeaders } from './reply-headers.ts';
import { requireOpen } from './reply-sink.ts';
import {
  type Settle,
  type StreamConsumer,
  StreamDelivery,
  type StreamReply,
  type UpstreamFlow,
} from './stream.ts';
import { streamHeaders } from './stream-headers.ts';
import { upstreamFraming } from './upstream-framing.ts';

const firstByteMs = { unary: 600_000, stream: 300_000 };

/**
 * Asks the upstream once. A stream goes to the client as it comes, and null says that it is done; any other answer is
 * returned whole, with whatever status it has.
 */
export function fetchReply(job: AttemptJob, prepared: Prepared): Promise<WholeReply | null> {
  const { request, sign } = buildRequest(job, prepared);
  if (sign === undefined) return sendRequest(job, prepared, request);
  return sign(request, new Date()).then((signed) => sendRequest(job, prepared, signed));
}

function sendRequest(
  job: AttemptJob,
  prepared: Prepared,
  request: UpstreamRequest,
): Promise<WholeReply | null> {
  const { exchange, facts } = job;
  requireOpen(exchange.sink);
  const settings = sendSettings(job);
  if (job.plan.raw) return fetchRaw(job, request, settings);
  if (!facts.stream) return fetchWhole(request, settings, exchange.sink);
  return fetchStream(request, settings, exchange.sink, (status, headers, flow, settle) =>
    openStream(job, prepared, status, headers, flow, settle),
  );
}

function buildRequest(
  job: AttemptJob,
  prepared: Prepared,
): { request: UpstreamRequest; sign: PreparedEndpoint['sign'] } {
  const { exchange, facts, attempt, plan } = job;
  if (attempt.credential === null)
    throw new GatewayError('GW_CREDENTIAL_MISSING', { provider: attempt.provider.name });
  const endpoint = endpointFor(attempt.provider, attempt.credential, exchange.operation, prepared.endpoint);
  const request = endpoint.build({
    model: prepared.model ?? attempt.model.id,
    stream: facts.stream,
    body: prepared.body,
    // Multipart bodies carry their boundary in the type.
    contentType: exchange.upload !== undefined ? exchange.contentType : undefined,
    headers: isEmpty(prepared.headers) ? undefined : prepared.headers,
    query: isEmpty(prepared.query) ? undefined : prepared.query,
    path: plan.raw ? exchange.path : undefined,
  });
  if (exchange.upload === undefined) return { request, sign: endpoint.sign };
  return { request: withUpload(request, job, exchange.upload, endpoint.sign), sign: undefined };
}

function isEmpty(record: Record<string, string>): boolean {
  for (const _ in record) return false;
  return true;
}

function sendSettings(job: AttemptJob): SendSettings {
  const { provider } = job.attempt;
  const { connectMs, idleMs } = provider.timeouts;
  return {
    pools: job.services.pools,
    provider: provider.name,
    allowPrivate: provider.allowPrivate,
    timeouts: {
      connectMs,
      firstByteMs:
        provider.timeouts.firstByteMs ?? (job.facts.stream ? firstByteMs.stream : firstByteMs.unary),
      idleMs,
    },
  };
}

function openStream(
  job: AttemptJob,
  prepared: Prepared,
  status: number,
  upstreamHeaders: Record<string, string>,
  flow: UpstreamFlow,
  settle: Settle,
): StreamConsumer | null {
  const { exchange, attempt, snapshot, plan, context, tally } = job;
  const framing = upstreamFraming(attempt.provider, snapshot);
  if (status < 200 || status > 299 || !isFraming(upstreamHeaders['content-type'], framing)) return null;
  const reader: FrameReader = createFrameReader(framing, { provider: attempt.provider.name });
  const clientFraming = exchange.framing;
  const reply: StreamReply = {
    sink: exchange.sink,
    headers: {
      ...replyHeaders(job, upstreamHeaders),
      ...warningHeaders(tally.warnings),
      ...streamHeaders(clientFraming),
    },
    tally,
    requestId: exchange.id,
    provider: attempt.provider.name,
    settle,
  };
  if (!plan.passThrough) {
    const run = snapshot.runner.stream(plan.stream, clientFraming, context, prepared.memos);
    return new StreamDelivery(run, reader, reply, flow);
  }
  const ownType = upstreamHeaders['content-type'];
  if (ownType !== undefined) reply.headers['content-type'] = ownType;
  const encode = plan.stream.filter((step) => step.function === 'encodeStream');
  return new PassThroughDelivery(
    {
      reader,
      run: snapshot.runner.stream(plan.tee.stream, clientFraming, context, []),
      marks: exchange.dialect.declaration.marks ?? [],
      errors: snapshot.runner.stream(encode, clientFraming, context, []),
    },
    reply,
    flow,
  );
}

/** A server that answers a streaming request with one JSON document is read as such. */
function isFraming(contentType: string | undefined, framing: string): boolean {
  if (contentType === undefined) return true;
  return (
    (framing !== 'sse' && framing !== 'aws-event-stream') ||
    !/^(application\/json|text\/html|text\/plain)/i.test(contentType)
  );
}
