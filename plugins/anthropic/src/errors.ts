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

const KINDS: Record<string, UpstreamErrorKind> = {
  invalid_request_error: 'invalid-request',
  authentication_error: 'authentication',
  billing_error: 'billing',
  permission_error: 'permission',
  not_found_error: 'not-found',
  conflict_error: 'conflict',
  request_too_large: 'too-large',
  rate_limit_error: 'rate-limit',
  timeout_error: 'timeout',
  overloaded_error: 'overloaded',
  api_error: 'server',
};
/** Every kind of failure as this dialect's clients know it. */
const WIRE: Record<UpstreamErrorKind, { status: number; type: string }> = {
  'invalid-request': { status: 400, type: 'invalid_request_error' },
  'context-length': { status: 400, type: 'invalid_request_error' },
  'content-filter': { status: 400, type: 'invalid_request_error' },
  conflict: { status: 409, type: 'invalid_request_error' },
  cancelled: { status: 499, type: 'invalid_request_error' },
  authentication: { status: 401, type: 'authentication_error' },
  billing: { status: 402, type: 'billing_error' },
  permission: { status: 403, type: 'permission_error' },
  'not-found': { status: 404, type: 'not_found_error' },
  'too-large': { status: 413, type: 'request_too_large' },
  'rate-limit': { status: 429, type: 'rate_limit_error' },
  quota: { status: 429, type: 'rate_limit_error' },
  timeout: { status: 504, type: 'timeout_error' },
  overloaded: { status: 529, type: 'overloaded_error' },
  server: { status: 500, type: 'api_error' },
  unknown: { status: 500, type: 'api_error' },
};
const NO_CREDIT = /credit balance is too low/i;

/** Bodies may be JSON, plain text or a proxy's HTML page. */
export const decodeError: Translator<WireResponse, UpstreamError> = (wire, context) => {
  const error = readError(wire.body, wire.status);
  const retryAfterMs = readRetryAfter(wire.headers, context.now);
  if (retryAfterMs !== undefined) error.retryAfterMs = retryAfterMs;
  return { output: error };
};

/** The error in a body or a stream's `error` event. `status` is absent in a stream. */
export function readError(body: Json, status?: number): UpstreamError {
  const inner = isObject(body) ? (isObject(body.error) ? body.error : body) : undefined;
  const type = inner !== undefined && typeof inner.type === 'string' ? inner.type : undefined;
  const message = messageOf(body, inner, status);
  const error: UpstreamError = { kind: kindOf(type, message, status), message };
  if (status !== undefined) error.status = status;
  if (type !== undefined && type !== 'error') error.type = type;
  const code = inner?.code;
  if (typeof code === 'string') error.code = code;
  if (isObject(body)) error.raw = { dialect: DIALECT, family: FAMILY, value: body };
  return error;
}

function messageOf(body: Json, inner: JsonObject | undefined, status: number | undefined): string {
  if (typeof inner?.message === 'string' && inner.message !== '') return inner.message;
  if (isObject(body) && typeof body.error === 'string') return body.error;
  if (isObject(body) && typeof body.detail === 'string') return body.detail;
  if (typeof body === 'string' && body.trim() !== '' && !/^\s*</.test(body))
    return body.trim().slice(0, 2000);
  return namelessError(status);
}

function kindOf(type: string | undefined, message: string, status: number | undefined): UpstreamErrorKind {
  const byType = type === undefined ? undefined : KINDS[type];
  if (byType === 'invalid-request' || byType === undefined) {
    if (NO_CREDIT.test(message)) return 'billing';
    if (tellsOfLength(message) && (status === undefined || status < 500)) return 'context-length';
  }
  // A 400 type with another status is the gateway's or proxy's word; the status says more.
  if (byType !== undefined && byType !== 'invalid-request') return byType;
  return kindOfStatus(status) ?? byType ?? 'unknown';
}

export const encodeError: Translator<UpstreamError, EncodedError> = (error, context) => {
  const encoded: EncodedError = { status: statusOf(error), body: errorBody(error, context.requestId) };
  if (error.retryAfterMs !== undefined) {
    encoded.headers = { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) };
  }
  return { output: encoded };
};

function statusOf(error: UpstreamError): number {
  const { status, kind } = error;
  if (status === undefined) return WIRE[kind].status;
  // 5xx tell apart what the table cannot; the rest must agree with the type, by which SDKs choose their class.
  if (kind === 'server' && status >= 500 && status !== 504 && status !== 529) return status;
  if (kind === 'unknown' && status >= 500 && status !== 504 && status !== 529) return status;
  return WIRE[kind].status;
}

/**
 * The `error` object of replies and of streams. What names the cause stands in `details.error_code`, where the
 * SDK since the API of 2026-10-21 looks for it; a code it does not know it takes for the bare type.
 */
export function errorBody(error: UpstreamError, requestId?: string): JsonObject {
  const body: JsonObject = { type: WIRE[error.kind].type, message: messageFor(error) };
  if (error.raw?.dialect === DIALECT && isObject(error.raw.value) && isObject(error.raw.value.error)) {
    const raw = error.raw.value.error;
    for (const key in raw) body[key] ??= raw[key];
    if (typeof raw.type === 'string') body.type = raw.type;
  } else if (error.code !== undefined) {
    body.details = { error_code: error.code };
  }
  return requestId === undefined
    ? { type: 'error', error: body }
    : { type: 'error', error: body, request_id: requestId };
}

/** Clients such as Claude Code recognise a full context by these words alone. */
function messageFor(error: UpstreamError): string {
  if (error.kind !== 'context-length' || /prompt is too long/i.test(error.message)) return error.message;
  return `prompt is too long: ${error.message}`;
}
