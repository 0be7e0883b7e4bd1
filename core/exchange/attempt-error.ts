import { GatewayError } from '../errors/gateway-error.ts';
import { asGatewayError } from '../errors/upstream-error.ts';
import { isOverflow, nestedTooDeeply } from '../translate/nesting.ts';

/**
 * What was thrown while a provider was asked or its answer was read. A translator that cannot read an answer knows its
 * dialect, and not what the operator calls the provider.
 */
export function asAttemptError(thrown: unknown, requestId: string, provider: string): GatewayError {
  // The request was looked at before it came here: these are the levels of the answer.
  if (isOverflow(thrown)) return unreadable(provider, `it ${nestedTooDeeply}`, thrown);
  const error = asGatewayError(thrown, requestId);
  if (error.code !== 'GW_UPSTREAM_INVALID' || error.details.provider === provider) return error;
  return unreadable(provider, String(error.details.reason), error);
}

function unreadable(provider: string, reason: string, cause: unknown): GatewayError {
  return new GatewayError('GW_UPSTREAM_INVALID', { provider, reason }, { cause });
}
