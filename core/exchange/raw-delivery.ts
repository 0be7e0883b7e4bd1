import type { RouteUsage, Usage } from '@dragoman/plugin-sdk';
import type { GatewayError } from '../errors/gateway-error.ts';
import { parseJson } from '../translate/parse-json.ts';
import { followClient, type StreamConsumer, type StreamReply, type UpstreamFlow } from './stream.ts';

/** A JSON reply up to this is looked at for what it cost. */
const maxSeenBytes = 262_144;

/** Sends on whatever an upstream answers, as fast as the client takes it. Nothing of it is held. */
export class RawDelivery implements StreamConsumer {
  readonly #reply: StreamReply;
  readonly #flow: UpstreamFlow;
  readonly #isEvents: boolean;
  readonly #usage: RouteUsage | undefined;
  /** What was seen of a short JSON reply; null when it is none. */
  #seen: Buffer[] | null;
  #seenBytes = 0;
  #done = false;

  constructor(status: number, reply: StreamReply, flow: UpstreamFlow, usage: RouteUsage | undefined) {
    this.#reply = reply;
    this.#flow = flow;
    this.#usage = usage;
    const type = reply.headers['content-type'] ?? '';
    this.#isEvents = type.startsWith('text/event-stream');
    this.#seen = usage !== undefined && type.startsWith('application/json') ? [] : null;
    reply.sink.onDrain = () => flow.resume();
    followClient(reply.sink, this, flow, (why) => this.#settle(why));
    reply.tally.firstByte(status);
    reply.sink.head(status, reply.headers);
  }

  data(chunk: Buffer): boolean {
    if (this.#done) return true;
    if (this.#seen !== null) this.#see(chunk);
    return this.#reply.sink.write(chunk, this.#isEvents && endsEvent(chunk));
  }

  end(): void {
    if (this.#done) return;
    this.#reply.sink.end();
    if (this.#seen !== null) this.#reply.tally.used(this.#readUsage(this.#seen), undefined);
    this.#settle();
  }

  /** There is no place for an error in bytes of any kind: the missing end tells it. */
  error(error: GatewayError): void {
    if (this.#done) return;
    this.#flow.abort();
    this.#reply.tally.failed(error);
    this.#done = true;
    this.#reply.sink.cut();
    this.#reply.settle();
  }

  #see(chunk: Buffer): void {
    this.#seenBytes += chunk.length;
    if (this.#seenBytes > maxSeenBytes) this.#seen = null;
    else this.#seen?.push(chunk);
  }

  #readUsage(seen: Buffer[]): Usage | undefined {
    let reply: unknown;
    try {
      reply = parseJson(Buffer.concat(seen).toString('utf8'));
    } catch {
      return undefined;
    }
    const inputTokens = numberAt(reply, this.#usage?.inputTokens);
    const outputTokens = numberAt(reply, this.#usage?.outputTokens);
    return inputTokens === undefined && outputTokens === undefined
      ? undefined
      : { inputTokens, outputTokens };
  }

  #settle(error?: GatewayError): void {
    if (this.#done) return;
    this.#done = true;
    this.#reply.settle(error);
  }
}

function numberAt(value: unknown, pointer: string | undefined): number | undefined {
  if (pointer === undefined) return undefined;
  let found: unknown = value;
  for (const key of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return typeof found === 'number' ? found : undefined;
}

function endsEvent(chunk: Buffer): boolean {
  const end = chunk.toString('latin1', Math.max(0, chunk.length - 4));
  return end.endsWith('\n\n') || end.endsWith('\r\n\r\n');
}
