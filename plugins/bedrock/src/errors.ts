import {
  isObject,
  type Json,
  kindOfStatus,
  namelessError,
  readRetryAfter,
  type Translator,
  tellsOfLength,
  UNSUPPORTED_OPERATION,
  type UpstreamError,
  type UpstreamErrorKind,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

/** Few models count, and those not under every name they are called by. */
const UNCOUNTED = /support counting tokens|on-demand throughput|model identifier is invalid/i;
const DAILY = /tokens per day|per day/i;
const BAD_MODEL = /model identifier is invalid|could not resolve the foundation model/i;

/** By the name of the exception, in small letters and without its ending. */
const KINDS: Record<string, UpstreamErrorKind> = {
  accessdenied: 'permission',
  unrecognizedclient: 'authentication',
  invalidsignature: 'authentication',
  expiredtoken: 'authentication',
  missingauthenticationtoken: 'authentication',
  incompletesignature: 'authentication',
  invalidclienttokenid: 'authentication',
  notauthorized: 'authentication',
  resourcenotfound: 'not-found',
  throttling: 'rate-limit',
  toomanyrequests: 'rate-limit',
  servicequotaexceeded: 'quota',
  modelnotready: 'overloaded',
  serviceunavailable: 'overloaded',
  modeltimeout: 'timeout',
  internalserver: 'server',
  internalfailure: 'server',
  modelerror: 'server',
  modelstreamerror: 'server',
  validation: 'invalid-request',
  serialization: 'invalid-request',
  conflict: 'conflict',
};

/** Bodies are `{"message": "..."}`; which exception it is stands in a header. */
export const decodeError: Translator<WireResponse, UpstreamError> = (response, context) => {
  const { status, headers, body } = response;
  const error = readError(nameOf(headers['x-amzn-errortype'], body), body, status);
  const retryAfterMs = readRetryAfter(headers, context.now);
  if (retryAfterMs !== undefined) error.retryAfterMs = retryAfterMs;
  if (context.operation === 'count-tokens' && UNCOUNTED.test(error.message))
    error.code = UNSUPPORTED_OPERATION;
  return { output: error };
};

/** `ThrottlingException:http://internal.amazon.com/...`, or `com.amazon.coral.service#ThrottlingException` in a body. */
function nameOf(header: string | undefined, body: Json): string | undefined {
  const text = header ?? (isObject(body) && typeof body.__type === 'string' ? body.__type : undefined);
  return text?.split(':', 1)[0]?.split('#').at(-1);
}

/** `status` is absent in a stream; `name` is that of the exception, or `error` for one the service does not model. */
export function readError(name: string | undefined, body: Json, status?: number): UpstreamError {
  const code = name === 'error' && isObject(body) && typeof body.code === 'string' ? body.code : name;
  const message = messageOf(body) ?? defaultMessage(code, status);
  const error: UpstreamError = { kind: kindOf(code, message, body, status), message };
  if (status !== undefined) error.status = status;
  if (code !== undefined) error.code = code.charAt(0).toUpperCase() + code.slice(1);
  if (isObject(body)) error.raw = { dialect: DIALECT, value: body };
  return error;
}

/** A refused signature is explained with the whole request, the session's token in it: the first line is enough. */
function messageOf(body: Json): string | undefined {
  if (typeof body === 'string' && body.trim() !== '' && !/^\s*</.test(body)) return firstLines(body.trim());
  if (!isObject(body)) return undefined;
  for (const text of [body.message, body.Message, body.originalMessage]) {
    if (typeof text === 'string' && text !== '') return firstLines(text);
  }
  return undefined;
}

function firstLines(text: string): string {
  return text.split(/\n\s*\n?(?:The Canonical String|The String-to-Sign)/, 1)[0]?.slice(0, 2000) ?? '';
}

function defaultMessage(code: string | undefined, status: number | undefined): string {
  if (code !== undefined && code !== 'error') return `The upstream reported ${code}`;
  return namelessError(status);
}

function kindOf(
  code: string | undefined,
  message: string,
  body: Json,
  status: number | undefined,
): UpstreamErrorKind {
  const key = code?.replace(/(?:Exception|Error)$/, '').toLowerCase() ?? '';
  const known = Object.hasOwn(KINDS, key) ? KINDS[key] : undefined;
  if (known === 'rate-limit' || (known === undefined && status === 429)) {
    return DAILY.test(message) ? 'quota' : 'rate-limit';
  }
  if (known === undefined || known === 'invalid-request' || known === 'server') {
    const isRefusal =
      known === 'invalid-request' || (status !== undefined && status < 500) || code !== undefined;
    if (isRefusal && tellsOfLength(message)) return 'context-length';
  }
  if (known === 'invalid-request' && BAD_MODEL.test(message)) return 'not-found';
  // The model's own status says more than that the model failed.
  const original =
    isObject(body) && typeof body.originalStatusCode === 'number' ? body.originalStatusCode : undefined;
  if (key.startsWith('model') && known === 'server' && original !== undefined) return kindOfAnswer(original);
  return known ?? kindOfAnswer(status);
}

/** 424: the model behind the service failed. */
function kindOfAnswer(status: number | undefined): UpstreamErrorKind {
  return status === undefined || status === 424 ? 'server' : (kindOfStatus(status) ?? 'unknown');
}
