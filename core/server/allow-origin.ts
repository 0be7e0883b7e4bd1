import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Snapshot } from '../plugins/snapshot.ts';

/** Lets pages of the origins the operator named read the answer. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, snapshot: Snapshot): void {
  const { origin } = request.headers;
  const { cors } = snapshot.settings.server;
  if (cors.length === 0) return;
  response.setHeader('vary', 'origin');
  if (origin === undefined || !(cors.includes(origin) || cors.includes('*'))) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', '*');
}
