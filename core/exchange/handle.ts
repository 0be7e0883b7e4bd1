import { GatewayError } from '../errors/gateway-error.ts';
import { asGatewayError, mayTryNext } from '../errors/upstream-error.ts';
import type { ExchangeRecord } from '../observe/exchange-record.ts';
import type { Snapshot } from '../plugins/snapshot.ts';
import { decide } from '../router/decide.ts';
import { runAttempt } from './attempt.ts';
import { clientError } from './client-error.ts';
import type { Exchange } from './exchange.ts';
import { readFacts } from './facts.ts';
import { marksAbout } from './foreign-marks.ts';
import { withKeeping } from './keeping.ts';
import { isAboutKept, serveKept } from './kept-reply.ts';
import { withBodyLog } from './log-bodies.ts';
import { serveModels } from './models.ts';
import type { Services } from './services.ts';
import { Tally } from './tally.ts';
import { serveWarmUp } from './warm-up.ts';

/**
 * One request from its arrival to the end of its reply: routing, then attempts in order until one serves or something
 * has been written. Never throws: what goes wrong is told to the client in its own dialect.
 */
export async function handle(
  arrived: Exchange,
  snapshot: Snapshot,
  services: Services,
): Promise<ExchangeRecord> {
  // What goes through as it is may be a film: no log holds that.
  const isLogged = snapshot.settings.observe.bodies && arrived.route.endpoint === undefined;
  const exchange = isLogged ? withBodyLog(arrived, services.log) : arrived;
  const tally = new Tally(exchange);
  try {
    await serve(exchange, snapshot, services, tally);
  } catch (thrown) {
    await tellClient(asGatewayError(thrown, exchange.id), exchange, snapshot, services, tally);
  }
  if (tally.record.stream) services.metrics.streamClosed();
  return tally.close();
}

async function serve(
  exchange: Exchange,
  snapshot: Snapshot,
  services: Services,
  tally: Tally,
): Promise<void> {
  const { operation } = exchange;
  if (operation === 'list-models' || operation === 'get-model') {
    await serveModels(exchange, snapshot, services, tally);
    return;
  }
  const facts = readFacts(exchange, marksAbout(snapshot, exchange.dialect));
  tally.record.model = facts.model;
  tally.record.stream = facts.stream;
  if (facts.stream) services.metrics.streamOpened();
  if (isAboutKept(operation)) {
    await serveKept(exchange, facts, snapshot, services, tally);
    return;
  }
  const kept = facts.keep === null ? exchange : withKeeping(exchange, facts.keep, snapshot, services, tally);
  const served = kept instanceof Promise ? await kept : kept;
  const { attempts } = decide(
    {
      operation,
      dialect: exchange.dialect.id,
      model: facts.model,
      provider: exchange.provider,
      endpoint: exchange.route.endpoint,
      hasModel: exchange.route.model !== undefined,
    },
    snapshot,
  );
  const [first] = attempts;
  if (exchange.isWarmUp === true && first !== undefined) {
    await serveWarmUp(served, first, snapshot, tally);
    return;
  }
  let failure: GatewayError | undefined;
  for (const attempt of attempts) {
    try {
      await runAttempt(served, facts, attempt, snapshot, services, tally);
      return;
    } catch (thrown) {
      failure = asGatewayError(thrown, exchange.id);
      if (isLast(exchange) || !mayTryNext(failure)) throw failure;
      services.log.debug('attempt failed', {
        requestId: exchange.id,
        provider: attempt.provider.name,
        code: failure.code,
      });
    }
  }
  throw failure ?? new GatewayError('GW_ROUTE_NONE_AVAILABLE', { model: facts.model, reason: 'no attempt' });
}

function isLast({ sink, upload }: Exchange): boolean {
  return sink.started || sink.closed || sink.stopped !== null || upload?.isSpent === true;
}

async function tellClient(
  error: GatewayError,
  exchange: Exchange,
  snapshot: Snapshot,
  services: Services,
  tally: Tally,
): Promise<void> {
  const { sink } = exchange;
  tally.failed(error);
  if (error.code === 'GW_INTERNAL') {
    const cause = error.cause instanceof Error ? error.cause.stack : String(error.cause);
    services.log.error('internal failure', { requestId: exchange.id, cause });
  }
  if (sink.closed || error.code === 'GW_CLIENT_ABORTED') {
    tally.record.status = 499;
    return;
  }
  if (sink.started) {
    sink.cut();
    return;
  }
  const reply = await clientError(error, exchange.dialect, snapshot, exchange.id);
  if (tally.record.provider !== '') {
    reply.headers['x-dragoman-provider'] = tally.record.provider;
    reply.headers['x-dragoman-attempts'] = String(Math.max(1, tally.record.attempts));
  }
  tally.record.status = reply.status;
  reply.headers['content-length'] = String(Buffer.byteLength(reply.body));
  sink.head(reply.status, reply.headers);
  sink.end(reply.body);
}
