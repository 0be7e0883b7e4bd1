import {
  type EncodedError,
  isObject,
  type JsonObject,
  type Translator,
  type UpstreamError,
  type UpstreamErrorKind,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

interface ErrorForm {
  status: number;
  type: string;
  code: string | null;
}

/** How each kind is written for clients of this dialect; the SDKs choose their exception by status. */
const FORMS: Record<UpstreamErrorKind, ErrorForm> = {
  'invalid-request': { status: 400, type: 'invalid_request_error', code: null },
  authentication: { status: 401, type: 'authentication_error', code: 'invalid_api_key' },
  permission: { status: 403, type: 'permission_error', code: 'permission_denied' },
  'not-found': { status: 404, type: 'invalid_request_error', code: 'model_not_found' },
  'rate-limit': { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  quota: { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  billing: { status: 402, type: 'insufficient_quota', code: 'billing_not_active' },
  overloaded: { status: 503, type: 'server_error', code: 'overloaded' },
  'context-length': { status: 400, type: 'invalid_request_error', code: 'context_length_exceeded' },
  'content-filter': { status: 400, type: 'invalid_request_error', code: 'content_filter' },
  'too-large': { status: 413, type: 'invalid_request_error', code: 'request_too_large' },
  conflict: { status: 409, type: 'invalid_request_error', code: 'conflict' },
  timeout: { status: 504, type: 'server_error', code: 'timeout' },
  cancelled: { status: 499, type: 'invalid_request_error', code: 'cancelled' },
  server: { status: 500, type: 'server_error', code: 'internal_server_error' },
  unknown: { status: 500, type: 'server_error', code: null },
};

export const encodeError: Translator<UpstreamError, EncodedError> = (error) => {
  const form = FORMS[error.kind] ?? FORMS.unknown;
  const encoded: EncodedError = { status: statusOf(error, form), body: encodeErrorBody(error) };
  if (error.retryAfterMs !== undefined) {
    const seconds = Math.max(1, Math.ceil(error.retryAfterMs / 1000));
    encoded.headers = { 'retry-after': String(seconds) };
  }
  return { output: encoded };
};

/** The upstream's own status where it means the same to a client. */
function statusOf({ kind, status }: UpstreamError, form: ErrorForm): number {
  if (status === undefined) return form.status;
  switch (kind) {
    case 'invalid-request':
    case 'unknown':
      return status >= 400 && status < 600 ? status : form.status;
    case 'server':
      return status >= 500 && status < 600 && status !== 529 ? status : form.status;
    default:
      return form.status;
  }
}

/** The body, also as the data of a stream's last frame. An error of this dialect goes back as it came. */
export function encodeErrorBody(error: UpstreamError): JsonObject {
  const raw = error.raw?.dialect === DIALECT ? error.raw.value : undefined;
  if (isObject(raw) && isObject(raw.error) && typeof raw.error.message === 'string') return raw;
  const form = FORMS[error.kind] ?? FORMS.unknown;
  return {
    error: { message: error.message, type: form.type, param: error.param ?? null, code: codeOf(error, form) },
  };
}

/** "Not found" is about the model unless its code says otherwise; a kind without a word of its own keeps the code. */
function codeOf({ kind, code }: UpstreamError, form: ErrorForm): string | null {
  if (kind === 'not-found' && code !== undefined && !/model/i.test(code)) return code;
  return form.code ?? code ?? null;
}
