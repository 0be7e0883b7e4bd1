import type { JsonObject, UpstreamError } from '@dragoman/plugin-sdk';
import { type ErrorDefinition, type ErrorOrigin, errorCodes, type GatewayErrorCode } from './codes.ts';

const brand = Symbol.for('dragoman.error');

/** An upstream's own error answer, for a client that speaks its dialect. */
export interface PassedReply {
  status: number;
  contentType: string;
  body: Buffer;
}

export interface GatewayErrorOptions {
  cause?: unknown;
  /** What the upstream said, when it was the upstream that refused. */
  upstream?: UpstreamError;
  /** What the upstream sent, where it may go to the client as it is. */
  passed?: PassedReply;
  /** Milliseconds after which the client may try again. */
  retryAfterMs?: number;
}

/** The gateway's one error class. `code` is the contract; there are no subclasses. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly [brand] = true;
  readonly code: GatewayErrorCode;
  readonly details: JsonObject;
  readonly status: number;
  readonly origin: ErrorOrigin;
  readonly retryable: boolean | 'kind';
  readonly upstream: UpstreamError | undefined;
  readonly retryAfterMs: number | undefined;
  readonly passed: PassedReply | undefined;

  constructor(code: GatewayErrorCode, details: JsonObject = {}, options: GatewayErrorOptions = {}) {
    const definition: ErrorDefinition = errorCodes[code];
    const message = definition.message.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? ''));
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = details;
    this.status = definition.status;
    this.origin = definition.origin;
    this.retryable = definition.retryable;
    this.upstream = options.upstream;
    this.passed = options.passed;
    this.retryAfterMs = options.retryAfterMs ?? options.upstream?.retryAfterMs;
  }

  /** Holds across copies of this package, where `instanceof` does not. */
  static is(error: unknown): error is GatewayError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}
