import type { UpstreamRequest } from '../auth/driver.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { type Sending, type SendSettings, send, type UpstreamHeaders } from './send.ts';

export interface WholeReply {
  status: number;
  headers: UpstreamHeaders;
  body: Buffer;
}

const defaultMaxBodyBytes = 64 * 1024 * 1024;

/** Puts the pieces of a body together, up to a limit. */
export class BodyCollector {
  readonly #provider: string;
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(provider: string, maxBytes: number = defaultMaxBodyBytes) {
    this.#provider = provider;
    this.#maxBytes = maxBytes;
  }

  /** Throws GW_UPSTREAM_INVALID above the limit. */
  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length <= this.#maxBytes) return;
    const reason = `its body is longer than ${this.#maxBytes} bytes`;
    throw new GatewayError('GW_UPSTREAM_INVALID', { provider: this.#provider, reason });
  }

  /** Most bodies come in one piece, which needs no copy. */
  take(): Buffer {
    const [only] = this.#chunks;
    return only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks, this.#length);
  }
}

/**
 * Sends and collects the whole body, of any status; more than `maxBodyBytes` (64 MiB) is GW_UPSTREAM_INVALID.
 * `onSending` gets the hold on the request while it runs.
 */
export function sendWhole(
  request: UpstreamRequest,
  options: SendSettings & { maxBodyBytes?: number },
  onSending?: (sending: Sending) => void,
): Promise<WholeReply> {
  return new Promise((resolve, reject) => {
    const collector = new BodyCollector(options.provider, options.maxBodyBytes);
    let status = 0;
    let headers: UpstreamHeaders = {};
    const sending = send(request, {
      ...options,
      onHeaders(replyStatus, replyHeaders) {
        status = replyStatus;
        headers = replyHeaders;
      },
      onData(chunk) {
        collector.add(chunk);
        return true;
      },
      onEnd: () => resolve({ status, headers, body: collector.take() }),
      onError: reject,
    });
    onSending?.(sending);
  });
}
