import type { TranslateFunction, UpstreamError } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { isTooDeep, nestedTooDeeply } from './nesting.ts';
import type { TranslateStep } from './runner.ts';

const readsClient: ReadonlySet<TranslateFunction> = new Set<TranslateFunction>([
  'decodeRequest',
  'decodeEmbed',
  'decodeCount',
  'findReferences',
  'encodeKept',
  'decodeMessage',
  'encodeRequest',
  'encodeEmbedRequest',
  'encodeCountRequest',
  'respond',
  'embed',
  'count',
]);

interface Thrown {
  name?: unknown;
  code?: unknown;
  message?: unknown;
  path?: unknown;
  upstream?: unknown;
}

/**
 * Lays the blame: a translator that refuses its input speaks for the client or the upstream, any other throw is its own,
 * unless it was given what nobody could have walked through.
 */
export function translateFailure(thrown: unknown, step: TranslateStep, input?: unknown): GatewayError {
  const isOwn = GatewayError.is(thrown) ? thrown.code === 'GW_TRANSLATE_FAILED' : !isRefusal(thrown);
  if (isOwn && isTooDeep(input)) return depthError(step, thrown);
  if (GatewayError.is(thrown)) return thrown;
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Thrown;
  const message = typeof error.message === 'string' ? error.message : String(thrown);
  if (isRefusal(error)) {
    const path = typeof error.path === 'string' && error.path !== '' ? ` (at ${error.path})` : '';
    const reason = message + path;
    if (error.code === 'upstream' && isUpstreamError(error.upstream)) {
      const { upstream } = error;
      return new GatewayError('GW_UPSTREAM_STATUS', { reason: upstream.message }, { upstream });
    }
    if (error.code === 'unsupported') {
      return new GatewayError('GW_TRANSLATE_UNSUPPORTED', { reason }, { cause: thrown });
    }
    if (error.code === 'invalid-input') {
      return readsClient.has(step.function)
        ? new GatewayError('GW_TRANSLATE_INPUT_INVALID', { reason }, { cause: thrown })
        : new GatewayError('GW_UPSTREAM_INVALID', { provider: step.target, reason }, { cause: thrown });
    }
  }
  return new GatewayError(
    'GW_TRANSLATE_FAILED',
    { plugin: step.module.plugin, function: step.function, reason: message },
    { cause: thrown },
  );
}

/** By name, not instanceof: a staged plugin carries its own copy of the SDK. */
function isRefusal(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && (thrown as Thrown).name === 'TranslateError';
}

/** Of a request or an answer with more levels than can be written. */
export function depthError(
  { function: name, target }: Pick<TranslateStep, 'function' | 'target'>,
  cause: unknown,
): GatewayError {
  return readsClient.has(name)
    ? new GatewayError('GW_CLIENT_BODY_INVALID', { reason: `The request body ${nestedTooDeeply}` }, { cause })
    : new GatewayError(
        'GW_UPSTREAM_INVALID',
        { provider: target, reason: `it ${nestedTooDeeply}` },
        { cause },
      );
}

function isUpstreamError(value: unknown): value is UpstreamError {
  const { kind, message } = (
    typeof value === 'object' && value !== null ? value : {}
  ) as Partial<UpstreamError>;
  return typeof kind === 'string' && typeof message === 'string';
}
