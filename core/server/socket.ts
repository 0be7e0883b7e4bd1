import type { IncomingMessage } from 'node:http';
import type { DecodedMessage, Json, JsonObject, MessageError, TranslateFunction } from '@dragoman/plugin-sdk';
import type { WebSocket } from 'ws';
import { GatewayError } from '../errors/gateway-error.ts';
import { asGatewayError } from '../errors/upstream-error.ts';
import { clientError } from '../exchange/client-error.ts';
import { handle } from '../exchange/handle.ts';
import { planDialect } from '../exchange/plans.ts';
import { logExchange } from '../observe/exchange-record.ts';
import type { Snapshot } from '../plugins/snapshot.ts';
import { ReplyMemory } from '../replies/reply-memory.ts';
import { isTooDeep, maxDepth, nestedTooDeeply } from '../translate/nesting.ts';
import { parseJson } from '../translate/parse-json.ts';
import type { TranslateStep } from '../translate/runner.ts';
import { type App, buildExchange, finished } from './app.ts';
import { newRequestId } from './request-id.ts';
import { type DialectRoute, matchSocket, routeTable } from './routes.ts';
import { SocketReply } from './socket-reply.ts';

/** Messages that may wait for the one that is served. */
const maxWaiting = 64;
/** WebSocket close codes: going away; service restart; policy. */
const goingAway = 1001;
const restart = 1012;
const policy = 1008;

/**
 * One client on one WebSocket. Its messages are requests, served one after the other like those that come over HTTP: a
 * lease on a snapshot each, a log line each. Between them it remembers the replies it gave.
 */
export class SocketConnection {
  readonly #app: App;
  readonly #socket: WebSocket;
  readonly #request: IncomingMessage;
  readonly #path: string;
  readonly #query: string;
  readonly #memory: ReplyMemory;
  readonly #waiting: Buffer[] = [];
  #state: Json = null;
  #isBusy = false;
  #reply: SocketReply | null = null;
  place = -1;
  /** `performance.now()`. */
  lastUsedAt = performance.now();

  constructor(app: App, socket: WebSocket, request: IncomingMessage, path: string, query: string) {
    this.#app = app;
    this.#socket = socket;
    this.#request = request;
    this.#path = path;
    this.#query = query;
    this.#memory = new ReplyMemory(maxBodyBytes(app.registry.current));
    socket.on('message', (message: Buffer) => this.#take(message));
    // What is wrong with a connection ends it; `ws` has said so to the client.
    socket.on('error', () => {});
    socket.on('close', () => this.#drop());
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Ends the reply that is being given. */
  stop(why: GatewayError): void {
    this.#reply?.stop(why);
  }

  /** No further message; closes once the one that is served has its reply. */
  drain(): void {
    this.#drop();
    if (!this.#isBusy) this.#socket.close(goingAway, 'the gateway is shutting down');
  }

  #take(message: Buffer): void {
    this.lastUsedAt = performance.now();
    if (
      this.#app.isDraining ||
      this.#waiting.length >= maxWaiting ||
      !this.#app.budget.take(message.length)
    ) {
      const code = this.#app.isDraining ? 'GW_SERVER_DRAINING' : 'GW_SERVER_OVERLOADED';
      this.#refuse(new GatewayError(code)).catch(() => this.#socket.terminate());
      return;
    }
    this.#waiting.push(message);
    if (!this.#isBusy) void this.#serveAll();
  }

  #drop(): void {
    for (const message of this.#waiting.splice(0)) this.#app.budget.give(message.length);
  }

  async #serveAll(): Promise<void> {
    this.#isBusy = true;
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      this.#app.open.add(this);
      try {
        await this.#serve(message);
      } catch (thrown) {
        this.#app.services.log.error('message failed', { error: String(thrown) });
        this.#socket.terminate();
      } finally {
        this.#app.budget.give(message.length);
        this.lastUsedAt = performance.now();
        this.#finish();
      }
    }
    this.#isBusy = false;
  }

  /** On the way down the last message may still be on its way to the client: that is not finished. */
  #finish(): void {
    if (this.#app.isDraining && this.#socket.readyState === this.#socket.OPEN) {
      this.#socket.once('close', () => finished(this.#app, this));
      this.#socket.close(goingAway, 'the gateway is shutting down');
    } else finished(this.#app, this);
  }

  async #serve(message: Buffer): Promise<void> {
    const startedAt = performance.now();
    const id = newRequestId();
    const lease = this.#app.registry.lease();
    const { snapshot } = lease;
    let fields: JsonObject | undefined;
    try {
      const found = matchSocket(routeTable(snapshot), this.#path);
      if (found === undefined) {
        this.#socket.close(restart, 'this path is no longer served');
        return;
      }
      // A key that was revoked opens nothing from the next message on.
      const identity = this.#app.keys.authenticate(this.#request.headers, this.#query);
      if (identity === null) throw new GatewayError('GW_CLIENT_UNAUTHENTICATED');
      const decoded = await this.#decode(message, found, snapshot, id);
      fields = decoded.fields;
      const { framing } = found.dialect.declaration;
      const reply = new SocketReply(this.#socket, this.#request.socket, framing, fields);
      this.#reply = reply;
      const body = Buffer.from(JSON.stringify(decoded.body));
      const query = this.#query;
      const arrival = { id, startedAt, identity, found, path: {}, query, body, reply };
      const exchange = {
        ...buildExchange(arrival, this.#request, snapshot),
        method: found.route.method,
        contentType: 'application/json',
        memory: this.#memory,
        isWarmUp: decoded.isWarmUp === true,
      };
      const record = await handle(exchange, snapshot, this.#app.services);
      logExchange(this.#app.services.log, record);
      this.#app.services.metrics.recordExchange(record);
      if (reply.refusal !== undefined) await this.#tell(reply.refusal, found, snapshot, id, fields);
    } catch (thrown) {
      await this.#refuse(asGatewayError(thrown, id), id, fields);
    } finally {
      this.#reply = null;
      lease.release();
    }
  }

  async #decode(
    message: Buffer,
    found: DialectRoute,
    snapshot: Snapshot,
    id: string,
  ): Promise<DecodedMessage> {
    let parsed: Json;
    try {
      parsed = parseJson(message.toString('utf8'));
    } catch (cause) {
      const reason = `The message is not valid JSON: ${(cause as Error).message}`;
      throw new GatewayError('GW_CLIENT_BODY_INVALID', { reason }, { cause });
    }
    if (message.length > 2 * maxDepth && isTooDeep(parsed)) {
      throw new GatewayError('GW_CLIENT_BODY_INVALID', { reason: `The message ${nestedTooDeeply}` });
    }
    const input = { message: parsed, state: this.#state };
    const decoded = (await call('decodeMessage', input, found, snapshot, id)) as unknown as DecodedMessage;
    this.#state = decoded.state;
    return decoded;
  }

  /** A message that never became an exchange. */
  async #refuse(error: GatewayError, id = newRequestId(), fields?: JsonObject): Promise<void> {
    const { current } = this.#app.registry;
    const found = matchSocket(routeTable(current), this.#path);
    const { status, code } = error;
    if (code === 'GW_INTERNAL')
      this.#app.services.log.error('message failed', { requestId: id, cause: error.cause });
    this.#app.services.log.info('refused', { requestId: id, status, code, path: this.#path });
    const { body } = await clientError(error, found?.dialect, current, id);
    const refusal = { status, body: JSON.parse(String(body)) as Json };
    if (found !== undefined) await this.#tell(refusal, found, current, id, fields);
    if (code === 'GW_CLIENT_UNAUTHENTICATED') this.#socket.close(policy, 'the key is no longer valid');
  }

  async #tell(
    refusal: MessageError,
    found: DialectRoute,
    snapshot: Snapshot,
    id: string,
    fields: JsonObject | undefined,
  ): Promise<void> {
    const told = (await call('encodeMessageError', { ...refusal }, found, snapshot, id)) as JsonObject;
    if (this.#socket.readyState === this.#socket.OPEN)
      this.#socket.send(JSON.stringify({ ...told, ...fields }));
  }
}

export function maxBodyBytes(snapshot: Snapshot): number {
  return snapshot.settings.server.maxBodyMb * 1_048_576;
}

async function call(
  name: TranslateFunction,
  input: Json,
  { dialect }: DialectRoute,
  snapshot: Snapshot,
  requestId: string,
): Promise<Json> {
  const { module, config } = planDialect(dialect);
  const step: TranslateStep = {
    type: 'translate',
    module,
    target: `dialect:${dialect.id}`,
    function: name,
    config,
  };
  const { output } = await snapshot.runner.call(
    [step],
    input,
    {
      requestId,
      now: Date.now(),
      operation: 'chat',
      model: { id: '', input: [], output: [], features: [] },
      provider: { id: '', family: '', dialect: '', options: {} },
      client: { dialect: dialect.id },
    },
    [],
  );
  return output;
}
