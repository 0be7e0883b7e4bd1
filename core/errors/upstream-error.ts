import type { UpstreamError, UpstreamErrorKind } from '@dragoman/plugin-sdk';
import type { GatewayErrorCode } from './codes.ts';
import { GatewayError } from './gateway-error.ts';

const kinds: Partial<Record<GatewayErrorCode, UpstreamErrorKind>> = {
  GW_TRANSLATE_INPUT_INVALID: 'invalid-request',
  GW_TRANSLATE_UNSUPPORTED: 'invalid-request',
  GW_TRANSLATE_LOSS: 'invalid-request',
  GW_CLIENT_BODY_INVALID: 'invalid-request',
  GW_ROUTE_AMBIGUOUS_MODEL: 'invalid-request',
  GW_ROUTE_PROVIDER_NEEDED: 'invalid-request',
  GW_SERVER_METHOD: 'invalid-request',
  GW_ROUTE_NO_MODEL: 'not-found',
  GW_SERVER_NO_ROUTE: 'not-found',
  GW_REPLY_UNKNOWN: 'not-found',
  GW_REPLY_PREVIOUS_UNKNOWN: 'not-found',
  GW_CLIENT_UNAUTHENTICATED: 'authentication',
  GW_CLIENT_BODY_TOO_LARGE: 'too-large',
  GW_CLIENT_HTTP_INVALID: 'invalid-request',
  GW_CLIENT_HEADERS_TOO_LARGE: 'too-large',
  GW_CLIENT_TOO_SLOW: 'invalid-request',
  GW_CLIENT_ABORTED: 'cancelled',
  GW_TRANSLATE_TIMEOUT: 'timeout',
  GW_UPSTREAM_TIMEOUT: 'timeout',
  GW_TRANSLATE_BUSY: 'overloaded',
  GW_ROUTE_NONE_AVAILABLE: 'overloaded',
  GW_SERVER_DRAINING: 'overloaded',
  GW_SERVER_OVERLOADED: 'overloaded',
};

/** The words an error of ours has in the hub, so that the client's dialect can say it. */
export function asUpstreamError(error: GatewayError): UpstreamError {
  if (error.upstream !== undefined) return error.upstream;
  const result: UpstreamError = {
    kind: kinds[error.code] ?? 'server',
    message: error.message,
    status: error.status,
    code: error.code,
  };
  if (error.retryAfterMs !== undefined) result.retryAfterMs = error.retryAfterMs;
  return result;
}

/** May the next attempt of the route be tried after this? */
export function mayTryNext(error: GatewayError): boolean {
  if (error.retryable !== 'kind') return error.retryable;
  switch (error.upstream?.kind) {
    case 'rate-limit':
    case 'quota':
    case 'billing':
    case 'overloaded':
    case 'timeout':
    case 'server':
    case 'unknown':
    case 'authentication':
    case 'permission':
    case 'not-found':
      return true;
    default:
      return false;
  }
}

/** Anything thrown, as an error of the table; what is not ours is an internal failure and says nothing of itself. */
export function asGatewayError(thrown: unknown, requestId: string): GatewayError {
  if (GatewayError.is(thrown)) return thrown;
  return new GatewayError('GW_INTERNAL', { requestId }, { cause: thrown });
}
