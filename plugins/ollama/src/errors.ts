import {
  type EncodedError,
  isObject,
  type Json,
  type JsonObject,
  kindOfStatus,
  namelessError,
  readRetryAfter,
  type Translator,
  tellsOfLength,
  type UpstreamError,
  type UpstreamErrorKind,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY } from './dialect.ts';

/** The wire has no types of errors: clients go by the status. */
const STATUSES: Record<UpstreamErrorKind, number> = {
  'invalid-request': 400,
  'context-length': 400,
  'content-filter': 400,
  authentication: 401,
  billing: 402,
  permission: 403,
  'not-found': 404,
  timeout: 504,
  conflict: 409,
  'too-large': 413,
  'rate-limit': 429,
  quota: 429,
  cancelled: 499,
  server: 500,
  unknown: 500,
  overloaded: 503,
};

/** Bodies may be `{"error": "..."}`, plain text or a proxy's HTML page. */
export const decodeError: Translator<WireResponse, UpstreamError> = ({ status, headers, body }, context) => {
  const error = readError(body, status);
  const retryAfterMs = readRetryAfter(headers, context.now);
  if (retryAfterMs !== undefined) error.retryAfterMs = retryAfterMs;
  return { output: error };
};

/** True for a body or frame that tells of an error and nothing else. */
export function isErrorBody(body: JsonObject): boolean {
  return typeof body.error === 'string' || isObject(body.error);
}

/** `status` is absent in a stream, where some servers put it beside the error. */
export function readError(body: Json, status?: number): UpstreamError {
  const inner = isObject(body) ? body.error : undefined;
  const told = isObject(body) && typeof body.status === 'number' ? body.status : undefined;
  const known = status ?? told;
  const message = messageOf(body, inner) ?? namelessError(known);
  const error: UpstreamError = { kind: kindOf(known, message), message };
  if (known !== undefined) error.status = known;
  if (isObject(inner) && typeof inner.code === 'string') error.code = inner.code;
  if (isObject(body)) error.raw = { dialect: DIALECT, family: FAMILY, value: body };
  return error;
}

function messageOf(body: Json, inner: Json | undefined): string | undefined {
  if (typeof inner === 'string' && inner !== '') return inner;
  // The same server's OpenAI routes, and proxies before it, write objects.
  if (isObject(inner) && typeof inner.message === 'string') return inner.message;
  if (typeof body === 'string' && body.trim() !== '' && !/^\s*</.test(body))
    return body.trim().slice(0, 2000);
  return undefined;
}

function kindOf(status: number | undefined, message: string): UpstreamErrorKind {
  if (tellsOfLength(message) && status !== 429 && (status === undefined || status < 500))
    return 'context-length';
  if (status === undefined) return 'server';
  return kindOfStatus(status) ?? 'unknown';
}

export const encodeError: Translator<UpstreamError, EncodedError> = (error) => {
  const encoded: EncodedError = { status: statusOf(error), body: errorBody(error) };
  if (error.retryAfterMs !== undefined) {
    encoded.headers = { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) };
  }
  return { output: encoded };
};

/** Several statuses stand for a server's fault; any of them says so. */
function statusOf({ kind, status }: UpstreamError): number {
  const isOpen = kind === 'server' || kind === 'unknown';
  return isOpen && status !== undefined && status >= 500 && status !== 503 && status !== 504
    ? status
    : STATUSES[kind];
}

/** The body of a reply or the last line of a stream. */
export function errorBody(error: UpstreamError): JsonObject {
  if (error.raw?.dialect === DIALECT && isObject(error.raw.value)) {
    return { ...error.raw.value, error: error.message };
  }
  return { error: error.message };
}
