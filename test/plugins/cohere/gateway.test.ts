import { loadFixtures } from '@dragoman/plugin-sdk/testing';
import t, { type Test } from 'tap';
import { type Answer, startFakeUpstream } from '../../helpers/fake-upstream.ts';
import { startTestGateway } from '../../helpers/gateway.ts';
import { fixtures } from './run.ts';

/** A gateway before a service that answers as it is told. */
async function start(t: Test) {
  const upstream = await startFakeUpstream({ strict: false });
  t.teardown(() => upstream.close());
  const credentials = [{ name: 'test', key: 'co-test-0123456789' }];
  const cohere = { allowPrivate: true, baseUrl: upstream.origin, retries: 0, credentials };
  const gateway = await startTestGateway(t, null, { providers: { cohere } });
  return { upstream, ...gateway };
}

/** The stream or the whole reply of a fixture, as the service sends it. */
function fromFixture(name: string, isStream: boolean): Answer {
  const fixture = loadFixtures(fixtures, 'cohere').find((each) => each.name === name);
  return (_, response) => {
    const type = isStream ? 'text/event-stream' : 'application/json';
    response.writeHead(fixture?.response?.status ?? 200, { 'content-type': type });
    if (!isStream) response.end(JSON.stringify(fixture?.response?.body));
    else {
      for (const { event, data } of fixture?.frames ?? []) {
        response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      }
      response.end();
    }
  };
}

const messages = [{ role: 'user' as const, content: 'Weather in Rome?' }];
const tools = ['weather', 'now'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: {} } },
}));
const model = 'cohere/command-a-reasoning-08-2025';

t.test('OpenAI’s client gets a plan and parallel calls, streamed and whole', async (t) => {
  const { openai, upstream } = await start(t);
  upstream.answer(fromFixture('tool-calls', true), fromFixture('tool-calls', false));
  const streamed = await openai.chat.completions.stream({ model, messages, tools }).finalChatCompletion();
  const whole = await openai.chat.completions.create({ model, messages, tools });
  for (const { choices, usage } of [streamed, whole]) {
    t.match(choices[0], {
      finish_reason: 'tool_calls',
      message: {
        content: 'I will look.',
        tool_calls: [
          { id: 'weather_1', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
          { id: 'now_2', function: { name: 'now', arguments: '{}' } },
        ],
      },
    });
    if (usage !== undefined) t.match(usage, { prompt_tokens: 30, completion_tokens: 20 });
  }
  const [first, second] = upstream.requests;
  t.match(first, { path: '/v2/chat', headers: { authorization: 'Bearer co-test-0123456789' } });
  t.match(first?.body, { model: 'command-a-reasoning-08-2025', stream: true, messages, tools });
  t.equal(second?.body.stream, false);
});

t.test('Anthropic’s client gets thinking before the answer, and why it ended', async (t) => {
  const { anthropic, upstream } = await start(t);
  upstream.answer(fromFixture('thinking', true));
  const thinking = { type: 'enabled' as const, budget_tokens: 1024 };
  const message = await anthropic.messages
    .stream({ model, max_tokens: 2048, thinking, messages })
    .finalMessage();
  t.match(message, {
    stop_reason: 'max_tokens',
    content: [
      { type: 'thinking', thinking: 'Easy.' },
      { type: 'text', text: '4' },
    ],
    usage: { output_tokens: 5 },
  });
  t.match(upstream.requests[0]?.body, {
    max_tokens: 2048,
    thinking: { type: 'enabled', token_budget: 1024 },
  });
});

t.test('Anthropic’s client gets citations', async (t) => {
  const { anthropic, upstream } = await start(t);
  upstream.answer(fromFixture('citations', true));
  const message = await anthropic.messages.stream({ model, max_tokens: 100, messages }).finalMessage();
  const [text] = message.content;
  t.match(text, { type: 'text', text: '🐧 Emperors are tall.', citations: { length: 3 } });
});

t.test('vectors come in OpenAI’s shape', async (t) => {
  const { openai, upstream } = await start(t);
  upstream.answer(fromFixture('embed', false));
  const reply = await openai.embeddings.create({ model: 'cohere/embed-v4.0', input: ['red', 'blue'] });
  t.equal(reply.data.length, 2);
  t.equal(reply.usage.prompt_tokens, 4);
  t.match(upstream.requests[0], {
    path: '/v2/embed',
    body: { texts: ['red', 'blue'], embedding_types: ['float'] },
  });
});

t.test('the service’s errors reach clients with their own statuses', async (t) => {
  const { openai, anthropic, upstream } = await start(t);
  upstream.answer(fromFixture('too-many-tokens', false), fromFixture('trial-limit', false));
  await t.rejects(openai.chat.completions.create({ model, messages }), /400.*too many tokens/);
  await t.rejects(anthropic.messages.create({ model, max_tokens: 10, messages }), /429.*Trial key/);
});

t.test('a stream that fails in the middle is no answer', async (t) => {
  const { openai, upstream } = await start(t);
  upstream.answer(fromFixture('failed-stream', true));
  await t.rejects(
    openai.chat.completions.stream({ model, messages }).finalChatCompletion(),
    /the model failed/,
  );
});
