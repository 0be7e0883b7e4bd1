import {
  type EncodedError,
  isObject,
  type Json,
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

const NO_CREDIT = /billing|payment|purchase/i;

/** Bodies are `{"message": "...", "id": "..."}`, plain text, or a proxy's HTML page. */
export const decodeError: Translator<WireResponse, UpstreamError> = ({ status, headers, body }, context) => {
  const error = readError(body, status);
  const retryAfterMs = readRetryAfter(headers, context.now);
  if (retryAfterMs !== undefined) error.retryAfterMs = retryAfterMs;
  return { output: error };
};

/** `status` is absent in a stream. */
export function readError(body: Json, status?: number): UpstreamError {
  const message = messageOf(body) ?? namelessError(status);
  const error: UpstreamError = { kind: kindOf(status, message), message };
  if (status !== undefined) error.status = status;
  if (isObject(body)) error.raw = { dialect: DIALECT, family: FAMILY, value: body };
  return error;
}

function messageOf(body: Json): string | undefined {
  if (typeof body === 'string' && body.trim() !== '' && !/^\s*</.test(body))
    return body.trim().slice(0, 2000);
  if (!isObject(body)) return undefined;
  for (const text of [
    body.message,
    body.error,
    body.data,
    isObject(body.error) ? body.error.message : undefined,
  ]) {
    if (typeof text === 'string' && text !== '') return text;
  }
  return undefined;
}

/** 498 and 499 are the service's own: an invalid token, and a request it gave up on. */
function kindOf(status: number | undefined, message: string): UpstreamErrorKind {
  if (tellsOfLength(message) && status !== 429 && (status === undefined || status < 500))
    return 'context-length';
  if (status === undefined) return 'server';
  if (status === 498) return 'authentication';
  if (status === 429 && NO_CREDIT.test(message)) return 'quota';
  return kindOfStatus(status) ?? 'unknown';
}

const STATUSES: Record<UpstreamErrorKind, number> = {
  'invalid-request': 400,
  authentication: 401,
  permission: 403,
  'not-found': 404,
  conflict: 409,
  'too-large': 413,
  'context-length': 400,
  'content-filter': 422,
  'rate-limit': 429,
  quota: 429,
  billing: 402,
  cancelled: 499,
  server: 500,
  unknown: 500,
  overloaded: 503,
  timeout: 504,
};

/** For clients of the routes that pass through. */
export const encodeError: Translator<UpstreamError, EncodedError> = (error) => {
  const encoded: EncodedError = { status: STATUSES[error.kind], body: { message: error.message } };
  if (error.retryAfterMs !== undefined) {
    encoded.headers = { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) };
  }
  return { output: encoded };
};
