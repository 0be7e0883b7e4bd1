import t from 'tap';
import { json } from '../helpers/answers.ts';
import { startPair } from '../helpers/gateway.ts';

const pair = await startPair(t);
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});
const claude = 'anthropic/claude-sonnet-4-5';
const message = { model: claude, max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };
const chat = { model: 'openai/gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };

for (const [name, path, body, model] of [
  ['passed through', '/v1/messages', message, 'claude-sonnet-4-5'],
  ['translated', '/v1/chat/completions', { ...chat, model: claude }, 'claude-sonnet-4-5'],
  ['streamed', '/v1/messages', { ...message, stream: true }, 'claude-sonnet-4-5'],
] as const) {
  t.test(`a reply that was ${name} says where it came from`, async (t) => {
    const reply = await pair.post(path, body);
    await reply.text();
    t.equal(reply.headers.get('x-dragoman-provider'), 'anthropic');
    t.equal(reply.headers.get('x-dragoman-model'), model);
    t.equal(reply.headers.get('x-dragoman-attempts'), '1');
    t.match(reply.headers.get('x-request-id'), /^req_[0-9a-f]{24}$/);
  });
}

t.test('a good request id of the client is kept, any other is replaced', async (t) => {
  for (const model of ['openai/gpt-4o', 'nowhere/at-all']) {
    const { headers } = await pair.post('/v1/messages', { ...message, model });
    t.equal(headers.get('request-id'), headers.get('x-request-id'), 'where clients of Anthropic look for it');
  }
  const headers = { authorization: `Bearer ${pair.key}`, 'anthropic-version': '2023-06-01' };
  const models = await fetch(`${pair.url}/v1/models`, { headers });
  t.match(models.headers.get('request-id'), /^req_/, 'of a list of models as well');
  const kept = await pair.post('/v1/messages', message, { 'x-request-id': 'trace-1.2_3' });
  t.equal(kept.headers.get('x-request-id'), 'trace-1.2_3');
  for (const bad of ['a b', 'x'.repeat(65), 'é']) {
    const reply = await pair.post('/v1/messages', message, { 'x-request-id': bad });
    t.match(reply.headers.get('x-request-id'), /^req_/);
  }
});

t.test("the upstream's own id and its limits are told", async (t) => {
  pair.upstream.answer(
    json(
      {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'c',
        content: [],
        stop_reason: 'end_turn',
        usage: { input_tokens: 1, output_tokens: 1 },
      },
      {
        headers: {
          'request-id': 'req_upstream',
          'anthropic-ratelimit-requests-remaining': '41',
          'set-cookie': 'session=1',
          'x-internal': 'no',
        },
      },
    ),
  );
  const { headers } = await pair.post('/v1/messages', message);
  t.equal(headers.get('x-dragoman-upstream-request-id'), 'req_upstream');
  t.equal(headers.get('anthropic-ratelimit-requests-remaining'), '41');
  t.equal(headers.get('set-cookie'), null);
  t.equal(headers.get('x-internal'), null);
});

t.test('headers of the dialect go on in pass-through; keys and ours do not', async (t) => {
  const own = {
    'anthropic-version': '2026-10-21',
    'anthropic-beta': 'one-2025-01-01,two-2025-02-02',
    'x-dragoman-loss': 'warn',
    'x-dragoman-provider': 'anthropic',
    'x-stainless-lang': 'js',
    cookie: 'a=1',
    'x-forwarded-for': '10.0.0.1',
    'user-agent': 'someone/1.0',
  };
  await pair.post('/v1/messages?beta=true&key=unused', message, { ...own, 'x-api-key': pair.key });
  const sent = pair.upstream.requests[0];
  t.equal(sent?.headers['anthropic-version'], '2026-10-21');
  t.equal(sent?.headers['anthropic-beta'], 'one-2025-01-01,two-2025-02-02');
  t.same(sent?.query, { beta: 'true' }, 'the query goes on, less the key');
  t.equal(sent?.headers['x-api-key'], pair.upstream.key);
  t.notOk(sent?.headers.authorization);
  for (const name of Object.keys(sent?.headers ?? {})) {
    t.notMatch(name, /^x-dragoman|^x-stainless|^cookie|^x-forwarded/);
  }
  t.notMatch(JSON.stringify(sent?.headers), pair.key, 'nor the key of the client anywhere');
});

t.test('headers of OpenAI go on to a provider of its dialect and not to another', async (t) => {
  const own = { 'openai-organization': 'org-1', 'openai-beta': 'assistants=v2', 'idempotency-key': 'once' };
  await pair.post('/v1/chat/completions', chat, own);
  t.match(pair.upstream.requests[0]?.headers, own);
  await pair.post('/v1/chat/completions', { ...chat, model: claude }, own);
  t.equal(pair.upstream.requests[1]?.headers['openai-organization'], undefined);
  t.equal(pair.upstream.requests[1]?.headers['anthropic-version'], '2023-06-01', 'the version we speak');
});

for (const header of ['authorization', 'x-api-key', 'x-goog-api-key'] as const) {
  t.test(`a key in ${header} opens both APIs`, async (t) => {
    const value = header === 'authorization' ? `Bearer ${pair.key}` : pair.key;
    for (const [path, body] of [
      ['/v1/messages', message],
      ['/v1/chat/completions', chat],
    ] as const) {
      const reply = await fetch(pair.url + path, {
        method: 'POST',
        headers: { [header]: value },
        body: JSON.stringify(body),
      });
      t.equal(reply.status, 200, path);
    }
  });
}

t.test('a key in the query opens both APIs', async (t) => {
  for (const [path, body] of [
    ['/v1/messages', message],
    ['/v1/chat/completions', chat],
  ] as const) {
    const reply = await fetch(`${pair.url}${path}?key=${pair.key}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    t.equal(reply.status, 200, path);
  }
  for (const { query } of pair.upstream.requests) t.same(query, {});
});

t.test('streams are marked for proxies', async (t) => {
  const reply = await pair.post('/v1/chat/completions', { ...chat, model: claude, stream: true });
  await reply.text();
  t.match(reply.headers.get('content-type'), /^text\/event-stream/);
  t.equal(reply.headers.get('cache-control'), 'no-store');
  t.equal(reply.headers.get('x-accel-buffering'), 'no');
});
