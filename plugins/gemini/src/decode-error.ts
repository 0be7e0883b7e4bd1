import {
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

/** Google's canonical codes (google.rpc.Code). */
const KINDS: Record<string, UpstreamErrorKind> = {
  INVALID_ARGUMENT: 'invalid-request',
  FAILED_PRECONDITION: 'invalid-request',
  OUT_OF_RANGE: 'invalid-request',
  UNIMPLEMENTED: 'invalid-request',
  UNAUTHENTICATED: 'authentication',
  PERMISSION_DENIED: 'permission',
  NOT_FOUND: 'not-found',
  RESOURCE_EXHAUSTED: 'rate-limit',
  ALREADY_EXISTS: 'conflict',
  ABORTED: 'conflict',
  CANCELLED: 'cancelled',
  UNAVAILABLE: 'overloaded',
  DEADLINE_EXCEEDED: 'timeout',
  INTERNAL: 'server',
  DATA_LOSS: 'server',
  UNKNOWN: 'server',
};
const TOO_LARGE = /payload size exceeds|request (?:is|entity) too large/i;
const BAD_KEY = /api key (?:not valid|expired|not found)|api[_ ]key[_ ]invalid/i;
const NO_BILLING = /billing|prepay|credits? (?:are|is) depleted/i;
const PLACE = /user location is not supported/i;

/** Bodies may be JSON, a list with one such object, plain text or a proxy's HTML page. */
export const decodeError: Translator<WireResponse, UpstreamError> = (wire, context) => {
  const error = readErrorBody(wire.body, wire.status);
  const retryAfterMs = readRetryAfter(wire.headers, context.now) ?? retryDelay(wire.body);
  if (retryAfterMs !== undefined) error.retryAfterMs = retryAfterMs;
  return { output: error };
};

/** The error in a body or a stream. `status` is absent in a stream, whose body says it. */
export function readErrorBody(raw: Json, status?: number): UpstreamError {
  const body = Array.isArray(raw) ? (raw[0] ?? null) : raw;
  const inner = isObject(body) && isObject(body.error) ? body.error : undefined;
  const word = typeof inner?.status === 'string' ? inner.status : undefined;
  const code = status ?? (typeof inner?.code === 'number' ? inner.code : undefined);
  const message = messageOf(body, inner, code);
  const error: UpstreamError = { kind: kindOf(word, message, code, inner), message };
  if (code !== undefined) error.status = code;
  if (word !== undefined) error.type = word;
  const reason = detailOf(inner, 'ErrorInfo')?.reason;
  if (typeof reason === 'string') error.code = reason;
  if (isObject(body)) error.raw = { dialect: DIALECT, family: FAMILY, value: body };
  return error;
}

function messageOf(body: Json, inner: JsonObject | undefined, status: number | undefined): string {
  if (typeof inner?.message === 'string' && inner.message !== '') return inner.message;
  if (isObject(body) && typeof body.error === 'string') return body.error;
  if (typeof body === 'string' && body.trim() !== '' && !/^\s*</.test(body)) {
    return body.trim().slice(0, 2000);
  }
  return namelessError(status);
}

/** What other families' kinds are called in `ErrorInfo` when this dialect writes them. */
export const REASONS: ReadonlyMap<string, UpstreamErrorKind> = new Map([
  ['API_KEY_INVALID', 'authentication'],
  ['API_KEY_EXPIRED', 'authentication'],
  ['QUOTA_EXCEEDED', 'quota'],
  ['BILLING_DISABLED', 'billing'],
  ['CONTEXT_LENGTH_EXCEEDED', 'context-length'],
  ['CONTENT_FILTERED', 'content-filter'],
  ['REQUEST_TOO_LARGE', 'too-large'],
]);

function kindOf(
  word: string | undefined,
  message: string,
  status: number | undefined,
  inner: JsonObject | undefined,
): UpstreamErrorKind {
  const reason = detailOf(inner, 'ErrorInfo')?.reason;
  const byReason = typeof reason === 'string' ? REASONS.get(reason) : undefined;
  if (byReason !== undefined) return byReason;
  const byWord = word !== undefined && Object.hasOwn(KINDS, word) ? KINDS[word] : undefined;
  const kind = byWord ?? kindOfStatus(status) ?? 'unknown';
  switch (kind) {
    case 'invalid-request':
      if (BAD_KEY.test(message)) return 'authentication';
      if (tellsOfLength(message)) return 'context-length';
      if (TOO_LARGE.test(message)) return 'too-large';
      if (PLACE.test(message)) return 'permission';
      return word === 'FAILED_PRECONDITION' && NO_BILLING.test(message) ? 'billing' : kind;
    case 'rate-limit':
      // A limit of a day is no reason to come back in a minute.
      return isDaily(inner) ? 'quota' : kind;
    default:
      return kind;
  }
}

/** One of `details`, by the end of its `@type`. */
function detailOf(inner: JsonObject | undefined, type: string): JsonObject | undefined {
  if (!Array.isArray(inner?.details)) return undefined;
  for (const detail of inner.details) {
    const name = isObject(detail) ? detail['@type'] : undefined;
    if (isObject(detail) && typeof name === 'string' && name.endsWith(type)) return detail;
  }
  return undefined;
}

function isDaily(inner: JsonObject | undefined): boolean {
  const violations = detailOf(inner, 'QuotaFailure')?.violations;
  if (!Array.isArray(violations)) return false;
  return violations.some(
    (each) => isObject(each) && typeof each.quotaId === 'string' && each.quotaId.includes('PerDay'),
  );
}

/** `RetryInfo` says it as a duration: `34.07s`. */
function retryDelay(raw: Json): number | undefined {
  const body = Array.isArray(raw) ? raw[0] : raw;
  const inner = isObject(body) && isObject(body.error) ? body.error : undefined;
  const delay = detailOf(inner, 'RetryInfo')?.retryDelay;
  const seconds = typeof delay === 'string' ? Number(delay.replace(/s$/, '')) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1000) : undefined;
}
