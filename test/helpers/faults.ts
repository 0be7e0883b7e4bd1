import { type AddressInfo, createServer } from 'node:net';
import type { Answer } from './fake-upstream.ts';

/** An origin where nothing listens. */
export async function refusedOrigin(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}

/** Takes the request and never answers. */
export function hang(): Answer {
  return (request) => request.closed;
}

/** Sends `102 Processing` without end, and never an answer. */
export function informationalFlood(everyMs = 5): Answer {
  return async (request, response) => {
    const timer = setInterval(() => response.writeProcessing(), everyMs);
    await request.closed;
    clearInterval(timer);
  };
}

/** An error with any body, as text. */
export function status(code: number, body = '', headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };
}

/** What a load balancer says in front of a service that is down. */
export function htmlError(code = 502): Answer {
  const page = `<html><head><title>${code}</title></head><body><h1>${code} Bad Gateway</h1></body></html>`;
  return status(code, page, { 'content-type': 'text/html' });
}

export function redirect(location: string, code = 307): Answer {
  return status(code, '', { location });
}

/** Closes the connection before a byte of the answer: `reset` with RST, else with FIN. */
export function dropBeforeAnswer(how: 'reset' | 'close' = 'close'): Answer {
  return (_, response) => {
    if (how === 'reset') response.socket?.resetAndDestroy();
    else response.socket?.end();
  };
}

/**
 * Sends these bytes of an event stream and breaks off: `reset` with RST, `close` in the middle of the chunked body,
 * `end` as if the stream were complete.
 */
export function cutStream(bytes: Buffer | string, how: 'reset' | 'close' | 'end'): Answer {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await new Promise<void>((resolve) => response.write(bytes, () => resolve()));
    if (how === 'end') response.end();
    else if (how === 'close') response.socket?.end();
    // A reset right after the write could overtake the bytes: the other side then never reads them.
    else setImmediate(() => response.socket?.resetAndDestroy());
  };
}

/** Says it will send `declared` bytes, sends these and closes. */
export function wrongLength(body: string, declared: number): Answer {
  return (_, response) => {
    const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${declared}\r\n\r\n`;
    response.socket?.end(head + body);
  };
}

/** A chunked body with a chunk size that is not a number. */
export function badChunk(first: string): Answer {
  return (_, response) => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
    response.socket?.end(`${head}${first.length.toString(16)}\r\n${first}\r\nzz\r\nrest\r\n`);
  };
}

/** A body whose end is the end of the connection, as HTTP/1.0 has it. */
export function untilClose(body: string): Answer {
  return (_, response) => {
    response.socket?.end(
      `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n${body}`,
    );
  };
}

/** What is not HTTP at all. */
export function notHttp(): Answer {
  return (_, response) => {
    response.socket?.end('SSH-2.0-OpenSSH_9.9\r\n');
  };
}

/** One byte at a time, `everyMs` apart, for as long as the reader stays. */
export function drip(bytes: Buffer | string, everyMs = 5): Answer {
  return async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    for (const byte of Buffer.from(bytes)) {
      if (request.aborted) return;
      response.write(Buffer.of(byte));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    response.end();
  };
}

/** One line of a stream that never ends within `length` bytes. */
export function giantLine(length: number): Answer {
  return async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: ');
    const piece = Buffer.alloc(64 * 1024, 'x');
    for (let sent = 0; sent < length && !request.aborted; sent += piece.length) {
      if (!response.write(piece)) await Promise.race([drained(response), request.closed]);
    }
    response.end('\n\n');
  };
}

function drained(response: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => response.once('drain', () => resolve()));
}

/** A stream of one event whose data is not valid UTF-8. */
export function invalidUtf8(): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(
      Buffer.from([...Buffer.from('data: "a'), 0xff, 0xfe, ...Buffer.from('b"\n\ndata: [DONE]\n\n')]),
    );
  };
}
