import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { announce } from './announce.ts';
import type { Script, Wire } from './payloads.ts';
import { type Answer, deltaEveryMs, makeAnswer, type StreamAnswer } from './replies.ts';

/**
 * The upstream of every benchmark, a process of its own: OpenAI's and Anthropic's shapes, answers by the name of the
 * model. `GET /seen` gives the body it got last, so that a translation can be checked from outside.
 */
const answers = new Map<string, Answer>();
for (const wire of ['openai', 'anthropic'] satisfies Wire[]) {
  for (const script of ['small', 'long', 'agent', 'burst', 'slow', 'held'] satisfies Script[]) {
    answers.set(`${wire} ${script}`, makeAnswer(wire, script));
  }
}
let seen: Buffer = Buffer.alloc(0);

const server = createServer({ keepAliveTimeout: 600_000, noDelay: true }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => answer(request, Buffer.concat(chunks), response));
});
server.listen(0, '127.0.0.1', () => announce(server));

function answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  if (request.method === 'GET') {
    response.end(seen);
    return;
  }
  seen = body;
  const wire: Wire = request.url === '/v1/messages' ? 'anthropic' : 'openai';
  const found = answers.get(`${wire} ${scriptOf(body)}`);
  if (found === undefined) {
    response.writeHead(404).end();
  } else if (found.type === 'whole') {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': found.body.length,
      'x-request-id': 'up_1',
    });
    response.end(found.body);
  } else {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'up_1' });
    response.write(found.head);
    if (scriptOf(body) === 'burst') burst(found, response);
    else if (scriptOf(body) === 'slow') drip(found, response);
  }
}

/** Searching costs nothing beside parsing 500 KB, and the mock shares its core with the driver. */
function scriptOf(body: Buffer): string {
  const start = body.indexOf('"model":"') + 9;
  const name = body.toString('latin1', start, body.indexOf('"', start));
  return name.slice(name.indexOf('/') + 1);
}

/** At full speed: ten events per write, a turn of the event loop between two writes. */
function burst(answer: StreamAnswer, response: ServerResponse, from = 0): void {
  if (response.destroyed) return;
  if (from >= answer.deltas.length) {
    response.end(answer.tail);
    return;
  }
  response.write(Buffer.concat(answer.deltas.slice(from, from + 10)));
  setImmediate(burst, answer, response, from + 10);
}

function drip(answer: StreamAnswer, response: ServerResponse): void {
  let index = 0;
  const timer = setInterval(() => {
    const delta = answer.deltas[index++];
    if (delta === undefined || response.destroyed) {
      clearInterval(timer);
      response.end(answer.tail);
    } else {
      response.write(delta);
    }
  }, deltaEveryMs);
}
