import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '@dragoman/plugin-sdk';
import { defaultAnswer } from './default-answers.ts';
import type { Refusal } from './refusal.ts';
import { collectSignatures } from './signatures.ts';
import { checkAnthropic } from './strict-anthropic.ts';
import { checkCohere } from './strict-cohere.ts';
import { checkGemini } from './strict-gemini.ts';
import { checkMistral } from './strict-mistral.ts';
import { checkOllama } from './strict-ollama.ts';
import { checkOpenai } from './strict-openai.ts';
import { checkResponses } from './strict-responses.ts';

/** What reached the fake service. */
export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly raw: Buffer;
  /** Parsed; `{}` when the body is not a JSON object. */
  readonly body: JsonObject;
  /** `performance.now()` when its body was complete. */
  readonly at: number;
  /** True once the connection closed before the answer was complete. */
  aborted: boolean;
  /** Settles when the answer is complete or the connection has closed. */
  readonly closed: Promise<void>;
  /** What the strict checker found; the request was answered with it. */
  refusal?: Refusal;
}

/** Writes the reply to one request. A rejection destroys the connection. */
export type Answer = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>;

export interface FakeUpstreamOptions {
  /** False: answers whatever it is sent. Default: refuses what the real service would refuse. */
  strict?: boolean;
  /** Signatures of reasoning the service takes for its own, beside those in its answers. */
  signatures?: Iterable<string>;
}

export interface FakeUpstream {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** The only API key it accepts. */
  readonly key: string;
  /** All requests, in order of arrival. */
  readonly requests: ReceivedRequest[];
  /** Signatures it accepts back: given, or, where it is strict, sent in an answer. */
  readonly signatures: Set<string>;
  /** One for each of the next requests that is not refused; without any, a small valid answer. */
  answer(...answers: Answer[]): void;
  /** For every request that finds no answer waiting. */
  always(answer: Answer): void;
  /** Starts anew: no answers waiting, no requests seen. */
  forget(): void;
  /** The request with this index (default: the next to come), as soon as it is there. */
  received(index?: number): Promise<ReceivedRequest>;
  close(): Promise<void>;
}

const key = 'sk-fake-upstream-0123456789';

/** A service that speaks the dialect of every provider, each on its own paths, on a port of its own. */
export async function startFakeUpstream(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const requests: ReceivedRequest[] = [];
  const signatures = new Set(options.signatures);
  const waiting: Answer[] = [];
  const watchers: { index: number; resolve: (request: ReceivedRequest) => void }[] = [];
  let fallback: Answer = defaultAnswer;

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await receive(message, response);
    requests.push(request);
    const refusal = options.strict === false ? null : check(request, signatures);
    if (refusal !== null) request.refusal = refusal;
    for (const watcher of watchers.splice(0)) {
      if (watcher.index < requests.length) watcher.resolve(requests[watcher.index] ?? request);
      else watchers.push(watcher);
    }
    if (refusal !== null) return refuse(refusal, response);
    // Only the checks ask for them, and an answer may be a hundred megabytes.
    if (options.strict !== false) collectSignatures(response, signatures);
    await (waiting.shift() ?? fallback)(request, response);
  }

  const server = createServer((message, response) => {
    message.socket.setNoDelay(true);
    serve(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    origin: `http://127.0.0.1:${port}`,
    key,
    requests,
    signatures,
    answer: (...answers) => void waiting.push(...answers),
    always(answer) {
      fallback = answer;
    },
    forget() {
      waiting.length = 0;
      requests.length = 0;
    },
    received(index = requests.length) {
      const there = requests[index];
      if (there !== undefined) return Promise.resolve(there);
      return new Promise((resolve) => watchers.push({ index, resolve }));
    },
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

async function receive(message: IncomingMessage, response: ServerResponse): Promise<ReceivedRequest> {
  const closed = Promise.withResolvers<void>();
  // Before the body is read: the caller may go away while it sends.
  response.once('close', () => {
    request.aborted = !response.writableFinished;
    closed.resolve();
  });
  const chunks: Buffer[] = [];
  const url = new URL(message.url ?? '/', 'http://upstream');
  const request = {
    method: message.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: message.headers,
    raw: Buffer.alloc(0),
    body: {} as JsonObject,
    at: 0,
    aborted: false,
    closed: closed.promise,
  };
  for await (const chunk of message) chunks.push(chunk as Buffer);
  request.raw = Buffer.concat(chunks);
  request.body = parseObject(request.raw);
  request.at = performance.now();
  return request;
}

function parseObject(raw: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

/** By how the path begins: which service is asked. */
const checks: readonly [
  start: string,
  check: (
    request: ReceivedRequest,
    facts: { key: string; signatures: ReadonlySet<string> },
  ) => Refusal | null,
][] = [
  ['/v1/messages', checkAnthropic],
  ['/v1/responses', checkResponses],
  ['/v1beta/', checkGemini],
  ['/v2/', checkCohere],
  ['/api/', checkOllama],
  ['/mistral/', checkMistral],
];

function check(request: ReceivedRequest, signatures: ReadonlySet<string>): Refusal | null {
  const own = checks.find(([start]) => request.path.startsWith(start))?.[1] ?? checkOpenai;
  return own(request, { key, signatures });
}

function refuse({ status, body }: Refusal, response: ServerResponse): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
