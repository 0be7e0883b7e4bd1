import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import t from 'tap';
import { createGateway, type Gateway, version } from '../../../core/gateway.ts';
import { silentLog } from '../../../core/observe/log.ts';

const key = 'a-key-for-tests-0123456789';
const question = { model: 'offline/chat', messages: [{ role: 'user', content: 'ping' }] };

interface Teardown {
  teardown(handler: () => unknown): void;
  testdir(files?: Record<string, string>): string;
}

async function start(t: Teardown, config = ''): Promise<{ gateway: Gateway; url: string }> {
  const cwd = t.testdir(config === '' ? {} : { 'gateway.yaml': config });
  const gateway = await createGateway({ cwd, port: 0, env: { DRAGOMAN_KEY: key }, log: silentLog });
  t.teardown(() => gateway.stop({ now: true }));
  return { gateway, url: (await gateway.start()).url };
}

function ask(url: string, init: RequestInit & { body?: string } = {}): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(question),
    ...init,
    headers: { authorization: `Bearer ${key}`, ...init.headers },
  });
}

t.test('a key is needed, and any of the four places for it will do', async (t) => {
  const { url } = await start(t);
  const refused = await ask(url, { headers: { authorization: '' } });
  t.equal(refused.status, 401);
  t.equal(refused.headers.get('x-dragoman-error'), 'GW_CLIENT_UNAUTHENTICATED');
  t.match(await refused.json(), { error: { code: 'invalid_api_key' } });
  for (const headers of [
    { 'x-api-key': key },
    { 'x-goog-api-key': key },
    { authorization: `Bearer ${key}` },
  ]) {
    t.equal(
      (await ask(url, { headers: { authorization: '', ...headers } })).status,
      200,
      Object.keys(headers).join(),
    );
  }
  const byQuery = await fetch(`${url}/v1/chat/completions?key=${key}`, {
    method: 'POST',
    body: JSON.stringify(question),
  });
  t.equal(byQuery.status, 200, '?key=');
});

t.test('the request id is the client’s when it is a plain one, and ours otherwise', async (t) => {
  const { url } = await start(t);
  t.equal(
    (await ask(url, { headers: { 'x-request-id': 'my-id.1' } })).headers.get('x-request-id'),
    'my-id.1',
  );
  const odd = await ask(url, { headers: { 'x-request-id': 'with space' } });
  t.match(odd.headers.get('x-request-id'), /^req_[0-9a-f]{24}$/);
});

t.test('what is wrong with a body is said in the client’s dialect', async (t) => {
  const { url } = await start(t);
  const cases: [string, RegExp][] = [
    ['{"model":', /not valid JSON/],
    ['[]', /must be a JSON object/],
    ['{}', /'model' must be a string/],
    ['{"model":5}', /'model' must be a string/],
    ['{"model":"offline/chat"}', /'messages' must be an array/],
  ];
  for (const [body, message] of cases) {
    const response = await ask(url, { body });
    t.equal(response.status, 400, body);
    t.match(await response.json(), { error: { message, type: 'invalid_request_error' } }, body);
  }
});

t.test('a wrong path and a wrong method say what there is', async (t) => {
  const { url } = await start(t);
  const wrong = (headers = {}) => fetch(`${url}/v1/chat/completion`, { method: 'POST', headers });
  const path = await wrong({ 'x-api-key': key });
  t.equal(path.status, 404);
  t.match(await path.json(), {
    error: {
      message: /Did you mean POST \/v1\/chat\/completions\? With a gateway key, GET \/ lists what is$/,
      code: 'GW_SERVER_NO_ROUTE',
    },
  });
  t.notMatch(
    await (await wrong()).text(),
    'Did you mean',
    'what there is, only those are told who may use it',
  );
  const method = await fetch(`${url}/v1/chat/completions`);
  t.equal(method.status, 405);
  t.equal(method.headers.get('allow'), 'POST');
});

t.test('health is open, metrics need a key and count what was asked', async (t) => {
  const { url } = await start(t);
  t.equal((await fetch(`${url}/healthz`)).status, 200);
  t.equal((await fetch(`${url}/readyz`)).status, 200);
  const home = async (headers = {}) => (await (await fetch(url, { headers })).json()) as object;
  t.match(await home({ 'x-api-key': key }), { name: 'dragoman', version, providers: ['offline'] });
  for (const headers of [{}, { 'x-api-key': 'wrong' }])
    t.same(Object.keys(await home(headers)), ['name', 'about', 'more'], 'no more without a key');
  t.equal((await fetch(`${url}/metrics`)).status, 401);
  await ask(url);
  const metrics = await (await fetch(`${url}/metrics`, { headers: { 'x-api-key': key } })).text();
  t.match(
    metrics,
    /dragoman_requests_total\{dialect="openai-chat",operation="chat",provider="offline",status="200"\} 1/,
  );
  t.match(metrics, /dragoman_tokens_total\{provider="offline",model="chat",type="input"\} \d+/);
  t.match(metrics, /dragoman_translate_seconds_count\{plugin="openai",tier="inline"\} \d+/);
});

t.test('the metrics say how many streams are being served', async (t) => {
  const { url } = await start(t, 'providers: { offline: { config: { eventsPerSecond: 40 } } }\n');
  const open = async (): Promise<string | undefined> => {
    const text = await (await fetch(`${url}/metrics`, { headers: { 'x-api-key': key } })).text();
    return /^dragoman_streams_open (\d+)$/m.exec(text)?.[1];
  };
  t.equal(await open(), '0');
  const running = await ask(url, { body: JSON.stringify({ ...question, stream: true }) });
  t.equal(await open(), '1');
  await running.text();
  t.equal(await open(), '0');
});

t.test('only the origins the operator names may read an answer from a page', async (t) => {
  const { url } = await start(t, 'server: { cors: ["https://good.example"] }\n');
  const good = await ask(url, { headers: { origin: 'https://good.example' } });
  t.equal(good.headers.get('access-control-allow-origin'), 'https://good.example');
  const bad = await ask(url, { headers: { origin: 'https://bad.example' } });
  t.equal(bad.headers.get('access-control-allow-origin'), null);
  const preflight = await fetch(`${url}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: { origin: 'https://good.example', 'access-control-request-headers': 'authorization' },
  });
  t.equal(preflight.status, 204);
  t.equal(preflight.headers.get('access-control-allow-headers'), 'authorization');
});

t.test('a body above the limit is refused before it is read', async (t) => {
  const { url } = await start(t, 'server: { maxBodyMb: 1 }\n');
  const response = await ask(url, { body: JSON.stringify({ ...question, pad: 'x'.repeat(1_200_000) }) });
  t.equal(response.status, 413);
  t.equal(response.headers.get('x-dragoman-error'), 'GW_CLIENT_BODY_TOO_LARGE');
});

t.test('the handler works in another server, under a mount path and behind a body parser', async (t) => {
  const { gateway } = await start(t);
  const app = express();
  app.use('/llm', gateway.handler);
  app.use('/parsed', express.json(), gateway.handler);
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  for (const mount of ['llm', 'parsed']) {
    const response = await ask(`http://127.0.0.1:${port}/${mount}`, {
      headers: { 'content-type': 'application/json' },
    });
    t.equal(response.status, 200, mount);
    t.match(await response.json(), { choices: [{ message: { content: /ping/ } }] });
  }
});

t.test('while it drains, new requests get 503 and a running stream finishes', async (t) => {
  const { gateway, url } = await start(t, 'providers: { offline: { config: { eventsPerSecond: 40 } } }\n');
  const running = await ask(url, { body: JSON.stringify({ ...question, stream: true }) });
  const stopped = gateway.stop();
  const refused = await ask(url);
  t.equal(refused.status, 503);
  t.equal(refused.headers.get('x-dragoman-error'), 'GW_SERVER_DRAINING');
  t.equal(refused.headers.get('retry-after'), '1');
  t.equal((await fetch(`${url}/readyz`)).status, 503);
  t.match(await running.text(), /data: \[DONE\]\n\n$/);
  await stopped;
});
