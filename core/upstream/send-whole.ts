import type { UpstreamRequest } from '../auth/driver.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { type SendSettings, send, type UpstreamHeaders } from './send.ts';

export interface WholeReply {
  status: number;
  headers: UpstreamHeaders;
  body: Buffer;
}

const defaultMaxBodyBytes = 64 * 1024 * 1024;

/** Sends and collects the whole body, of any status; more than `maxBodyBytes` (64 MiB) is GW_UPSTREAM_INVALID. */
export function sendWhole(
  request: UpstreamRequest,
  options: SendSettings & { maxBodyBytes?: number },
): Promise<WholeReply> {
  const { provider, maxBodyBytes = defaultMaxBodyBytes } = options;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let status = 0;
    let headers: UpstreamHeaders = {};
    send(request, {
      ...options,
      onHeaders(replyStatus, replyHeaders) {
        status = replyStatus;
        headers = replyHeaders;
      },
      onData(chunk) {
        chunks.push(chunk);
        length += chunk.length;
        if (length <= maxBodyBytes) return true;
        const reason = `its body is longer than ${maxBodyBytes} bytes`;
        throw new GatewayError('GW_UPSTREAM_INVALID', { provider, reason });
      },
      onEnd: () => resolve({ status, headers, body: joined(chunks, length) }),
      onError: reject,
    });
  });
}

/** Most bodies come in one piece, which needs no copy. */
function joined(chunks: Buffer[], length: number): Buffer {
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, length);
}
