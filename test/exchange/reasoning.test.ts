import type { MessageParam, Tool } from '@anthropic-ai/sdk/resources/messages';
import type { Json } from '@dragoman/plugin-sdk';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import t from 'tap';
import { anthropicFrames, json, openaiFrames, stream } from '../helpers/answers.ts';
import { providersAt, startPair, startTestGateway } from '../helpers/gateway.ts';

const pair = await startPair(t);
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});

const thinking = { type: 'enabled' as const, budget_tokens: 2000 };
const tools: Tool[] = [{ name: 'weather', input_schema: { type: 'object' } }];
const question: MessageParam = { role: 'user', content: 'Is it sunny?' };
const start = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 20, output_tokens: 1 },
};
const block = (index: number, content_block: Json) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, value: Json) => ({ type: 'content_block_delta', index, delta: value });
const stop = (index: number) => ({ type: 'content_block_stop', index });
/** A thought, one that is kept secret, and a call. */
const thoughtful = anthropicFrames([
  { type: 'message_start', message: start },
  block(0, { type: 'thinking', thinking: '', signature: '' }),
  delta(0, { type: 'thinking_delta', thinking: 'I should ' }),
  delta(0, { type: 'thinking_delta', thinking: 'look.' }),
  delta(0, { type: 'signature_delta', signature: 'EqQBCkgIARABGAIiQL2Umlw' }),
  stop(0),
  block(1, { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix' }),
  stop(1),
  block(2, { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }),
  delta(2, { type: 'input_json_delta', partial_json: '{}' }),
  stop(2),
  {
    type: 'message_delta',
    delta: { stop_reason: 'tool_use', stop_sequence: null },
    usage: { output_tokens: 40 },
  },
  { type: 'message_stop' },
]);

for (const provider of ['anthropic', 'anthropic-twin']) {
  t.test(`thoughts and their signatures come round through ${provider}`, async (t) => {
    const { anthropic, upstream } = pair;
    upstream.answer(stream(thoughtful));
    const model = `${provider}/claude-sonnet-4-5`;
    const runner = anthropic.messages.stream({
      model,
      max_tokens: 4000,
      thinking,
      tools,
      messages: [question],
    });
    const thoughts: string[] = [];
    runner.on('thinking', (piece) => thoughts.push(piece));
    const reply = await runner.finalMessage();
    t.same(thoughts, ['I should ', 'look.']);
    await anthropic.messages.create({
      model,
      max_tokens: 4000,
      thinking,
      tools,
      messages: [
        question,
        { role: 'assistant', content: reply.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'Yes' }] },
      ],
    });
    // The upstream refuses any signature that it did not give, so the answer says the same.
    t.match(upstream.requests[1]?.body.messages, [
      { role: 'user' },
      {
        content: [
          { type: 'thinking', thinking: 'I should look.', signature: 'EqQBCkgIARABGAIiQL2Umlw' },
          { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix' },
          { type: 'tool_use', id: 'toolu_1' },
        ],
      },
      { role: 'user' },
    ]);
    t.notOk(upstream.requests[1]?.refusal);
  });
}

t.test(
  'thoughts of Claude reach an openai client, and come back signed when it echoes its message',
  async (t) => {
    const { openai, upstream } = pair;
    upstream.answer(
      json({
        ...start,
        content: [
          { type: 'thinking', thinking: 'I should look.', signature: 'EqQBCkgIARABGAIiQL2Umlw' },
          { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
        ],
        stop_reason: 'tool_use',
      }),
    );
    const model = 'anthropic/claude-sonnet-4-5';
    const parameters = { type: 'object', properties: {} };
    const chatTools = [{ type: 'function' as const, function: { name: 'weather', parameters } }];
    const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: 'Is it sunny?' }];
    const first = await openai.chat.completions.create({
      model,
      messages,
      tools: chatTools,
      reasoning_effort: 'low',
    });
    t.match(upstream.requests[0]?.body.thinking, { type: 'enabled', budget_tokens: 1024 });
    const message = first.choices[0]?.message;
    t.match(message, { reasoning_content: 'I should look.' });
    messages.push(message as ChatCompletionMessageParam, {
      role: 'tool',
      tool_call_id: 'toolu_1',
      content: 'Yes',
    });
    await openai.chat.completions.create({ model, messages, tools: chatTools, reasoning_effort: 'low' });
    t.match(upstream.requests[1]?.body.messages, [
      { role: 'user' },
      {
        content: [
          { type: 'thinking', thinking: 'I should look.', signature: 'EqQBCkgIARABGAIiQL2Umlw' },
          { type: 'tool_use', id: 'toolu_1' },
        ],
      },
      { role: 'user' },
    ]);
  },
);

/** A compatible service that shows its thoughts. */
const deliberate = (details: Json) =>
  openaiFrames(
    [{ role: 'assistant', content: '', ...(details as object) }, { content: 'Sunny.' }, {}].map(
      (value, order) => ({
        id: 'gen-1',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'some-model',
        choices: [{ index: 0, delta: value as Json, finish_reason: order === 2 ? 'stop' : null }],
      }),
    ),
  );

t.test('thoughts of another service are shown to an Anthropic client and never sent to Claude', async (t) => {
  const signed = {
    type: 'reasoning.text',
    text: 'Hm.',
    signature: 'foreign-signature',
    format: 'google-gemini-v1',
  };
  for (const details of [
    { reasoning_content: 'Hm.' },
    { reasoning: 'Hm.' },
    { reasoning_details: [signed] },
  ]) {
    const { anthropic, upstream } = pair;
    upstream.requests.length = 0;
    upstream.answer(stream(deliberate(details)));
    const first = await anthropic.messages
      .stream({ model: 'openai/gpt-4o', max_tokens: 4000, messages: [question] })
      .finalMessage();
    t.match(first.content, [
      { type: 'thinking', thinking: 'Hm.' },
      { type: 'text', text: 'Sunny.' },
    ]);
    for (const provider of ['anthropic-twin', 'anthropic']) {
      const reply = await anthropic.messages.create({
        model: `${provider}/claude-sonnet-4-5`,
        max_tokens: 4000,
        messages: [
          question,
          { role: 'assistant', content: first.content },
          { role: 'user', content: 'Sure?' },
        ],
      });
      t.equal(reply.stop_reason, 'end_turn', `${provider} after ${Object.keys(details)}`);
      const sent = upstream.requests.at(-1);
      t.notMatch(JSON.stringify(sent?.body), /foreign-signature|dragoman/);
      t.match(sent?.body.messages, [{}, { content: [{ type: 'text', text: 'Sunny.' }] }, {}]);
    }
  }
});

t.test('thoughts of Claude are not sent to an OpenAI provider that has no place for them', async (t) => {
  const { anthropic, upstream } = pair;
  await anthropic.messages.create({
    model: 'openai/gpt-4o',
    max_tokens: 4000,
    messages: [
      question,
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'I should look.', signature: 'EqQBCkgIARABGAIiQL2Umlw' },
          { type: 'text', text: 'Yes.' },
        ],
      },
      { role: 'user', content: 'Sure?' },
    ],
  });
  t.notMatch(JSON.stringify(upstream.requests[0]?.body), /EqQBCkgIARABGAIiQL2Umlw|should look/);
});

t.test(
  'how much an Anthropic client wants thought is the effort of an OpenAI model that reasons',
  async (t) => {
    const { anthropic, upstream } = pair;
    for (const [asked, effort] of [
      [{ thinking: { type: 'enabled', budget_tokens: 1024 } }, 'low'],
      [{ thinking: { type: 'enabled', budget_tokens: 8192 } }, 'medium'],
      [{ thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }, 'high'],
    ] as const) {
      await anthropic.messages.create({
        model: 'openai/gpt-5',
        max_tokens: 12000,
        messages: [question],
        ...asked,
      });
      t.equal(upstream.requests.at(-1)?.body.reasoning_effort, effort);
    }
  },
);

t.test('reasoning of offline is shown to both SDKs, whole and streaming', async (t) => {
  const gateway = await startTestGateway(t, null, { providers: providersAt(pair.upstream) });
  const model = 'offline/reason';
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  const whole = await gateway.openai.chat.completions.create({ model, messages });
  const { reasoning_content: shown } = { ...whole.choices[0]?.message } as { reasoning_content?: string };
  t.match(shown, /characters/);
  t.ok((whole.usage?.completion_tokens_details?.reasoning_tokens ?? 0) > 0);
  let streamed = '';
  for await (const chunk of await gateway.openai.chat.completions.create({ model, messages, stream: true })) {
    const [choice] = chunk.choices;
    if (choice !== undefined)
      streamed += (choice.delta as { reasoning_content?: string }).reasoning_content ?? '';
  }
  t.equal(streamed, shown);
  const runner = gateway.anthropic.messages.stream({ model, max_tokens: 4000, thinking, messages });
  const reply = await runner.finalMessage();
  t.match(reply.content, [{ type: 'thinking', thinking: shown }, { type: 'text' }]);
});
