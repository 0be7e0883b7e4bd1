import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Json } from '@dragoman/plugin-sdk';
import { answerBytes, type Recording } from './corpus.ts';
import type { Answer } from './fake-upstream.ts';

type Headers = Record<string, string>;

/** A whole JSON reply with a content-length. */
export function json(body: Json, { status = 200, headers = {} as Headers } = {}): Answer {
  return (_, response) => {
    const text = Buffer.from(JSON.stringify(body));
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': text.length,
      ...headers,
    });
    response.end(text);
  };
}

/** A piece of a stream, or what must have happened before the next piece is written. */
export type Step = Buffer | string | Promise<unknown>;

/**
 * An event stream, every piece in an HTTP chunk of its own (so the reader gets exactly these pieces). Stops quietly
 * when the reader is gone.
 */
export function stream(steps: readonly Step[], { status = 200, headers = {} as Headers } = {}): Answer {
  return async (request, response) => {
    response.writeHead(status, { 'content-type': 'text/event-stream', ...headers });
    response.flushHeaders();
    for (const step of steps) {
      if (step instanceof Promise) await step;
      else response.write(step);
      if (request.aborted) return;
      await turn();
    }
    response.end();
  };
}

/** The frames of an OpenAI stream: `data:` lines and the `[DONE]` at the end. */
export function openaiFrames(chunks: readonly Json[]): string[] {
  return [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'];
}

/** The frames of an Anthropic stream: each named after its type. */
export function anthropicFrames(events: readonly (Json & { type: string })[]): string[] {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

export interface ReplayOptions {
  /** How the body is cut into pieces; default: one piece. See split.ts. */
  split?: (bytes: Buffer) => Buffer[];
  /** Must be fulfilled before the first byte of the body. */
  gate?: Promise<unknown>;
}

/** What the real service answered once. */
export function replay(
  recorded: Recording,
  { split = (bytes) => [bytes], gate }: ReplayOptions = {},
): Answer {
  const { status, headers, encoding } = recorded.response;
  const contentType =
    headers['content-type'] ?? (encoding === 'json' ? 'application/json' : 'text/event-stream');
  const pieces = split(answerBytes(recorded));
  const requestId = `req_${createHash('sha256').update(recorded.name).digest('hex').slice(0, 16)}`;
  const options = { status, headers: { 'content-type': contentType, 'request-id': requestId } };
  return stream(gate === undefined ? pieces : [gate, ...pieces], options);
}

const compressors = {
  gzip: (bytes: Buffer) => gzipSync(bytes),
  br: (bytes: Buffer) => brotliCompressSync(bytes),
  deflate: (bytes: Buffer) => deflateSync(bytes),
  zstd: (bytes: Buffer) => zstdCompressSync(bytes),
};

/** A compressed body, though nobody asked for one. */
export function compressed(
  encoding: keyof typeof compressors,
  body: Buffer | string,
  contentType = 'application/json',
): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-type': contentType, 'content-encoding': encoding });
    response.end(compressors[encoding](Buffer.from(body)));
  };
}
