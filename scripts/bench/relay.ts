import type { IncomingMessage, ServerResponse } from 'node:http';
import { Pool } from 'undici';

/** The upstream's answer to one request. */
export interface Relayed {
  head(status: number, headers: Record<string, string | string[] | undefined>): void;
  data(chunk: Buffer): void;
  end(): void;
}

/** What `bare` and `bare-tr` share: undici's `dispatch`, as the gateway uses it. */
export function createRelay(origin: string) {
  const pool = new Pool(origin, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 55_000,
  });
  return (path: string, headers: Record<string, string>, body: Buffer | string, to: Relayed): void => {
    pool.dispatch(
      { method: 'POST', path, headers, body },
      {
        onRequestStart() {},
        onResponseStart: (_, status, replyHeaders) => to.head(status, replyHeaders),
        onResponseData: (_, chunk) => to.data(chunk),
        onResponseEnd: () => to.end(),
        onResponseError: (_, error) => {
          throw error;
        },
      },
    );
  };
}

export function readWhole(request: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => done(join(chunks)));
}

/** Most bodies come in one piece. */
export function join(chunks: Buffer[]): Buffer {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

export function writeWhole(response: ServerResponse, status: number, body: Buffer | string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

export const upstreamHeaders = {
  'content-type': 'application/json',
  'x-api-key': 'bench-upstream-key',
  authorization: 'Bearer bench-upstream-key',
  'anthropic-version': '2023-06-01',
};
