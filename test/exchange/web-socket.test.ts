import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { ResponsesWS } from 'openai/resources/responses/ws';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { json, stream } from '../helpers/answers.ts';
import { startFakeUpstream } from '../helpers/fake-upstream.ts';
import { createGate } from '../helpers/gate.ts';
import { providersAt, startTestGateway } from '../helpers/gateway.ts';

const upstream = await startFakeUpstream();
const service = await startFakeUpstream({ strict: false });
t.teardown(() => Promise.all([upstream.close(), service.close()]));
const settings = {
  server: { maxBodyMb: 1 },
  providers: {
    ...providersAt(upstream),
    keeper: {
      use: 'openai-responses',
      baseUrl: `${service.origin}/v1`,
      allowPrivate: true,
      retries: 0,
      credentials: [{ name: 'test', key: service.key }],
    },
  },
};
const gateway = await startTestGateway(t, upstream, settings);
const address = `${gateway.url.replace('http', 'ws')}/v1/responses`;
const claude = 'anthropic/claude-sonnet-4-5';
t.beforeEach(() => {
  upstream.requests.length = 0;
  service.requests.length = 0;
});
const sent = (): JsonObject => upstream.requests.at(-1)?.body ?? {};

interface Peer {
  socket: WebSocket;
  send(event: JsonObject): void;
  /** The next message. */
  next(): Promise<JsonObject>;
  /** All messages to the end of one reply, or the refusal. */
  reply(): Promise<JsonObject[]>;
}

async function connect(t: Test, url = address): Promise<Peer> {
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${gateway.key}` } });
  t.teardown(() => socket.terminate());
  const arrived: JsonObject[] = [];
  const waiting: ((event: JsonObject) => void)[] = [];
  socket.on('message', (data) => {
    const event = JSON.parse(String(data)) as JsonObject;
    const waiter = waiting.shift();
    if (waiter === undefined) arrived.push(event);
    else waiter(event);
  });
  await once(socket, 'open');
  const next = (): Promise<JsonObject> => {
    const event = arrived.shift();
    return event === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(event);
  };
  return {
    socket,
    send: (event) => socket.send(JSON.stringify({ type: 'response.create', ...event })),
    next,
    async reply() {
      const events: JsonObject[] = [];
      for (;;) {
        const event = await next();
        events.push(event);
        if (event.type === 'error' || /^response\.(completed|failed|incomplete)$/.test(String(event.type)))
          return events;
      }
    },
  };
}

const responseOf = (events: JsonObject[]): JsonObject => events.at(-1)?.response as JsonObject;

for (const model of [claude, 'openai/gpt-4o']) {
  t.test(`the openai SDK talks to ${model} over one WebSocket`, async (t) => {
    const socket = new ResponsesWS(gateway.openai);
    t.teardown(() => socket.close());
    const types: string[] = [];
    let replies = 0;
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('event', (event) => types.push(event.type));
      socket.on('response.completed', ({ response }) => {
        replies++;
        if (replies === 2) resolve();
        else {
          const previous_response_id = response.id;
          socket.send({ type: 'response.create', model, store: false, input: 'Again', previous_response_id });
        }
      });
      socket.send({ type: 'response.create', model, store: false, input: 'Hi' });
    });
    t.same(types.slice(0, 4), [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
    ]);
    t.equal((sent().messages as Json[]).length, 3, 'remembered without being stored');
  });
}

t.test('turns are served one after the other, each with its lane and its log line', async (t) => {
  const gate = createGate();
  upstream.answer(async (request, response) => {
    await gate.opened;
    await json({ type: 'error', error: { type: 'overloaded_error', message: 'later' } }, { status: 529 })(
      request,
      response,
    );
  });
  const peer = await connect(t);
  const before = gateway.lines.filter(({ message }) => message === 'exchange').length;
  peer.send({ model: claude, input: 'One', stream_id: 'a' });
  peer.send({ model: claude, input: 'Two', stream_id: 'b' });
  await upstream.received(0);
  t.equal(upstream.requests.length, 1);
  gate.open();
  const [first] = await peer.reply();
  t.match(first, { type: 'error', status: 503, error: { message: 'later' }, stream_id: 'a' });
  const events = await peer.reply();
  t.ok(events.every(({ stream_id: lane }) => lane === 'b'));
  t.same(
    events.map(({ sequence_number: number }) => number),
    events.map((_, index) => index),
  );
  const lines = gateway.lines.filter(({ message }) => message === 'exchange').slice(before);
  t.match(
    lines.map(({ fields }) => fields),
    [
      { status: 503, provider: 'anthropic', dialect: 'openai-responses' },
      { status: 200, stream: true },
    ],
  );
});

t.test('what is prepared without an answer is continued', async (t) => {
  const peer = await connect(t);
  peer.send({ model: claude, input: 'Context', generate: false, store: false });
  const warm = await peer.reply();
  t.same(
    warm.map(({ type }) => type),
    ['response.created', 'response.in_progress', 'response.completed'],
  );
  t.match(responseOf(warm), { output: [], usage: { total_tokens: 0 }, store: false });
  t.equal(upstream.requests.length, 0, 'nobody was asked');
  peer.send({ input: 'Question', previous_response_id: responseOf(warm).id, store: false });
  await peer.reply();
  t.match(JSON.stringify(sent().messages), /Context.*Question/, 'with the model of the event before');
});

t.test('a stored reply is continued over HTTP, and one of HTTP over the connection', async (t) => {
  const peer = await connect(t);
  peer.send({ model: claude, input: 'First' });
  const first = responseOf(await peer.reply());
  const second = await gateway.openai.responses.create({
    model: claude,
    input: 'Second',
    previous_response_id: String(first.id),
  });
  peer.send({ model: claude, input: 'Third', previous_response_id: second.id });
  await peer.reply();
  t.equal((sent().messages as Json[]).length, 5);
});

t.test('a service of the same API gets the request as it is, and its events go on as they are', async (t) => {
  const reply = { id: 'resp_up', object: 'response', status: 'completed', output: [] };
  const data = { type: 'response.completed', sequence_number: 0, response: reply, x: [1, 'ö}'] };
  service.always(stream([`event: response.completed\ndata: ${JSON.stringify(data)}\n\n`]));
  const peer = await connect(t);
  peer.send({ model: 'keeper/gpt-5.4', input: 'Hi', store: false });
  t.same(await peer.next(), data);
  t.same(service.requests[0]?.body, { input: 'Hi', model: 'gpt-5.4', store: false, stream: true });
  peer.send({ input: 'Go on', store: false, previous_response_id: 'resp_up' });
  await peer.next();
  const body = service.requests[1]?.body ?? {};
  t.notOk('previous_response_id' in body, 'it did not store it');
  t.match(JSON.stringify(body.input), /Hi.*Go on/);
});

t.test('what is wrong with a message is told, and the connection lives on', async (t) => {
  const peer = await connect(t);
  peer.socket.send('{');
  t.match(await peer.next(), { type: 'error', status: 400, error: { message: /not valid JSON/ } });
  peer.socket.send(JSON.stringify({ type: 'response.steer' }));
  t.match(await peer.next(), { type: 'error', status: 400, error: { message: /response\.create/ } });
  peer.send({ input: 'No model' });
  t.match(await peer.next(), { type: 'error', status: 400, error: { message: /names no model/ } });
  peer.send({ model: 'nobody/has-it', input: 'Hi', stream_id: 'x' });
  t.match(await peer.next(), { type: 'error', status: 404, stream_id: 'x' });
  peer.send({ model: claude, input: 'Hi', background: true });
  t.match(await peer.next(), { type: 'error', status: 400 });
  peer.send({ model: claude, input: 'Hi', previous_response_id: 'resp_none' });
  t.match(await peer.next(), {
    type: 'error',
    status: 400,
    error: { code: 'previous_response_not_found', param: 'previous_response_id' },
  });
  peer.send({ model: claude, input: 'Hi' });
  t.equal(responseOf(await peer.reply()).status, 'completed');
});

t.test('a stream that breaks off ends in a failure', async (t) => {
  const start = { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], usage: {} };
  upstream.answer(
    stream([`event: message_start\ndata: ${JSON.stringify({ type: 'message_start', message: start })}\n\n`]),
  );
  const peer = await connect(t);
  peer.send({ model: claude, input: 'Hi' });
  t.equal((await peer.reply()).at(-1)?.type, 'response.failed');
});

t.test('a client that goes away ends what was asked for it', async (t) => {
  const gate = createGate();
  upstream.answer(stream(['event: ping\ndata: {"type":"ping"}\n\n', gate.opened]));
  const peer = await connect(t);
  peer.send({ model: claude, input: 'Hi' });
  const request = await upstream.received(0);
  peer.socket.terminate();
  await request.closed;
  t.equal(request.aborted, true);
  gate.open();
});

t.test('without a key, or where nothing is, there is no connection', async (t) => {
  const refusal = async (url: string): Promise<{ status: number; body: string }> => {
    const socket = new WebSocket(url);
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    let body = '';
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, body };
  };
  const { status, body } = await refusal(address);
  t.equal(status, 401);
  t.match(JSON.parse(body), { error: { code: 'invalid_api_key' } });
  t.equal((await refusal(`${address}?key=wrong`)).status, 401);
  t.equal(
    (await refusal(address.replace('/responses', '/chat/completions'))).status,
    405,
    'an ordinary request',
  );
  const socket = new WebSocket(`${address}?key=${gateway.key}`);
  await once(socket, 'open');
  socket.terminate();
});

t.test('a message larger than a body may be closes the connection', async (t) => {
  const peer = await connect(t);
  peer.socket.send('x'.repeat(1_100_000));
  const [code] = await once(peer.socket, 'close');
  t.equal(code, 1009);
});

t.test('a slow reader slows the upstream down', async (t) => {
  const piece = 'x'.repeat(50_000);
  const start = { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], usage: {} };
  const event = (data: JsonObject): string =>
    `event: ${String(data.type)}\ndata: ${JSON.stringify(data)}\n\n`;
  let written = 0;
  upstream.answer(async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event({ type: 'message_start', message: start }));
    response.write(
      event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    );
    while (!request.aborted && written < 400) {
      const delta = { type: 'text_delta', text: piece };
      if (!response.write(event({ type: 'content_block_delta', index: 0, delta }))) {
        const drained = once(response, 'drain').then(() => true);
        const timer = new Promise<boolean>((resolve) => setTimeout(resolve, 400, false).unref());
        if (!(await Promise.race([drained, timer]))) break;
      }
      written++;
    }
    response.destroy();
  });
  const peer = await connect(t);
  peer.send({ model: claude, input: 'Hi' });
  await upstream.received(0);
  peer.socket.pause();
  await upstream.requests[0]?.closed;
  t.ok(written < 400, `stopped after ${written} of 400 pieces`);
});

t.test('a drain lets the running turn end, and closes the rest', async (t) => {
  const own = await startTestGateway(t, upstream, settings);
  const url = `${own.url.replace('http', 'ws')}/v1/responses?key=${own.key}`;
  const idle = await connect(t, url);
  const busy = await connect(t, url);
  const gate = createGate();
  upstream.answer(async (request, response) => {
    await gate.opened;
    const { defaultAnswer } = await import('../helpers/default-answers.ts');
    await defaultAnswer(request, response);
  });
  busy.send({ model: claude, input: 'Hi' });
  await upstream.received(0);
  const stopped = own.gateway.stop();
  const [code] = await once(idle.socket, 'close');
  t.equal(code, 1001);
  const closed = once(busy.socket, 'close');
  gate.open();
  t.equal(responseOf(await busy.reply()).status, 'completed');
  t.equal((await closed)[0], 1001);
  t.equal(await stopped, true, 'nothing had to be cut');
});

t.test('a peer that is gone without a word is found out, one that answers pings is not', async (t) => {
  const own = await startTestGateway(t, null, { server: { keepAliveSeconds: 0.05 } });
  const url = `${own.url.replace('http', 'ws')}/v1/responses?key=${own.key}`;
  const deaf = new WebSocket(url, { autoPong: false });
  const alive = new WebSocket(url);
  t.teardown(() => alive.terminate());
  await Promise.all([once(deaf, 'open'), once(alive, 'open')]);
  const [code] = await once(deaf, 'close');
  t.equal(code, 1006);
  t.equal(alive.readyState, alive.OPEN);
});

t.test('a program that mounts the handler can mount this too', async (t) => {
  const server = createServer(gateway.gateway.handler);
  server.on('upgrade', (request, socket, head) => {
    if (!gateway.gateway.upgrade(request, socket as never, head)) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const peer = await connect(t, `ws://127.0.0.1:${port}/v1/responses`);
  peer.send({ model: 'offline/chat', input: 'Hi' });
  t.equal(responseOf(await peer.reply()).status, 'completed');
});
