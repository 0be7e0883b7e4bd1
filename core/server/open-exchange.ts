import type { GatewayError } from '../errors/gateway-error.ts';
import type { Listed } from './roster.ts';

/** One that can be told to come to its end. */
export interface OpenExchange extends Listed {
  /** `performance.now()` at its arrival, until its body is there. */
  readonly awaitsBodySince?: number | undefined;
  stop(why: GatewayError): void;
}
