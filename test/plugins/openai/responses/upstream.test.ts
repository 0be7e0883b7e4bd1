import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { loadFixtures } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { json, stream } from '../../../helpers/answers.ts';
import { startFakeUpstream } from '../../../helpers/fake-upstream.ts';
import { startTestGateway } from '../../../helpers/gateway.ts';

const upstream = await startFakeUpstream({ strict: false });
t.teardown(() => upstream.close());
const settings = {
  providers: {
    responses: {
      use: 'openai-responses',
      baseUrl: `${upstream.origin}/v1`,
      allowPrivate: true,
      retries: 0,
      credentials: [{ name: 'test', key: upstream.key }],
    },
  },
};
const gateway = await startTestGateway(t, null, settings);
const folder = join(import.meta.dirname, '..', '..', '..', '..', 'plugins', 'openai', 'fixtures');
const fixtures = new Map(loadFixtures(folder, 'openai-responses').map((fixture) => [fixture.name, fixture]));

function framesOf(name: string): string[] {
  const { frames = [] } = fixtures.get(name) ?? {};
  return frames.map(({ event, data }) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function bodyOf(name: string): Json {
  return fixtures.get(name)?.response?.body ?? null;
}

const sent = (): JsonObject => upstream.requests.at(-1)?.body ?? {};
const model = 'responses/gpt-5.4';
const schema = { type: 'object' as const, properties: { at: { type: 'number' } } };

t.test('a client of the same dialect gets the very bytes, streamed and whole', async (t) => {
  const frames = framesOf('responses-stream-tools');
  upstream.answer(stream(frames), json(bodyOf('responses-stream-tools')));
  const streamed = await gateway.post('/v1/responses', { model, input: 'Hi', stream: true });
  t.equal(await streamed.text(), frames.join(''));
  t.equal(upstream.requests.at(-1)?.path, '/v1/responses');
  t.same(sent(), { model: 'gpt-5.4', input: 'Hi', stream: true });
  const whole = await gateway.post('/v1/responses', { model, input: 'Hi' });
  t.same(await whole.json(), bodyOf('responses-stream-tools'));
});

t.test('the openai SDK reads it as a chat', async (t) => {
  upstream.answer(stream(framesOf('responses-stream-tools')));
  const reply = await gateway.openai.chat.completions
    .stream({
      model,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      tools: [{ type: 'function', function: { name: 'look', parameters: schema } }],
      stream_options: { include_usage: true },
    })
    .finalChatCompletion();
  t.match(reply.choices[0], {
    finish_reason: 'tool_calls',
    message: {
      tool_calls: [
        { id: 'call_1', function: { name: 'look', arguments: '{"at":1}' } },
        { id: 'call_2', function: { name: 'mail__send' } },
      ],
    },
  });
  t.match(reply.usage, { prompt_tokens: 20, completion_tokens: 9 });
  t.match(sent(), {
    store: false,
    input: [{ role: 'developer' }, { role: 'user' }],
    tools: [{ type: 'function', name: 'look' }],
  });
});

t.test('the Anthropic SDK gives encrypted reasoning back in its second turn', async (t) => {
  upstream.answer(json(bodyOf('responses-stream-tools')), json(bodyOf('responses-stream-text')));
  const tools = [{ name: 'look', input_schema: schema }];
  const first = await gateway.anthropic.messages.create({
    model,
    max_tokens: 100,
    tools,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  t.equal(first.stop_reason, 'tool_use');
  t.match(first.content[0], { type: 'thinking', thinking: 'First.\n\nThen.' });
  const results = first.content.flatMap((block) =>
    block.type === 'tool_use'
      ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: 'done' }]
      : [],
  );
  await gateway.anthropic.messages.create({
    model,
    max_tokens: 100,
    tools,
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: first.content },
      { role: 'user', content: results },
    ],
  });
  t.match(sent().input, [
    { role: 'user' },
    { type: 'reasoning', encrypted_content: 'gAAAAABo1' },
    { type: 'function_call', call_id: 'call_1' },
  ]);
});

t.test('an answer that ran into its limit says so in every dialect', async (t) => {
  upstream.answer(json(bodyOf('responses-stream-incomplete')), json(bodyOf('responses-stream-incomplete')));
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  const chat = await gateway.openai.chat.completions.create({ model, messages });
  t.equal(chat.choices[0]?.finish_reason, 'length');
  const message = await gateway.anthropic.messages.create({ model, max_tokens: 100, messages });
  t.equal(message.stop_reason, 'max_tokens');
});

t.test('a failure inside the stream is a failure for the client', async (t) => {
  const failed = {
    type: 'response.failed',
    response: { status: 'failed', error: { code: 'server_error', message: 'broken' } },
  };
  const start = framesOf('responses-stream-text').slice(0, 4);
  upstream.answer(stream([...start, `event: response.failed\ndata: ${JSON.stringify(failed)}\n\n`]));
  const runner = gateway.openai.chat.completions.stream({
    model,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  await t.rejects(runner.finalChatCompletion(), /broken/);
});

t.test('a failure that comes with status 200 is no empty success', async (t) => {
  const body = {
    id: 'resp_1',
    object: 'response',
    status: 'failed',
    output: [],
    error: { code: 'rate_limit_exceeded', message: 'broken' },
  };
  upstream.always(json(body));
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  await t.rejects(gateway.openai.chat.completions.create({ model, messages }), {
    status: 429,
    message: /broken/,
  });
  await t.rejects(gateway.anthropic.messages.create({ model, max_tokens: 9, messages }), {
    status: 429,
    message: /rate_limit_error.*broken/,
  });
});

t.test('the tier that served an answer is known, whole and streamed', async (t) => {
  const frames = framesOf('responses-stream-text').map((frame) =>
    frame.replace(
      '"response":{',
      `"response":{"service_tier":"${/completed/.test(frame) ? 'flex' : 'auto'}",`,
    ),
  );
  const params = { model, messages: [{ role: 'user' as const, content: 'Hi' }] };
  upstream.always(stream(frames));
  const streamed = await gateway.openai.chat.completions.stream(params).finalChatCompletion();
  t.equal(streamed.service_tier, 'flex');
  upstream.always(json({ ...(bodyOf('responses-stream-text') as JsonObject), service_tier: 'flex' }));
  const whole = await gateway.openai.chat.completions.create(params);
  t.equal(whole.service_tier, 'flex');
});
