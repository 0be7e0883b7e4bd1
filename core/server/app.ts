import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Framing, InboundRoute } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { asGatewayError } from '../errors/upstream-error.ts';
import { clientError, plainError } from '../exchange/client-error.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { handle } from '../exchange/handle.ts';
import { lossMode } from '../exchange/loss.ts';
import type { ReplySink } from '../exchange/reply-sink.ts';
import type { Services } from '../exchange/services.ts';
import { logExchange } from '../observe/exchange-record.ts';
import type { Lease, Registry, Snapshot } from '../plugins/snapshot.ts';
import { allowOrigin } from './allow-origin.ts';
import { isKeptBack } from './awaits-continue.ts';
import type { ClientIdentity, KeyRing } from './client-auth.ts';
import { dropRest } from './drop-rest.ts';
import type { OpenExchange } from './open-exchange.ts';
import { HttpReply, type SilenceWatch } from './reply.ts';
import { type ByteBudget, readBody } from './request-body.ts';
import { newRequestId } from './request-id.ts';
import type { Roster } from './roster.ts';
import { type DialectRoute, matchRoute, routeTable } from './routes.ts';
import { isForm, type OpenUpload, openUpload } from './upload.ts';

/** Everything a request needs, whichever server it came in by. */
export interface App {
  readonly registry: Registry;
  readonly keys: KeyRing;
  readonly services: Services;
  readonly silence: SilenceWatch;
  readonly budget: ByteBudget;
  /** True once SIGTERM came: nothing new is begun. */
  isDraining: boolean;
  /** Exchanges that are not finished. */
  readonly open: Roster<OpenExchange>;
  /** Told when the last one is. */
  onIdle: (() => void) | null;
  /** Paths of no dialect: health, metrics, and the answer that there is nothing here. */
  other(request: IncomingMessage, response: ServerResponse): void;
}

const goodRequestId = /^[\w.-]{1,64}$/;

/** The http server's listener. Dialect routes are matched here, before Express: its layers cost more than a translation. */
export function createListener(app: App): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const match = matchRoute(
      routeTable(app.registry.current),
      request.method ?? 'GET',
      path,
      request.headers,
    );
    if (match === null) {
      app.other(request, response);
      return;
    }
    if (match.type === 'method') {
      if (request.method === 'OPTIONS') app.other(request, response);
      else {
        allowOrigin(request, response, app.registry.current);
        refuseMethod(request, response, path, match.allow);
      }
      return;
    }
    serve(app, request, response, match.found, match.path, mark < 0 ? '' : url.slice(mark + 1)).catch(
      (thrown: unknown) => {
        app.services.log.error('request failed', { error: String(thrown) });
        response.destroy();
      },
    );
  };
}

function refuseMethod(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  allow: string[],
): void {
  const error = new GatewayError('GW_SERVER_METHOD', {
    method: request.method ?? '',
    path,
    allow: allow.join(', '),
  });
  writeError(response, {
    status: error.status,
    headers: { 'content-type': 'application/json', allow: allow.join(', '), 'x-dragoman-error': error.code },
    body: plainError(error),
  });
}

async function serve(
  app: App,
  request: IncomingMessage,
  response: ServerResponse,
  found: DialectRoute,
  path: Record<string, string>,
  query: string,
): Promise<void> {
  const startedAt = performance.now();
  const id = requestId(request);
  const lease = app.registry.lease();
  let held = 0;
  let upload: OpenUpload | undefined;
  const reply = new HttpReply(response, app.silence);
  app.open.add(reply);
  try {
    allowOrigin(request, response, lease.snapshot);
    if (app.isDraining) throw new GatewayError('GW_SERVER_DRAINING', {}, { retryAfterMs: 1000 });
    const identity = app.keys.authenticate(request.headers, query);
    if (identity === null) throw new GatewayError('GW_CLIENT_UNAUTHENTICATED');
    const { maxBodyMb, maxUploadMb } = lease.snapshot.settings.server;
    let body: Buffer = noBody;
    const maxBytes = maxBodyMb * 1048576;
    if (isUpload(found.route, request, maxBytes)) {
      upload = await openUpload(request, modelField(found.route), maxUploadMb * 1048576);
    } else {
      reply.awaitsBodySince = startedAt;
      const read = await readBody(request, maxBytes, app.budget, reply);
      reply.awaitsBodySince = undefined;
      held = read.held;
      body = read.body;
    }
    const exchange = buildExchange(
      { id, startedAt, identity, found, path, query, body, reply, upload },
      request,
      lease.snapshot,
    );
    const record = await handle(exchange, lease.snapshot, app.services);
    logExchange(app.services.log, record);
    app.services.metrics.recordExchange(record);
  } catch (thrown) {
    await refuse(app, thrown, request, response, found, lease, id);
  } finally {
    app.budget.give(held);
    upload?.discard();
    lease.release();
    // What was written may still be on its way to a slow client: that is not finished.
    if (response.writableEnded && !response.writableFinished)
      response.once('close', () => finished(app, reply));
    else finished(app, reply);
  }
}

export function finished({ open, onIdle }: App, exchange: OpenExchange): void {
  open.delete(exchange);
  if (open.size === 0) onIdle?.();
}

/** A request that never became an exchange: no key, too large, broken off, draining. */
async function refuse(
  app: App,
  thrown: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  found: DialectRoute,
  lease: Lease,
  id: string,
): Promise<void> {
  const error = asGatewayError(thrown, id);
  if (error.code === 'GW_INTERNAL')
    app.services.log.error('request failed', { requestId: id, cause: error.cause });
  app.services.log.info('refused', {
    requestId: id,
    status: error.status,
    code: error.code,
    path: request.url?.split('?')[0],
  });
  if (error.code === 'GW_CLIENT_ABORTED' || response.headersSent) {
    response.destroy();
    return;
  }
  const reply = await clientError(error, found.dialect, lease.snapshot, id);
  // A body that was never asked for does not come, and what comes next could be either.
  if (isKeptBack(request)) reply.headers.connection = 'close';
  else if (!request.complete) dropRest(request);
  writeError(response, reply);
}

function writeError(
  response: ServerResponse,
  reply: { status: number; headers: Record<string, string>; body: Buffer | string },
): void {
  response.writeHead(reply.status, {
    ...reply.headers,
    'content-length': String(Buffer.byteLength(reply.body)),
  });
  response.end(reply.body);
}

export interface Arrival {
  id: string;
  startedAt: number;
  identity: ClientIdentity;
  found: DialectRoute;
  path: Record<string, string>;
  query: string;
  body: Buffer;
  reply: ReplySink;
  upload?: OpenUpload;
}

const noBody: Buffer = Buffer.alloc(0);

/**
 * Only where nothing is translated: there a body need not be read to be sent on. JSON that may be read whole is: then it
 * can be sent a second time.
 */
function isUpload(route: InboundRoute, { headers }: IncomingMessage, maxBytes: number): boolean {
  if (route.endpoint === undefined) return false;
  const type = headers['content-type'];
  if (isForm(type)) return true;
  if (modelField(route) !== null) return false;
  return isBytes(type) || Number(headers['content-length'] ?? 0) > maxBytes;
}

/** A type that says it is neither JSON nor what clients call it that do not say at all. */
function isBytes(type: string | undefined): boolean {
  return type !== undefined && !/json|^application\/x-www-form-urlencoded|^text\/plain/i.test(type);
}

function modelField({ model }: InboundRoute): string | null {
  return model?.startsWith('/') === true ? model.slice(1) : null;
}

export function buildExchange(arrival: Arrival, request: IncomingMessage, snapshot: Snapshot): Exchange {
  const { dialect, route } = arrival.found;
  const { headers } = request;
  const query = arrival.query === '' ? {} : readQuery(arrival.query);
  return {
    id: arrival.id,
    now: Date.now(),
    startedAt: arrival.startedAt,
    client: arrival.identity.name,
    owner: arrival.identity.owner,
    dialect,
    route,
    operation: route.operation,
    method: route.method,
    path: arrival.path,
    query,
    framing: framingOf(route, query) ?? dialect.declaration.framing,
    headers: pickHeaders(headers, dialect.plugin.manifest.permissions?.requestHeaders ?? []),
    body: arrival.body,
    contentType: headers['content-type'] ?? 'application/json',
    loss: lossMode(snapshot.settings.translation.loss, one(headers['x-dragoman-loss'])),
    provider: one(headers['x-dragoman-provider']),
    sink: arrival.reply,
    upload: arrival.upload,
  };
}

function pickHeaders(headers: IncomingMessage['headers'], wanted: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of wanted) {
    const value = headers[name];
    if (value !== undefined) picked[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return picked;
}

/** Gemini's `?alt=sse` asks for events where the same path gives an array otherwise. */
function framingOf({ framing }: InboundRoute, query: Record<string, string>): Framing | undefined {
  if (framing === undefined || typeof framing === 'string') return framing;
  const wanted = query[framing.query];
  return (wanted === undefined ? undefined : framing.values[wanted]) ?? framing.default;
}

/** The client's key is for us: it goes no further. */
function readQuery(text: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) if (name !== 'key') query[name] = value;
  return query;
}

function requestId(request: IncomingMessage): string {
  const given = one(request.headers['x-request-id']);
  return given !== undefined && goodRequestId.test(given) ? given : newRequestId();
}

function one(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
