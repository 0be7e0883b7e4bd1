import type { Dispatcher } from 'undici';
import type { UpstreamRequest } from '../auth/driver.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { asGatewayError } from '../errors/upstream-error.ts';
import { Inflater, isIdentity } from './inflate.ts';
import type { Pools } from './pools.ts';
import { asSendError } from './send-error.ts';

/** Names in lower case; a header that came more than once is an array. */
export type UpstreamHeaders = Record<string, string | string[] | undefined>;

export interface SendSettings {
  pools: Pools;
  /** Configured name of the provider, for error messages. */
  provider: string;
  allowPrivate: boolean;
  timeouts: {
    connectMs: number;
    /** From `send` to the head of the final answer. Absolute: informational (1xx) answers do not extend it. */
    firstByteMs: number;
    /** Longest silence inside the body; does not run while the reader has paused. */
    idleMs: number;
  };
  /** Ends the request with GW_CLIENT_ABORTED. */
  signal?: AbortSignal;
}

/**
 * Called in this order: `onHeaders`, `onData` any number of times, then exactly one of `onEnd` and `onError`
 * (`onError` at any point). Never before `send` has returned, never after `abort()`. What they throw ends the request
 * and goes to `onError`.
 */
export interface SendEvents {
  onHeaders(status: number, headers: UpstreamHeaders): void;
  /** False pauses; a few more pieces may still come. */
  onData(chunk: Buffer): boolean;
  /** `framed`: content-length or chunks prove the body whole; otherwise the closing of the connection ended it. */
  onEnd(framed: boolean): void;
  onError(error: GatewayError): void;
}

export interface Sending {
  /** Destroys the upstream connection. No callback comes after it. */
  abort(): void;
  /** Ends the request with `why`, as `signal` does with GW_CLIENT_ABORTED; a signal per request would cost 4 us. */
  cancel(why: GatewayError): void;
  /** After `onData` returned false. */
  resume(): void;
}

/** Sends one request. Callbacks, not promises: a stream costs no allocation per piece. Redirects are never followed. */
export function send(request: UpstreamRequest, options: SendSettings & SendEvents): Sending {
  const exchange = new UpstreamExchange(request, options);
  exchange.start();
  return exchange;
}

class UpstreamExchange implements Sending, Dispatcher.DispatchHandler {
  readonly #request: UpstreamRequest;
  readonly #options: SendSettings & SendEvents;
  #controller: Dispatcher.DispatchController | null = null;
  #timer: NodeJS.Timeout | null = null;
  #answered = false;
  #framed = false;
  #done = false;
  #dispatching = false;
  /** The reader wants no more for now. */
  #paused = false;
  #encoding: string | null = null;
  #inflater: Inflater | null = null;

  constructor(request: UpstreamRequest, options: SendSettings & SendEvents) {
    this.#request = request;
    this.#options = options;
  }

  start(): void {
    const { timeouts, signal } = this.#options;
    this.#dispatching = true;
    this.#timer = setTimeout(onFirstByteTimeout, timeouts.firstByteMs, this);
    if (signal?.aborted === true) this.#onSignal();
    else signal?.addEventListener('abort', this.#onSignal, { once: true });
    if (!this.#done) this.#dispatch();
    this.#dispatching = false;
  }

  #dispatch(): void {
    const { pools, allowPrivate, timeouts } = this.#options;
    const { method, origin, path, headers, body, stream } = this.#request;
    // The wait for an answer begins when the last piece has gone out.
    if (stream !== undefined) stream.onProgress = () => this.#timer?.refresh();
    try {
      const pool = pools.get({ origin, allowPrivate, connectMs: timeouts.connectMs });
      const request = { method, origin, path, headers: headers as Record<string, string> };
      pool.dispatch({ ...request, body: stream ?? body }, this);
    } catch (error) {
      this.#failWith(error);
    }
  }

  abort(): void {
    this.#finish();
    this.#controller?.abort(new Error('aborted'));
  }

  cancel(why: GatewayError): void {
    this.#fail(why);
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // Not at once: undici's parser must not be resumed from inside a callback of another connection's parser.
    queueMicrotask(() => {
      if (this.#done || this.#paused) return;
      this.#timer?.refresh();
      if (this.#inflater !== null) this.#inflater.resume();
      else this.#controller?.resume();
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#done) controller.abort(new Error('aborted'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: UpstreamHeaders): void {
    // Informational answers come here too.
    if (status < 200 || this.#done) return;
    this.#answered = true;
    clearTimeout(this.#timer ?? undefined);
    this.#timer = setTimeout(onIdleTimeout, this.#options.timeouts.idleMs, this);
    if (status >= 300 && status < 400 && status !== 304) {
      const { provider } = this.#options;
      this.#fail(new GatewayError('GW_UPSTREAM_REDIRECT', { provider, status }));
      return;
    }
    this.#framed = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && !isIdentity(String(encoding))) this.#encoding = String(encoding);
    try {
      this.#options.onHeaders(status, headers);
    } catch (thrown) {
      this.#fail(asGatewayError(thrown, ''));
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#done) return;
    this.#timer?.refresh();
    if (this.#encoding !== null) {
      this.#inflate(controller, chunk);
    } else if (!this.#deliver(chunk)) {
      controller.pause();
    }
  }

  onResponseEnd(): void {
    if (this.#done) return;
    if (this.#inflater !== null) this.#inflater.end();
    else this.#end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (!this.#done) this.#failWith(error);
  }

  /** Ran out of time: `limitMs` in the named phase. */
  expire(phase: 'first byte' | 'idle'): void {
    if (this.#done) return;
    if (phase === 'idle' && this.#paused) {
      this.#timer?.refresh();
      return;
    }
    const { provider, timeouts } = this.#options;
    const limit = phase === 'idle' ? timeouts.idleMs : timeouts.firstByteMs;
    this.#fail(new GatewayError('GW_UPSTREAM_TIMEOUT', { provider, limit, phase }));
  }

  #deliver(chunk: Buffer): boolean {
    try {
      const goOn = this.#options.onData(chunk);
      this.#paused = !goOn;
      return goOn;
    } catch (thrown) {
      this.#fail(asGatewayError(thrown, ''));
      return true;
    }
  }

  #inflate(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#inflater ??= this.#createInflater(this.#encoding ?? '', chunk);
    if (this.#inflater !== null && !this.#inflater.write(chunk)) controller.pause();
  }

  #createInflater(encoding: string, first: Buffer): Inflater | null {
    const { provider } = this.#options;
    const inflater = Inflater.create(encoding, first, {
      onData: (chunk) => this.#done || this.#deliver(chunk),
      onDrain: () => this.#controller?.resume(),
      onEnd: () => this.#end(),
      onError: (reason) => this.#fail(new GatewayError('GW_UPSTREAM_TRUNCATED', { provider, reason })),
    });
    if (inflater === null) {
      const reason = `its content-encoding '${encoding.slice(0, 40)}' is unknown`;
      this.#fail(new GatewayError('GW_UPSTREAM_INVALID', { provider, reason }));
    }
    return inflater;
  }

  #end(): void {
    if (this.#done) return;
    this.#finish();
    try {
      this.#options.onEnd(this.#framed);
    } catch (thrown) {
      this.#options.onError(asGatewayError(thrown, ''));
    }
  }

  #failWith(error: unknown): void {
    const { provider, timeouts } = this.#options;
    const host = hostOf(this.#request.origin);
    this.#fail(
      asSendError(error, { provider, host, connectMs: timeouts.connectMs, answered: this.#answered }),
    );
  }

  #fail(error: GatewayError): void {
    if (this.#done) return;
    this.#finish();
    this.#controller?.abort(error);
    if (this.#dispatching) queueMicrotask(() => this.#options.onError(error));
    else this.#options.onError(error);
  }

  #finish(): void {
    this.#done = true;
    clearTimeout(this.#timer ?? undefined);
    this.#options.signal?.removeEventListener('abort', this.#onSignal);
    this.#inflater?.destroy();
  }

  readonly #onSignal = (): void => this.#fail(new GatewayError('GW_CLIENT_ABORTED'));
}

function onFirstByteTimeout(exchange: UpstreamExchange): void {
  exchange.expire('first byte');
}

function onIdleTimeout(exchange: UpstreamExchange): void {
  exchange.expire('idle');
}

function hostOf(origin: string): string {
  return origin.slice(origin.indexOf('//') + 2);
}
