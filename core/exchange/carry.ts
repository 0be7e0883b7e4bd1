import type { UpstreamRequest } from '../auth/driver.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { modelOf } from '../router/models.ts';
import type { PreparedEndpoint } from '../upstream/request.ts';
import type { SendSettings } from '../upstream/send.ts';
import type { AttemptJob } from './attempt-job.ts';
import type { Upload } from './exchange.ts';
import { fetchStream } from './fetch-reply.ts';
import { warningHeaders } from './loss.ts';
import { RawDelivery } from './raw-delivery.ts';
import type { WholeReply } from './reply.ts';
import { replyHeaders } from './reply-headers.ts';

/** The request with the client's multipart body, which goes on as it comes. */
export function withUpload(
  request: UpstreamRequest,
  { attempt, facts, snapshot }: AttemptJob,
  upload: Upload,
  sign: PreparedEndpoint['sign'],
): UpstreamRequest {
  const { provider, model } = attempt;
  if (sign !== undefined) {
    const reason = `Provider '${provider.name}' wants whole requests signed, which a multipart body that goes through in pieces is not`;
    throw new GatewayError('GW_TRANSLATE_UNSUPPORTED', { reason });
  }
  const prefix = `${provider.name}/`;
  const { stream, length } = upload.send((named) => {
    if (named === facts.model) return model.id;
    // It came after the file, when the provider was chosen already.
    return modelOf(snapshot, provider, named.startsWith(prefix) ? named.slice(prefix.length) : named).id;
  });
  if (length === undefined) return { ...request, stream };
  return { ...request, headers: { ...request.headers, 'content-length': String(length) }, stream };
}

/** Asks for what is no canonical form: a good answer goes to the client in pieces, any other is returned whole. */
export function fetchRaw(
  job: AttemptJob,
  request: UpstreamRequest,
  settings: SendSettings,
): Promise<WholeReply | null> {
  const { exchange, attempt, tally } = job;
  return fetchStream(request, settings, exchange.sink, (status, upstream, flow, settle) => {
    if (status < 200 || status > 299) return null;
    const headers = {
      ...replyHeaders(job, upstream),
      ...warningHeaders(tally.warnings),
      ...contentHeaders(upstream),
    };
    const reply = {
      sink: exchange.sink,
      headers,
      tally,
      requestId: exchange.id,
      provider: attempt.provider.name,
      settle,
    };
    return new RawDelivery(status, reply, flow, exchange.route.usage);
  });
}

/** What says how the bytes are to be read. Of a packed body, which is unpacked here, the length is not known. */
function contentHeaders(upstream: Record<string, string>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ['content-type', 'content-length', 'content-disposition']) {
    const value = upstream[name];
    if (value !== undefined) headers[name] = value;
  }
  if ((upstream['content-encoding'] ?? 'identity') !== 'identity') delete headers['content-length'];
  if (headers['content-type']?.startsWith('text/event-stream') === true) {
    headers['cache-control'] = 'no-store';
    headers['x-accel-buffering'] = 'no';
  }
  return headers;
}
