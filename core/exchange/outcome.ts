import type { GatewayError } from '../errors/gateway-error.ts';
import type { AttemptOutcome } from '../observe/metrics.ts';

/** What an attempt counts as in the metrics. */
export function attemptOutcome(error: GatewayError | undefined): AttemptOutcome {
  switch (error?.code) {
    case undefined:
      return 'ok';
    case 'GW_UPSTREAM_STATUS':
      return 'status';
    case 'GW_UPSTREAM_CONNECT':
    case 'GW_UPSTREAM_REFUSED_HOST':
      return 'connect';
    case 'GW_UPSTREAM_TIMEOUT':
      return 'timeout';
    case 'GW_UPSTREAM_TRUNCATED':
      return 'truncated';
    case 'GW_CLIENT_ABORTED':
    case 'GW_SERVER_DRAINING':
      return 'aborted';
    default:
      return error?.code.startsWith('GW_TRANSLATE_') === true ? 'translate' : 'error';
  }
}
