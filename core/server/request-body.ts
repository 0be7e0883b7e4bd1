import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { GatewayError } from '../errors/gateway-error.ts';
import type { ReplySink } from '../exchange/reply-sink.ts';
import { nestedTooDeeply } from '../translate/nesting.ts';
import { tellContinue } from './awaits-continue.ts';

/** Request bytes held by all exchanges together; above the limit new ones are turned away. */
export interface ByteBudget {
  limit: number;
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createByteBudget(limit: number): ByteBudget {
  let held = 0;
  return {
    limit,
    take(bytes) {
      // One request is always served, however large: the body limit bounds it.
      if (held > 0 && held + bytes > this.limit) return false;
      held += bytes;
      return true;
    },
    give(bytes) {
      held -= bytes;
    },
  };
}

export interface BodyOutcome {
  body: Buffer;
  /** To give back to the budget once the exchange is over. */
  held: number;
}

/**
 * Reads a whole request body, inflating it when the client packed it; the limit counts inflated bytes. Fails with
 * GW_CLIENT_BODY_TOO_LARGE, GW_CLIENT_BODY_INVALID, GW_SERVER_OVERLOADED or GW_CLIENT_ABORTED, or with why `reply` must end.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  budget: ByteBudget,
  reply?: Pick<ReplySink, 'onStop'>,
): Promise<BodyOutcome> {
  const parsed = (request as { body?: unknown }).body;
  if (parsed !== undefined && request.readableEnded) return Promise.resolve(fromParsed(parsed));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let held = 0;
    let settled = false;
    const fail = (error: GatewayError): void => {
      if (settled) return;
      settled = true;
      budget.give(held);
      request.unpipe?.();
      reject(error);
    };
    if (reply !== undefined) reply.onStop = fail;
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > maxBytes) {
      fail(tooLarge(maxBytes));
      return;
    }
    const source = inflate(request, fail);
    if (source === null) return;
    tellContinue(request);
    source.on('data', (chunk: Buffer) => {
      if (settled) return;
      size += chunk.length;
      if (size > maxBytes) {
        fail(tooLarge(maxBytes));
        return;
      }
      if (!budget.take(chunk.length)) {
        fail(new GatewayError('GW_SERVER_OVERLOADED', {}, { retryAfterMs: 1000 }));
        return;
      }
      held += chunk.length;
      chunks.push(chunk);
    });
    source.on('end', () => {
      if (settled) return;
      settled = true;
      const only = chunks[0];
      const body = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size);
      // Not if somebody else was given them too: an app this is mounted in may look on.
      if (body !== only && source === request && request.listenerCount('data') === 1) chunks.forEach(free);
      resolve({ body, held });
    });
    request.on('error', () => fail(new GatewayError('GW_CLIENT_ABORTED')));
    request.on('close', () => {
      if (!request.readableEnded) fail(new GatewayError('GW_CLIENT_ABORTED'));
    });
  });
}

/**
 * Lets go of a piece's memory now. Left to the garbage collector, the pieces of large bodies make it run over the whole heap
 * every few requests, which costs as much as anything else that is done with such a body.
 */
function free({ buffer, byteLength }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

function tooLarge(maxBytes: number): GatewayError {
  const setting = 'server.maxBodyMb';
  return new GatewayError('GW_CLIENT_BODY_TOO_LARGE', { limit: Math.round(maxBytes / 1048576), setting });
}

/** An app we are mounted in may have read and parsed the body already; then its bytes are gone. */
function fromParsed(parsed: unknown): BodyOutcome {
  if (Buffer.isBuffer(parsed)) return { body: parsed, held: 0 };
  return { body: Buffer.from(typeof parsed === 'string' ? parsed : writeAgain(parsed)), held: 0 };
}

function writeAgain(parsed: unknown): string {
  try {
    return JSON.stringify(parsed) ?? '';
  } catch (cause) {
    const reason = `The request body ${nestedTooDeeply}`;
    throw new GatewayError('GW_CLIENT_BODY_INVALID', { reason }, { cause });
  }
}

/** The body as the client meant it: unpacked. Null when it cannot be; `fail` was told why. */
export function inflate(
  request: IncomingMessage,
  fail: (error: GatewayError) => void,
): IncomingMessage | Transform | null {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return request;
  const inflater = inflaterOf(encoding);
  if (inflater === null) {
    fail(
      new GatewayError('GW_CLIENT_BODY_INVALID', {
        reason: `content-encoding '${encoding}' is not understood; send gzip, br, deflate, zstd or none`,
      }),
    );
    return null;
  }
  inflater.on('error', (cause) =>
    fail(
      new GatewayError(
        'GW_CLIENT_BODY_INVALID',
        { reason: `The request body is not valid ${encoding}: ${cause.message}` },
        { cause },
      ),
    ),
  );
  return request.pipe(inflater);
}

function inflaterOf(encoding: string): Transform | null {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip();
    case 'br':
      return zlib.createBrotliDecompress();
    case 'deflate':
      return zlib.createInflate();
    case 'zstd':
      return zlib.createZstdDecompress();
    default:
      return null;
  }
}
