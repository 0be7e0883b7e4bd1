import type { Json, Translator, UpstreamError, UpstreamErrorKind, WireResponse } from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY, isObject } from './dialect.ts';

const TOO_LONG = /too many tokens|exceeds? (?:the )?(?:maximum |model's )?context|context length/i;
const NO_CREDIT = /billing|payment|purchase/i;

/** Bodies are `{"message": "...", "id": "..."}`, plain text, or a proxy's HTML page. */
export const decodeError: Translator<WireResponse, UpstreamError> = ({ status, headers, body }, context) => {
  const error = readError(body, status);
  const retryAfterMs = readRetryAfter(headers['retry-after'], context.now);
  if (retryAfterMs !== undefined) error.retryAfterMs = retryAfterMs;
  return { output: error };
};

/** `status` is absent in a stream. */
export function readError(body: Json, status?: number): UpstreamError {
  const message = messageOf(body) ?? defaultMessage(status);
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

function defaultMessage(status: number | undefined): string {
  return status === undefined
    ? 'The upstream reported an error'
    : `The upstream answered with status ${status}`;
}

/** 498 and 499 are the service's own: an invalid token, and a request it gave up on. */
function kindOf(status: number | undefined, message: string): UpstreamErrorKind {
  if (TOO_LONG.test(message) && (status === undefined || status < 500)) return 'context-length';
  switch (status) {
    case undefined:
      return 'server';
    case 401:
    case 498:
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
      return NO_CREDIT.test(message) ? 'quota' : 'rate-limit';
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
