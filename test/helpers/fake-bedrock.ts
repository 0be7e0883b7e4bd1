import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Frame, Json, JsonObject } from '@dragoman/plugin-sdk';
import type { Test } from 'tap';
import { eventMessage, exceptionMessage } from './event-stream.ts';
import { checkConverse } from './strict-bedrock.ts';
import { type SigningKeys, signatureFault } from './verify-sigv4.ts';

export interface BedrockRequest {
  /** As sent, with its percent-encoding. */
  url: string;
  /** Decoded. */
  model: string;
  action: string;
  headers: IncomingHttpHeaders;
  body: JsonObject;
  /** What it was refused with. */
  refusal?: string;
  /** True once the connection closed before the answer was complete. */
  aborted: boolean;
  readonly closed: Promise<void>;
}
export type BedrockAnswer = (response: ServerResponse) => void | Promise<void>;

export interface FakeBedrock {
  readonly origin: string;
  readonly requests: BedrockRequest[];
  readonly keys: SigningKeys;
  /** The API key it takes in place of a signature. */
  readonly bearer: string;
  /** One for each of the next requests that is not refused; without any, it destroys the connection. */
  answer(...answers: BedrockAnswer[]): void;
  /** The next request, as soon as it is there. */
  received(): Promise<BedrockRequest>;
}

/**
 * Bedrock's runtime on a port of its own: refuses what is not signed with its keys or carries its API key, and what `Converse`
 * would refuse. Ends with the test.
 */
export async function startFakeBedrock(t: Test): Promise<FakeBedrock> {
  const keys: SigningKeys = {
    accessKeyId: 'AKIDTEST0123456789',
    secretAccessKey: 'a+secret/of-forty-letters-0123456789abcd',
    sessionToken: 'IQoJb3JpZ2luX2VjEXAMPLE//token==',
    region: 'eu-west-1',
    service: 'bedrock',
  };
  const bearer = 'bedrock-api-key-0123456789';
  const requests: BedrockRequest[] = [];
  const waiting: BedrockAnswer[] = [];
  const watchers: ((request: BedrockRequest) => void)[] = [];

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { request, raw } = await receive(message, response);
    requests.push(request);
    const refusal = check(request, raw, message.method ?? '');
    for (const watcher of watchers.splice(0)) watcher(request);
    if (refusal === null) return (waiting.shift() ?? (() => void response.destroy()))(response);
    request.refusal = refusal.message;
    failure(refusal.status, refusal.name, refusal.message)(response);
  }

  function check(request: BedrockRequest, raw: Buffer, method: string): Refused | null {
    const { url, headers, action, model } = request;
    if (headers.authorization !== `Bearer ${bearer}`) {
      const fault = signatureFault({ method, url, headers, body: raw }, keys);
      if (fault !== null) return { status: 403, name: 'InvalidSignatureException', message: fault };
    }
    if (method !== 'POST' || !['converse', 'converse-stream', 'invoke', 'count-tokens'].includes(action)) {
      return { status: 404, name: 'UnknownOperationException', message: url };
    }
    if (headers['content-type'] !== 'application/json') {
      return { status: 415, name: 'ValidationException', message: 'content-type' };
    }
    if (action === 'count-tokens') return checkCount(request);
    const message = action === 'invoke' ? null : checkConverse(request.body, model);
    return message === null ? null : { status: 400, name: 'ValidationException', message };
  }

  /** Counts for Claude alone, and only under the model's own name. */
  function checkCount({ body, model }: BedrockRequest): Refused | null {
    const { converse } = body.input as { converse?: JsonObject };
    const isKnown = model.startsWith('anthropic.');
    const message = isKnown
      ? checkConverse(converse ?? {}, model)
      : "The provided model doesn't support counting tokens.";
    return message === null ? null : { status: 400, name: 'ValidationException', message };
  }

  const server = createServer((message, response) => {
    serve(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    return closed;
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    keys,
    bearer,
    answer: (...answers) => void waiting.push(...answers),
    received: () => new Promise((resolve) => watchers.push(resolve)),
  };
}

interface Refused {
  status: number;
  name: string;
  message: string;
}

async function receive(
  message: IncomingMessage,
  response: ServerResponse,
): Promise<{ request: BedrockRequest; raw: Buffer }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const url = message.url ?? '';
  const [, model = '', action = ''] = /^\/model\/([^/]+)\/([a-z-]+)$/.exec(url) ?? [];
  const request: BedrockRequest = {
    url,
    model: decodeURIComponent(model),
    action,
    headers: message.headers,
    body: {},
    aborted: false,
    closed: promise,
  };
  response.once('close', () => {
    request.aborted = !response.writableFinished;
    resolve();
  });
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  request.body = JSON.parse(raw.toString('utf8')) as JsonObject;
  return { request, raw };
}

export function whole(body: Json, headers: Record<string, string> = {}): BedrockAnswer {
  return (response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'x-amzn-requestid': 'req-bedrock',
      ...headers,
    });
    response.end(JSON.stringify(body));
  };
}

export function failure(status: number, name: string, message: string): BedrockAnswer {
  return (response) => {
    const type = `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`;
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
    response.end(JSON.stringify({ message }));
  };
}

/** Messages in the framing of the service, in pieces that respect no message; `then` ends it otherwise than well. */
export function events(frames: Frame[], then?: (response: ServerResponse) => void): BedrockAnswer {
  return (response) => {
    const messages = frames.map(({ event = '', data }) =>
      event.endsWith('Exception') ? exceptionMessage(event, data) : eventMessage(event, data),
    );
    const bytes = Buffer.concat(messages);
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    const middle = Math.floor(bytes.length / 2) + 3;
    response.write(bytes.subarray(0, middle));
    response.write(bytes.subarray(middle));
    if (then === undefined) response.end();
    else then(response);
  };
}
