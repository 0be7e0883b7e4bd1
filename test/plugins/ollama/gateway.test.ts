import type { JsonObject } from '@dragoman/plugin-sdk';
import t, { type Test } from 'tap';
import { type Answer, startFakeUpstream } from '../../helpers/fake-upstream.ts';
import { startTestGateway } from '../../helpers/gateway.ts';

/** A gateway before an Ollama server that answers as it is told. */
async function start(t: Test) {
  const upstream = await startFakeUpstream({ strict: false });
  t.teardown(() => upstream.close());
  const ollama = { allowPrivate: true, baseUrl: upstream.origin, retries: 0 };
  const gateway = await startTestGateway(t, null, { providers: { ollama, offline: {} } });
  return { upstream, ...gateway };
}

function lines(...values: JsonObject[]): Answer {
  return (_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.end(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
  };
}

async function readLines(t: Test, response: Response): Promise<JsonObject[]> {
  const text = await response.text();
  t.match(response.headers.get('content-type'), /ndjson/);
  t.ok(text.endsWith('\n'));
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const head = { model: 'qwen3', created_at: '2026-10-01T08:00:00Z' };
const user = { role: 'user', content: 'Weather in Rome?' };
const call = { function: { name: 'get_weather', arguments: { city: 'Rome' } } };

t.test('a client of this dialect talks to any provider', async (t) => {
  const { post } = await start(t);
  const chat = await readLines(t, await post('/api/chat', { model: 'offline/chat', messages: [user] }));
  t.match(chat[0], { model: String, created_at: String, message: { role: 'assistant' }, done: false });
  t.match(chat.at(-1), { done: true, done_reason: 'stop', prompt_eval_count: Number });
  const text = chat.map(({ message }) => (message as JsonObject).content).join('');
  t.match(text, /Weather in Rome/);
  const prompt = { model: 'offline/chat', prompt: 'Weather in Rome?', stream: false };
  const whole = (await (await post('/api/generate', prompt)).json()) as JsonObject;
  t.match(whole, { response: /Weather in Rome/, done: true });
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }];
  const called = await readLines(
    t,
    await post('/api/chat', { model: 'offline/chat', messages: [user], tools }),
  );
  t.ok(called.some(({ message }) => (message as JsonObject).tool_calls !== undefined));
});

t.test('vectors come in the shape of the route that was asked', async (t) => {
  const { post } = await start(t);
  const many = await (await post('/api/embed', { model: 'offline/embed', input: ['a', 'b'] })).json();
  t.match(many, { embeddings: [{ length: 256 }, { length: 256 }] });
  const one = await (await post('/api/embeddings', { model: 'offline/embed', prompt: 'a' })).json();
  t.match(one, { embedding: { length: 256 } });
});

t.test('the gateway’s models are listed as a server lists its own', async (t) => {
  const { url, key } = await start(t);
  const response = await fetch(`${url}/api/tags`, { headers: { authorization: `Bearer ${key}` } });
  const { models } = (await response.json()) as { models: { name: string; model: string }[] };
  t.ok(models.some(({ name, model }) => name === 'offline/chat' && model === name));
});

t.test('a chat goes to a server of this dialect as it is, byte for byte', async (t) => {
  const { post, upstream } = await start(t);
  const answer = [
    { ...head, message: { role: 'assistant', content: 'Sun.' }, done: false },
    { ...head, message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', eval_count: 2 },
  ];
  upstream.answer(lines(...answer));
  const body = { model: 'ollama/qwen3', messages: [user], options: { num_ctx: 2 } };
  t.strictSame(await readLines(t, await post('/api/chat', body)), answer);
  t.equal(upstream.requests[0]?.path, '/api/chat');
  t.equal(upstream.requests[0]?.raw.toString(), JSON.stringify({ ...body, model: 'qwen3' }));
});

t.test('a prompt goes to a server’s own route for prompts, with everything in it', async (t) => {
  const { post, upstream } = await start(t);
  upstream.answer(lines({ ...head, response: 'x', done: true, done_reason: 'stop', context: [1, 2] }));
  const body = { model: 'ollama/qwen3', prompt: 'def f():', suffix: 'return', raw: true };
  const answer = await readLines(t, await post('/api/generate', body));
  t.match(upstream.requests[0], { path: '/api/generate', body: { ...body, model: 'qwen3' } });
  t.equal(answer.map(({ response }) => response).join(''), 'x');
  t.match(answer.at(-1), { done: true, context: [1, 2] });
});

t.test('OpenAI’s client gets calls from a server that gives them no ids, and answers them', async (t) => {
  const { openai, upstream } = await start(t);
  const tools = [
    {
      type: 'function' as const,
      function: { name: 'get_weather', parameters: { type: 'object', properties: {} } },
    },
  ];
  const messages = [{ role: 'user' as const, content: 'Weather in Rome?' }];
  upstream.answer(
    lines(
      { ...head, message: { role: 'assistant', content: '', tool_calls: [call] }, done: false },
      { ...head, message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop' },
    ),
  );
  const stream = openai.chat.completions.stream({ model: 'ollama/qwen3', messages, tools });
  const first = await stream.finalChatCompletion();
  const message = first.choices[0]?.message;
  const made = message?.tool_calls?.[0];
  t.equal(first.choices[0]?.finish_reason, 'tool_calls');
  t.match(made, { id: String, function: { name: 'get_weather', arguments: '{"city":"Rome"}' } });
  if (message === undefined || made === undefined) return;
  upstream.answer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ...head, message: { role: 'assistant', content: 'Sun.' }, done: true }));
  });
  const result = { role: 'tool' as const, tool_call_id: made.id, content: 'sunny' };
  const second = await openai.chat.completions.create({
    model: 'ollama/qwen3',
    messages: [...messages, { role: 'assistant', content: null, tool_calls: [made] }, result],
    tools,
  });
  t.match(second.choices[0], { finish_reason: 'stop', message: { content: 'Sun.' } });
  t.match(upstream.requests[1]?.body, {
    stream: false,
    messages: [
      user,
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_name: 'get_weather', content: 'sunny' },
    ],
  });
});

t.test('errors are words under `error`, with the status of what happened', async (t) => {
  const { post, openai, upstream } = await start(t);
  const missing: Answer = (_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: "model 'nope' not found" }));
  };
  upstream.answer(missing, missing);
  const response = await post('/api/chat', { model: 'ollama/nope', messages: [user] });
  t.equal(response.status, 404);
  t.strictSame(await response.json(), { error: "model 'nope' not found" });
  const request = { model: 'ollama/nope', messages: [{ role: 'user' as const, content: 'Hi' }] };
  await t.rejects(openai.chat.completions.create(request), /404/);
  const bad = await post('/api/chat', { model: 'offline/chat', messages: 'Hi' });
  t.equal(bad.status, 400);
  t.match(await bad.json(), { error: /messages must be an array/ });
});

t.test('a stream that breaks off ends in a line that says so', async (t) => {
  const { post, upstream } = await start(t);
  upstream.answer(lines({ ...head, message: { role: 'assistant', content: 'Su' }, done: false }));
  const answer = await readLines(t, await post('/api/generate', { model: 'ollama/qwen3', prompt: 'Hi' }));
  t.match(answer, [{ response: 'Su', done: false }, { error: String }]);
});
