import type { UpstreamErrorKind } from '@dragoman/plugin-sdk';
import type { GatewayErrorCode } from '../errors/codes.ts';
import type { GatewayError } from '../errors/gateway-error.ts';

export interface RetrySettings {
  /** Repeats after the first try; default 2. */
  retries: number;
  /** Statuses worth a repeat, from the manifest; default 408, 429, 500, 502, 503, 504, 529. */
  statuses?: readonly number[];
}

export interface RetryQuestion {
  /** Tries made so far with this provider and credential: 1 after the first failure. */
  attempt: number;
  /** Of an answer that was refused. */
  status?: number;
  /** Of a request that got no answer. */
  errorCode?: GatewayErrorCode;
  /** What the dialect made of the answer. */
  kind?: UpstreamErrorKind;
  /** From the answer's headers. */
  retryAfterMs?: number;
  /** The service's own word (`x-should-retry`). */
  shouldRetry?: boolean;
  settings: RetrySettings;
  /** 0 up to 1; `Math.random`. */
  random: () => number;
}

export type RetryDecision =
  | { retry: true; delayMs: number }
  | { retry: false; reason: 'not-retryable' | 'used-up' | 'wait-too-long' };

const defaultStatuses: readonly number[] = [408, 429, 500, 502, 503, 504, 529];
const baseDelayMs = 500;
const maxDelayMs = 8_000;
/** A longer wait is the caller's to make: the next attempt of the route, or the client. */
const maxObeyedMs = 20_000;

/**
 * Again with the same provider and credential? Only to be asked while nothing has been written to the client. Full
 * jitter, so that many waiting requests do not come back together.
 */
export function decideRetry(question: RetryQuestion): RetryDecision {
  const { attempt, retryAfterMs, settings, random } = question;
  if (!isRetryable(question)) return { retry: false, reason: 'not-retryable' };
  if (attempt > settings.retries) return { retry: false, reason: 'used-up' };
  if (retryAfterMs === undefined) {
    const ceiling = Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
    return { retry: true, delayMs: Math.round(random() * ceiling) };
  }
  if (retryAfterMs > maxObeyedMs) return { retry: false, reason: 'wait-too-long' };
  return { retry: true, delayMs: Math.max(0, retryAfterMs) };
}

function isRetryable({ status, errorCode, kind, shouldRetry, settings }: RetryQuestion): boolean {
  // No connection, or one that ended before any answer. A time-out has used its patience up.
  if (status === undefined) return errorCode === 'GW_UPSTREAM_CONNECT';
  // An account without money or with its quota spent answers the same next second.
  if (kind === 'quota' || kind === 'billing') return false;
  if (shouldRetry !== undefined) return shouldRetry;
  return (settings.statuses ?? defaultStatuses).includes(status);
}

/** The part of a question that an error answers. */
export function retryFacts(error: GatewayError): Pick<RetryQuestion, 'errorCode' | 'status' | 'kind'> {
  const { code, upstream } = error;
  if (upstream?.status === undefined) return { errorCode: code };
  return { errorCode: code, status: upstream.status, kind: upstream.kind };
}
