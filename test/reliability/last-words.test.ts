import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { WebSocket } from 'ws';
import { stream } from '../helpers/answers.ts';
import { hang } from '../helpers/faults.ts';
import { startPair } from '../helpers/gateway.ts';

const never = new Promise<void>(() => {});
const chunk = (delta: object): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`;
const half = stream([chunk({ role: 'assistant', content: 'He' }), chunk({ content: 'llo' }), never]);
const messages = [{ role: 'user', content: 'Hi' }];
const shutting = /The gateway is shutting down/;

t.test('at the drain deadline every client is told in its own dialect, and the gateway ends', async (t) => {
  const { gateway, post, upstream, url, key, lines } = await startPair(t, { server: { drainSeconds: 0 } });
  const model = 'openai/gpt-4o-mini';
  const contents = [{ parts: [{ text: 'Hi' }] }];
  const streams = [
    [
      '/v1/chat/completions',
      { model, messages, stream: true },
      /"error":\{"message":"The gateway is shutting/,
    ],
    [
      '/v1/messages',
      { model, max_tokens: 9, messages, stream: true },
      /event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error","message":"The gateway is shutting/,
    ],
    [
      '/v1/responses',
      { model, input: 'Hi', stream: true },
      /"type":"response.failed".*The gateway is shutting/,
    ],
    [
      `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
      { contents },
      /data: \{"error":\{"code":503,"message":"The gateway is shutting/,
    ],
    [`/v1beta/models/${model}:streamGenerateContent`, { contents }, /"error":\{"code":503.*\}\]$/s],
    ['/api/chat', { model, messages }, /\{"error":"The gateway is shutting/],
  ] as const;
  const running: [string, Response, RegExp][] = [];
  for (const [path, body, told] of streams) {
    upstream.answer(half);
    running.push([path, await post(path, body as never), told]);
  }
  const whole = [
    ['/v1/chat/completions', { model, messages }, { error: { message: shutting, type: 'server_error' } }],
    [
      '/v1/messages',
      { model, max_tokens: 9, messages },
      { type: 'error', error: { type: 'overloaded_error', message: shutting } },
    ],
    [
      `/v1beta/models/${model}:generateContent`,
      { contents },
      { error: { code: 503, message: shutting, status: 'UNAVAILABLE' } },
    ],
  ] as const;
  const waiting: [string, Promise<Response>, object][] = [];
  for (const [path, body, told] of whole) {
    upstream.answer(hang());
    waiting.push([path, post(path, body as never), told]);
    await upstream.received(upstream.requests.length);
  }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/responses?key=${key}`);
  await once(socket, 'open');
  upstream.answer(hang());
  socket.send(JSON.stringify({ type: 'response.create', model, input: 'Hi' }));
  await upstream.received(upstream.requests.length);
  const message = once(socket, 'message');
  const line = connect(Number(new URL(url).port), '127.0.0.1');
  line.write(
    `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${key}\r\ncontent-length: 99\r\nexpect: 100-continue\r\n\r\n`,
  );
  // Once it says so the body is waited for.
  await once(line, 'data');
  const unread = text(line);

  const startedAt = performance.now();
  const stopped = gateway.stop();
  for (const [path, response, told] of running) t.match(await response.text(), told, path);
  for (const [path, promise, told] of waiting) {
    const response = await promise;
    t.equal(response.status, 503, path);
    t.equal(response.headers.get('x-dragoman-error'), 'GW_SERVER_DRAINING');
    t.ok(Number(response.headers.get('retry-after')) > 0);
    t.match(await response.json(), told, path);
  }
  t.match(JSON.parse(String((await message)[0])), {
    type: 'error',
    status: 503,
    error: { message: shutting },
  });
  t.match(await unread, /^HTTP\/1\.1 503 .*"overloaded_error"/s, 'one whose body was still to come, too');
  t.equal(await stopped, false, 'they did not finish');
  t.ok(performance.now() - startedAt < 900, 'nobody was waited for who had been told');
  await Promise.all(upstream.requests.map((request) => request.closed));
  const codes = lines.filter(({ message }) => message === 'exchange').map(({ fields }) => fields.code);
  t.same(new Set(codes), new Set(['GW_SERVER_DRAINING']));
  t.equal(codes.length, running.length + waiting.length + 1);
});
