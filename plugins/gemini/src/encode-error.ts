import {
  type EncodedError,
  isObject,
  type JsonObject,
  type Translator,
  type UpstreamError,
  type UpstreamErrorKind,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

/** Every kind of failure as this dialect's clients know it; `reason` where the word alone does not tell. */
const WIRE: Record<UpstreamErrorKind, { code: number; status: string; reason?: string }> = {
  'invalid-request': { code: 400, status: 'INVALID_ARGUMENT' },
  'context-length': { code: 400, status: 'INVALID_ARGUMENT', reason: 'CONTEXT_LENGTH_EXCEEDED' },
  'content-filter': { code: 400, status: 'INVALID_ARGUMENT', reason: 'CONTENT_FILTERED' },
  authentication: { code: 401, status: 'UNAUTHENTICATED' },
  billing: { code: 402, status: 'FAILED_PRECONDITION', reason: 'BILLING_DISABLED' },
  permission: { code: 403, status: 'PERMISSION_DENIED' },
  'not-found': { code: 404, status: 'NOT_FOUND' },
  conflict: { code: 409, status: 'ABORTED' },
  'too-large': { code: 413, status: 'INVALID_ARGUMENT', reason: 'REQUEST_TOO_LARGE' },
  'rate-limit': { code: 429, status: 'RESOURCE_EXHAUSTED' },
  quota: { code: 429, status: 'RESOURCE_EXHAUSTED', reason: 'QUOTA_EXCEEDED' },
  cancelled: { code: 499, status: 'CANCELLED' },
  server: { code: 500, status: 'INTERNAL' },
  unknown: { code: 500, status: 'INTERNAL' },
  overloaded: { code: 503, status: 'UNAVAILABLE' },
  timeout: { code: 504, status: 'DEADLINE_EXCEEDED' },
};

export const encodeError: Translator<UpstreamError, EncodedError> = (error) => {
  const body = errorBody(error);
  const encoded: EncodedError = { status: codeOf(error), body };
  if (error.retryAfterMs !== undefined) {
    encoded.headers = { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) };
  }
  return { output: encoded };
};

/** Statuses of 5xx tell apart what the table cannot; the rest must agree with the word, by which clients decide. */
function codeOf({ kind, status }: UpstreamError): number {
  const isFree = kind === 'server' || kind === 'unknown';
  if (isFree && status !== undefined && status >= 500 && status !== 503 && status !== 504) return status;
  return WIRE[kind].code;
}

/** The body of an error reply, and of the chunk that ends a broken stream. */
export function errorBody(error: UpstreamError): JsonObject {
  if (error.raw?.dialect === DIALECT && isObject(error.raw.value) && isObject(error.raw.value.error)) {
    return error.raw.value;
  }
  const { status, reason } = WIRE[error.kind];
  const body: JsonObject = { code: codeOf(error), message: error.message, status };
  const details: JsonObject[] = [];
  if (reason !== undefined) {
    details.push({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'dragoman' });
  }
  if (error.retryAfterMs !== undefined) {
    const retryDelay = `${error.retryAfterMs / 1000}s`;
    details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
  }
  if (details.length > 0) body.details = details;
  return { error: body };
}
