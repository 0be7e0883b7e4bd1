import type { UpstreamRequest } from '../auth/driver.ts';
import type { GatewayError } from '../errors/gateway-error.ts';
import { type Sending, type SendSettings, send, type UpstreamHeaders } from '../upstream/send.ts';
import { BodyCollector, type WholeReply as RawReply, sendWhole } from '../upstream/send-whole.ts';
import type { WholeReply } from './reply.ts';
import type { ReplySink } from './reply-sink.ts';
import type { Settle, StreamConsumer, UpstreamFlow } from './stream.ts';

/**
 * Makes the consumer of an answer that is a stream; null when it is not one and has to be collected. `settle` ends the
 * promise of `fetchStream`.
 */
export type OpenStream = (
  status: number,
  headers: Record<string, string>,
  flow: UpstreamFlow,
  settle: Settle,
) => StreamConsumer | null;

/** The whole answer of an upstream, whatever its status. */
export function fetchWhole(
  request: UpstreamRequest,
  settings: SendSettings,
  sink: ReplySink,
): Promise<WholeReply> {
  return sendWhole(request, settings, (sending) => follow(sink, sending)).then(withFlatHeaders);
}

/** Feeds an answer to the consumer that `open` makes. Null once that is done; the whole answer when it was no stream. */
export function fetchStream(
  request: UpstreamRequest,
  settings: SendSettings,
  sink: ReplySink,
  open: OpenStream,
): Promise<WholeReply | null> {
  return new Promise((resolve, reject) => {
    const settle: Settle = (error) => (error === undefined ? resolve(null) : reject(error));
    const collector = new BodyCollector(settings.provider);
    let consumer: StreamConsumer | null = null;
    let status = 0;
    let headers: Record<string, string> = {};
    const sending: Sending = send(request, {
      ...settings,
      onHeaders(replyStatus, replyHeaders) {
        status = replyStatus;
        headers = flatten(replyHeaders);
        consumer = open(status, headers, sending, settle);
      },
      onData(chunk) {
        if (consumer !== null) return consumer.data(chunk);
        collector.add(chunk);
        return true;
      },
      onEnd() {
        if (consumer !== null) consumer.end();
        else resolve({ status, headers, body: collector.take() });
      },
      onError(error: GatewayError) {
        if (consumer !== null) consumer.error(error);
        else reject(error);
      },
    });
    follow(sink, sending);
  });
}

/** A client that leaves, or a gateway that ends, ends what is asked for it. A stream's delivery takes over from here. */
function follow(sink: ReplySink, sending: Sending): void {
  sink.onStop = (why) => sending.cancel(why);
}

function withFlatHeaders({ status, headers, body }: RawReply): WholeReply {
  return { status, headers: flatten(headers), body };
}

/** A copy only where a header came more than once, which is rare. */
function flatten(headers: UpstreamHeaders): Record<string, string> {
  for (const name in headers) if (typeof headers[name] !== 'string') return joinRepeated(headers);
  return headers as Record<string, string>;
}

function joinRepeated(headers: UpstreamHeaders): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
