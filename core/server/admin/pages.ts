import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { suggest } from '../../config/suggest.ts';
import { GatewayError } from '../../errors/gateway-error.ts';
import { asGatewayError } from '../../errors/upstream-error.ts';
import { plainError } from '../../exchange/client-error.ts';
import { modelIndex } from '../../router/models.ts';
import { allowOrigin } from '../allow-origin.ts';
import type { App } from '../app.ts';

export interface PagesOptions {
  version: string;
}

/** Everything that is not a dialect: what this is, health, readiness, metrics, and a helpful 404. */
export function createPages(app: App, options: PagesOptions): Express {
  const pages = express();
  pages.disable('x-powered-by');
  pages.disable('etag');
  pages.use((request, response, next) => {
    allowOrigin(request, response, app.registry.current);
    next();
  });
  pages.options('/*path', (request, response) => preflight(request, response));
  pages.get('/', (request, response) => {
    const what = { name: 'dragoman', about: 'A gateway for large-language-model APIs' };
    // Another answer for another key.
    response.set('cache-control', 'no-store');
    if (!hasKey(app, request)) {
      response.json({ ...what, more: 'With a gateway key this page lists what is served' });
      return;
    }
    const { dialects, providers } = app.registry.current;
    response.json({
      ...what,
      version: options.version,
      dialects: [...dialects.keys()],
      providers: [...providers.keys()],
      endpoints: endpoints(app),
      models: modelIndex(app.registry.current).listed.length,
    });
  });
  pages.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  pages.get('/readyz', (_request, response) => {
    if (app.isDraining) response.status(503).json({ status: 'draining' });
    else response.json({ status: 'ready' });
  });
  pages.get('/metrics', async (request, response) => {
    const { settings } = app.registry.current;
    if (settings.observe.metrics !== 'open' && !hasKey(app, request)) {
      throw new GatewayError('GW_CLIENT_UNAUTHENTICATED');
    }
    const text = await app.services.metrics.text();
    response.type(app.services.metrics.contentType).send(text);
  });
  pages.use((request) => {
    const asked = `${request.method} ${request.url.split('?')[0]?.slice(0, 200)}`;
    if (!request.url.startsWith('/') && request.url !== '*') {
      const reason = `'${asked}' asks for another server, and this is not a proxy`;
      throw new GatewayError('GW_CLIENT_HTTP_INVALID', { reason });
    }
    const close = hasKey(app, request) ? suggest(asked, endpoints(app)) : undefined;
    const hint = close === undefined ? '' : ` Did you mean ${close}?`;
    throw new GatewayError('GW_SERVER_NO_ROUTE', {
      reason: `Nothing is served at ${asked}.${hint} With a gateway key, GET / lists what is`,
    });
  });
  // Express knows an error handler by its four parameters.
  pages.use((thrown: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const error = asGatewayError(thrown, '');
    if (error.code === 'GW_INTERNAL') app.services.log.error('page failed', { error: String(thrown) });
    response.status(error.status).set('x-dragoman-error', error.code);
    response.type('application/json').send(plainError(error));
  });
  return pages;
}

/** Which providers, plugins and version there are is nobody's business who may not use them. */
function hasKey(app: App, request: Request): boolean {
  return app.keys.authenticate(request.headers, request.url.split('?')[1] ?? '') !== null;
}

function endpoints(app: App): string[] {
  const found = new Set<string>();
  for (const dialect of app.registry.current.dialects.values()) {
    for (const route of dialect.declaration.routes ?? []) found.add(`${route.method} ${route.path}`);
  }
  return [...found];
}

function preflight(request: Request, response: Response): void {
  if (response.hasHeader('access-control-allow-origin')) {
    response.set({
      'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
      'access-control-allow-headers': String(request.headers['access-control-request-headers'] ?? '*'),
      'access-control-max-age': '600',
    });
  }
  response.status(204).end();
}
