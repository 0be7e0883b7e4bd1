import { GatewayError } from '../errors/gateway-error.ts';
import type { OpenExchange } from './open-exchange.ts';

/** From a request's arrival to the last piece of a body that is read whole, in milliseconds. */
const bodyTimeoutMs = 300_000;
const lookEveryMs = 10_000;

/** One clock for all bodies, so that no request needs a timer of its own. */
export function watchBodies(open: Iterable<OpenExchange>): NodeJS.Timeout {
  return setInterval(() => stopStalled(open, performance.now()), lookEveryMs).unref();
}

/** Ends those whose client has had its time, or went without a word: with GW_CLIENT_TOO_SLOW. */
export function stopStalled(open: Iterable<OpenExchange>, now: number): void {
  for (const exchange of open) {
    const { awaitsBodySince: since } = exchange;
    if (since !== undefined && now - since > bodyTimeoutMs)
      exchange.stop(new GatewayError('GW_CLIENT_TOO_SLOW'));
  }
}
