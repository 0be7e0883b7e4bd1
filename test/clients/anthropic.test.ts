import Anthropic from '@anthropic-ai/sdk';
import t from 'tap';
import { startEvery } from '../helpers/every-provider.ts';
import { providersAt, startTestGateway } from '../helpers/gateway.ts';
import { says, saysTooMany } from '../helpers/replies/says.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { weather } from './client.ts';
import { checkClient } from './suite.ts';

await checkClient(t, anthropicMessages);

const version = '2026-10-21';
const { upstream, anthropic, post } = await startEvery(t);
t.beforeEach(() => upstream.forget());

const body = { max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hi' }] };
const tools = [{ name: weather.name, input_schema: weather.schema }];
const calls = [{ id: 'call_1', name: weather.name, pieces: ['{"city":', '"Rome"}'] }];
const foreign = ['openai/gpt-4o', 'gemini/gemini-3-pro-preview', 'cohere/command-a-reasoning-08-2025'];

/** Fields the SDK's types of this version promise, beside those that were always there. */
const promised = {
  message: ['container', 'diagnostics', 'stop_details', 'stop_sequence'],
  usage: [
    'cache_creation',
    'cache_creation_input_tokens',
    'cache_read_input_tokens',
    'inference_geo',
    'output_tokens_details',
    'server_tool_use',
    'service_tier',
    'speed',
  ],
};

t.test(`the SDK asks in the version of ${version}, with a bearer`, async (t) => {
  await anthropic.messages.create({ ...body, model: 'anthropic/claude-sonnet-4-5' });
  t.equal(upstream.requests[0]?.headers['anthropic-version'], version, 'in pass-through its own');
  await anthropic.messages.create({ ...body, model: 'openai/gpt-4o' });
  t.notOk(upstream.requests[1]?.headers['anthropic-version']);
});

for (const model of foreign) {
  t.test(`the SDK finds every field its types promise in replies of ${model}`, async (t) => {
    upstream.answer(says({ text: ['Look'], calls }), says({ text: ['Look'], calls }));
    const whole = await anthropic.messages.create({ ...body, model, tools });
    const stream = anthropic.messages.stream({ ...body, model, tools });
    const kinds = new Set<string>();
    stream.on('streamEvent', (event) => {
      if (event.type === 'message_delta') {
        for (const name of ['container', 'stop_details']) t.ok(name in event.delta, name);
        for (const name of promised.usage.slice(1, 3)) t.ok(name in event.usage, name);
        for (const name of ['input_tokens', 'output_tokens_details', 'server_tool_use']) {
          t.ok(name in event.usage, name);
        }
      }
      if (event.type === 'message_start') {
        for (const name of promised.message) t.ok(name in event.message, name);
      }
      kinds.add(event.type);
    });
    const streamed = await stream.finalMessage();
    t.ok(kinds.has('message_delta') && kinds.has('message_start'));
    for (const message of [whole, streamed]) {
      for (const name of promised.message) t.ok(name in message, name);
      for (const name of promised.usage) t.ok(name in message.usage, name);
      t.match(message.content, [
        { type: 'text', text: 'Look', citations: null },
        { type: 'tool_use', input: { city: 'Rome' }, caller: { type: 'direct' } },
      ]);
    }
  });
}

t.test('what names the cause of an error stands where the SDK looks', async (t) => {
  upstream.answer(saysTooMany());
  const error = await anthropic.messages
    .create({ ...body, model: 'openai/gpt-4o' })
    .catch((thrown) => thrown);
  t.ok(error instanceof Anthropic.RateLimitError);
  t.match(error, {
    status: 429,
    type: 'rate_limit_error',
    apiMessage: /slow down/,
    errorCode: 'rate_limit_exceeded',
    details: { error_code: 'rate_limit_exceeded' },
  });
});

t.test('sampling is left out, and told, only where the upstream’s version has none', async (t) => {
  const chat = { messages: [{ role: 'user', content: 'Hi' }], temperature: 0.4, max_tokens: 50 };
  const older = await post('/v1/chat/completions', { ...chat, model: 'anthropic/claude-sonnet-4-5' });
  t.equal(older.status, 200);
  t.match(upstream.requests[0], {
    headers: { 'anthropic-version': '2023-06-01' },
    body: { temperature: 0.4 },
  });
  t.equal(older.headers.get('x-dragoman-warnings'), null);
  const providers = { newer: { ...providersAt(upstream).anthropic, use: 'anthropic', config: { version } } };
  const gateway = await startTestGateway(t, null, { providers });
  const newer = await gateway.post('/v1/chat/completions', { ...chat, model: 'newer/claude-sonnet-4-5' });
  t.equal(newer.status, 200, await newer.text());
  t.equal(upstream.requests[1]?.headers['anthropic-version'], version, 'the version it speaks');
  t.match(newer.headers.get('x-dragoman-warnings'), /temperature/);
});
