import {
  isObject,
  type Json,
  type JsonObject,
  kindOfStatus,
  readRetryAfter,
  type Translator,
  tellsOfLength,
  type UpstreamError,
  type UpstreamErrorKind,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

/** An error reply of an upstream, JSON or not. */
export const decodeError: Translator<WireResponse, UpstreamError> = ({ status, headers, body }, context) => {
  const error = readErrorBody(body, status);
  const retryAfterMs = readRetryAfter(headers, context.now);
  if (retryAfterMs !== undefined) error.retryAfterMs = retryAfterMs;
  return { output: error };
};

/** `status`: of the reply; an error inside a stream has none, though some services write one as its `code`. */
export function readErrorBody(body: Json, status: number | undefined): UpstreamError {
  const inner = findError(body);
  const message = messageOf(inner, body, status);
  const code = wordOf(inner.code);
  const type = wordOf(inner.type);
  const known =
    status ??
    (typeof inner.code === 'number' && inner.code >= 400 && inner.code < 600 ? inner.code : undefined);
  const error: UpstreamError = { kind: kindOf(code, type, message, known), message };
  if (known !== undefined) error.status = known;
  if (code !== undefined) error.code = code;
  if (type !== undefined) error.type = type;
  if (typeof inner.param === 'string') error.param = inner.param;
  error.raw = { dialect: DIALECT, value: body };
  return error;
}

/** `{ error: {} }`, the error itself (Mistral, vLLM), a list of one (Google), `{ error: 'text' }` or `{ detail }`. */
function findError(body: Json): JsonObject {
  if (Array.isArray(body)) return findError(body[0] ?? null);
  if (!isObject(body)) return {};
  if (isObject(body.error)) return body.error;
  if (Array.isArray(body.error)) return findError(body.error);
  return body;
}

function wordOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

const MAX_MESSAGE = 2000;

function messageOf(error: JsonObject, body: Json, status: number | undefined): string {
  for (const field of [error.message, error.error, error.detail, error.msg, error.title]) {
    if (typeof field === 'string' && field !== '') return field;
    if (isObject(field) || Array.isArray(field)) return JSON.stringify(field).slice(0, MAX_MESSAGE);
  }
  const fallback =
    status === undefined ? 'the provider reported an error' : `the provider answered with status ${status}`;
  return typeof body === 'string' ? plainText(body) || fallback : fallback;
}

/** The words of an HTML page, or the text as it is. */
function plainText(text: string): string {
  const start = text.slice(0, 20_000);
  if (!/<(!doctype|html|head|body)/i.test(start)) return start.trim().slice(0, MAX_MESSAGE);
  const words = start
    .replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
  return words.trim().slice(0, 300);
}

/** The codes and types that say more than the status. */
const KINDS: Record<string, UpstreamErrorKind> = {
  context_length_exceeded: 'context-length',
  tokens_limit_reached: 'context-length',
  exceed_context_size_error: 'context-length',
  model_max_prompt_tokens_exceeded: 'context-length',
  insufficient_quota: 'quota',
  quota_exceeded: 'quota',
  billing_hard_limit_reached: 'billing',
  billing_not_active: 'billing',
  insufficient_balance: 'billing',
  content_filter: 'content-filter',
  content_policy_violation: 'content-filter',
  responsibleaipolicyviolation: 'content-filter',
  moderation_blocked: 'content-filter',
  image_content_policy_violation: 'content-filter',
  bio_policy: 'content-filter',
  model_not_found: 'not-found',
  deploymentnotfound: 'not-found',
  not_found_error: 'not-found',
  rate_limit_exceeded: 'rate-limit',
  rate_limit_error: 'rate-limit',
  invalid_api_key: 'authentication',
  authentication_error: 'authentication',
  permission_error: 'permission',
  permission_denied: 'permission',
  overloaded: 'overloaded',
  server_is_overloaded: 'overloaded',
  slow_down: 'overloaded',
  overloaded_error: 'overloaded',
  engine_overloaded: 'overloaded',
  engine_overloaded_error: 'overloaded',
  timeout: 'timeout',
  request_timeout: 'timeout',
};

/** Codes of failures in the middle of a stream, which has no status, that are the request's own fault. */
const BAD_INPUT = /^(?:invalid|image|empty_image|unsupported|failed_to_download)_/;
const BILLING = /insufficient (balance|funds|credits?)|requires more credits|billing|payment required/i;
const QUOTA = /exceeded your (current )?quota|quota exceeded|insufficient.quota/i;
/** Of the fields that can be too long only these are what the model reads; others are names and ids. */
const LONG_TEXT = /'(?:input|instructions|messages\[\d+\]\.content)\b/;
const CONTENT_FILTER = /content (management )?policy|content.filter|safety (system|filter)/i;

function kindOf(
  code: string | undefined,
  type: string | undefined,
  message: string,
  status: number | undefined,
): UpstreamErrorKind {
  if (code === 'string_above_max_length' && LONG_TEXT.test(message)) return 'context-length';
  for (const word of [code, type]) {
    const key = word?.toLowerCase();
    const kind = key !== undefined && Object.hasOwn(KINDS, key) ? KINDS[key] : undefined;
    if (kind !== undefined) return kind;
  }
  switch (status) {
    case 400:
    case 422:
    case undefined:
      if (tellsOfLength(message)) return 'context-length';
      if (CONTENT_FILTER.test(message)) return 'content-filter';
      if (status !== undefined) return 'invalid-request';
      return type === 'invalid_request_error' || (code !== undefined && BAD_INPUT.test(code))
        ? 'invalid-request'
        : 'server';
    case 429:
      return QUOTA.test(message) ? 'quota' : BILLING.test(message) ? 'billing' : 'rate-limit';
    case 413:
      return tellsOfLength(message) ? 'context-length' : 'too-large';
    default:
      return kindOfStatus(status) ?? 'unknown';
  }
}
