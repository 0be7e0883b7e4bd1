import type { IncomingMessage } from 'node:http';

/** Of a body that is refused so much is still taken, for so long. Most clients send all of it before they read. */
const maxDroppedBytes = 64 * 1_048_576;
const maxDroppingMs = 30_000;

/**
 * Reads what is left of a body for nothing. Closing the connection on it would reach the client before the answer does:
 * it would see a broken pipe in place of the reason.
 */
export function dropRest(request: IncomingMessage): void {
  let dropped = 0;
  const timer = setTimeout(() => request.destroy(), maxDroppingMs).unref();
  request.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > maxDroppedBytes) request.destroy();
  });
  request.on('close', () => clearTimeout(timer));
  request.resume();
}
