import type {
  EncodedError,
  Json,
  JsonObject,
  Translator,
  UpstreamError,
  UpstreamErrorKind,
  WireResponse,
} from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY, isObject } from './dialect.ts';

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
const TOO_LONG = /exceeds? (?:the )?(?:maximum |available )?context|context length|prompt is too long/i;

/** Bodies may be `{"error": "..."}`, plain text or a proxy's HTML page. */
export const decodeError: Translator<WireResponse, UpstreamError> = ({ status, headers, body }, context) => {
  const error = readError(body, status);
  const retryAfterMs = readRetryAfter(headers['retry-after'], context.now);
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
  const message = messageOf(body, inner) ?? defaultMessage(known);
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

function defaultMessage(status: number | undefined): string {
  return status === undefined
    ? 'The upstream reported an error'
    : `The upstream answered with status ${status}`;
}

function kindOf(status: number | undefined, message: string): UpstreamErrorKind {
  if (TOO_LONG.test(message) && (status === undefined || status < 500)) return 'context-length';
  switch (status) {
    case undefined:
      return 'server';
    case 401:
      return 'authentication';
    case 402:
      return 'billing';
    case 403:
      return 'permission';
    case 404:
      return 'not-found';
    case 408:
    case 504:
      return 'timeout';
    case 409:
      return 'conflict';
    case 413:
      return 'too-large';
    case 429:
      return 'rate-limit';
    case 499:
      return 'cancelled';
    case 503:
    case 529:
      return 'overloaded';
    default:
      return status >= 500 ? 'server' : status >= 400 ? 'invalid-request' : 'unknown';
  }
}

/** Seconds or an HTTP date. */
function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds >= 0 ? Math.round(seconds * 1000) : undefined;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
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
