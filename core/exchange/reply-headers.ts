import { explainHeader } from '../config/header-rules.ts';
import { isUnwritable } from '../plugins/permissions.ts';
import type { LoadedDialect } from '../plugins/snapshot.ts';
import type { AttemptJob } from './attempt-job.ts';

/** Hop-by-hop or ours to write: never taken from an upstream or a plugin, whatever a manifest asks for. */
const never: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'keep-alive',
  'proxy-authenticate',
  'set-cookie',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-request-id',
]);

/** The gateway's id of a request, wherever clients of this dialect look for one. */
export function requestIdHeaders(id: string, dialect: LoadedDialect | undefined): Record<string, string> {
  const own = dialect?.declaration.requestIdHeader;
  return own === undefined ? { 'x-request-id': id } : { 'x-request-id': id, [own]: id };
}

/** Head of a reply: what the gateway says of itself, and the upstream's headers that the manifest names. */
export function replyHeaders(job: AttemptJob, upstream: Record<string, string>): Record<string, string> {
  const { exchange, attempt, tally } = job;
  const headers = requestIdHeaders(exchange.id, exchange.dialect);
  headers['x-dragoman-provider'] = attempt.provider.name;
  headers['x-dragoman-model'] = headerValue(attempt.model.id);
  headers['x-dragoman-attempts'] = String(tally.record.attempts === 0 ? 1 : tally.record.attempts);
  const upstreamId = upstream['x-request-id'] ?? upstream['request-id'] ?? upstream['x-amzn-requestid'];
  if (upstreamId !== undefined) headers['x-dragoman-upstream-request-id'] = upstreamId;
  for (const name of attempt.provider.plugin.manifest.permissions?.responseHeaders ?? []) {
    const value = upstream[name];
    if (value !== undefined && !never.has(name) && !name.startsWith('x-dragoman-')) headers[name] = value;
  }
  return headers;
}

/** Of the headers a dialect gives an error, in lower case, those that are its own to send and that a head can hold. */
export function dialectHeaders(given: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase();
    if (explainHeader(key, value) === null && !never.has(key) && !isUnwritable(key)) headers[key] = value;
  }
  return headers;
}

/** A model's name is the client's text and may hold anything; a header may not. */
function headerValue(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
