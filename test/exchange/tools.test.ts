import type { MessageParam, Tool, ToolUseBlock } from '@anthropic-ai/sdk/resources/messages';
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions';
import t from 'tap';
import { json, stream } from '../helpers/answers.ts';
import { createGate } from '../helpers/gate.ts';
import { startPair } from '../helpers/gateway.ts';
import { anthropicCalls, openaiCalls } from '../helpers/tool-frames.ts';

const pair = await startPair(t);
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});

const claude = 'claude-sonnet-4-5';
const schema = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };
const openaiTools: ChatCompletionTool[] = [
  { type: 'function', function: { name: 'weather', description: 'Looks outside', parameters: schema } },
];
const anthropicTools: Tool[] = [{ name: 'weather', description: 'Looks outside', input_schema: schema }];
const calls = [
  { id: 'toolu_01A', name: 'weather', pieces: ['', '{"ci', 'ty": "Par', 'is"}'] },
  { id: 'toolu_02B', name: 'weather', pieces: ['{"city"', ': "Oslo"}'] },
];
const question = 'How is the weather in Paris and Oslo?';

for (const model of ['openai/gpt-4o', 'openai-twin/gpt-4o', `anthropic/${claude}`]) {
  t.test(
    `the openai SDK gets arguments of ${model} piece by piece, before the calls are complete`,
    async (t) => {
      const { openai, upstream } = pair;
      const { opened, open } = createGate();
      const frames = model.startsWith('anthropic')
        ? anthropicCalls('Let me look.', calls)
        : openaiCalls('Let me look.', calls);
      const half = frames.findIndex((frame) => frame.includes('Par')) + 1;
      upstream.answer(stream([...frames.slice(0, half), opened, ...frames.slice(half)]));
      const runner = openai.chat.completions.stream({
        model,
        messages: [{ role: 'user', content: question }],
        tools: openaiTools,
      });
      const pieces: string[] = [];
      runner.on('tool_calls.function.arguments.delta', ({ index, name, arguments_delta }) => {
        t.equal(name, 'weather');
        t.ok(index === 0 || index === 1, 'calls are counted from 0, whatever else the reply holds');
        pieces.push(arguments_delta);
        if (pieces.join('').endsWith('Par')) {
          t.ok(
            pieces.filter((piece) => piece !== '').length >= 2,
            'several deltas came while the call was open',
          );
          open();
        }
      });
      const reply = await runner.finalChatCompletion();
      t.ok(pieces.filter((piece) => piece !== '').length >= 5, 'nothing was joined');
      t.equal(reply.choices[0]?.finish_reason, 'tool_calls');
      t.match(reply.choices[0]?.message, {
        content: 'Let me look.',
        tool_calls: [
          { id: 'toolu_01A', function: { name: 'weather', arguments: '{"city": "Paris"}' } },
          { id: 'toolu_02B', function: { name: 'weather', arguments: '{"city": "Oslo"}' } },
        ],
      });
    },
  );
}

for (const model of [`anthropic/${claude}`, `anthropic-twin/${claude}`, 'openai/gpt-4o']) {
  t.test(
    `the Anthropic SDK gets arguments of ${model} piece by piece, before the calls are complete`,
    async (t) => {
      const { anthropic, upstream } = pair;
      const { opened, open } = createGate();
      const frames = model.startsWith('openai')
        ? openaiCalls('Let me look.', calls)
        : anthropicCalls('Let me look.', calls);
      const half = frames.findIndex((frame) => frame.includes('Par')) + 1;
      upstream.answer(stream([...frames.slice(0, half), opened, ...frames.slice(half)]));
      const runner = anthropic.messages.stream({
        model,
        max_tokens: 500,
        messages: [{ role: 'user', content: question }],
        tools: anthropicTools,
      });
      const pieces: string[] = [];
      runner.on('streamEvent', (event) => {
        if (event.type !== 'content_block_delta' || event.delta.type !== 'input_json_delta') return;
        pieces.push(event.delta.partial_json);
        if (pieces.join('').endsWith('Par')) open();
      });
      const reply = await runner.finalMessage();
      t.ok(pieces.filter((piece) => piece !== '').length >= 5, 'nothing was joined');
      t.equal(reply.stop_reason, 'tool_use');
      t.match(reply.content, [
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', id: 'toolu_01A', name: 'weather', input: { city: 'Paris' } },
        { type: 'tool_use', id: 'toolu_02B', name: 'weather', input: { city: 'Oslo' } },
      ]);
    },
  );
}

t.test(
  'calls and results of an openai client come round through Claude under the ids they were given',
  async (t) => {
    const { openai, upstream } = pair;
    const blocks = calls.map(({ id, name, pieces }) => ({
      type: 'tool_use',
      id,
      name,
      input: JSON.parse(pieces.join('')),
    }));
    upstream.answer(
      json({
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: claude,
        content: [{ type: 'text', text: 'Let me look.' }, ...blocks],
        stop_reason: 'tool_use',
        stop_sequence: null,
        usage: { input_tokens: 9, output_tokens: 20 },
      }),
    );
    const model = `anthropic/${claude}`;
    const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: question }];
    const first = await openai.chat.completions.create({ model, messages, tools: openaiTools });
    const message = first.choices[0]?.message;
    t.equal(first.choices[0]?.finish_reason, 'tool_calls');
    messages.push(message as ChatCompletionMessageParam);
    for (const call of message?.tool_calls ?? []) {
      messages.push({ role: 'tool', tool_call_id: call.id, content: `Sunny at ${call.id}` });
    }
    messages.push({ role: 'user', content: 'And?' });
    await openai.chat.completions.create({ model, messages, tools: openaiTools });
    t.match(upstream.requests[1]?.body.messages, [
      { role: 'user' },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Let me look.' },
          { type: 'tool_use', id: 'toolu_01A', input: { city: 'Paris' } },
          { type: 'tool_use', id: 'toolu_02B', input: { city: 'Oslo' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_01A' },
          { type: 'tool_result', tool_use_id: 'toolu_02B' },
          { type: 'text', text: 'And?' },
        ],
      },
    ]);
  },
);

t.test(
  'calls and results of an Anthropic client come round through OpenAI under the ids they were given',
  async (t) => {
    const { anthropic, upstream } = pair;
    upstream.answer(
      json({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1_700_000_000,
        model: 'gpt-4o',
        choices: [
          {
            index: 0,
            message: {
              role: 'assistant',
              content: null,
              refusal: null,
              tool_calls: ['Paris', 'Oslo'].map((city, order) => ({
                id: `call_${order}`,
                type: 'function',
                function: { name: 'weather', arguments: JSON.stringify({ city }) },
              })),
            },
            logprobs: null,
            finish_reason: 'tool_calls',
          },
        ],
        usage: { prompt_tokens: 9, completion_tokens: 20, total_tokens: 29 },
      }),
    );
    const model = 'openai/gpt-4o';
    const messages: MessageParam[] = [{ role: 'user', content: question }];
    const first = await anthropic.messages.create({
      model,
      max_tokens: 500,
      messages,
      tools: anthropicTools,
    });
    t.equal(first.stop_reason, 'tool_use');
    const used = first.content.filter((block): block is ToolUseBlock => block.type === 'tool_use');
    t.match(used, [{ input: { city: 'Paris' } }, { input: { city: 'Oslo' } }]);
    messages.push({ role: 'assistant', content: first.content });
    messages.push({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: used[0]?.id ?? '', content: 'Sunny' },
        { type: 'tool_result', tool_use_id: used[1]?.id ?? '', content: 'No data', is_error: true },
        { type: 'text', text: 'And?' },
      ],
    });
    await anthropic.messages.create({ model, max_tokens: 500, messages, tools: anthropicTools });
    t.match(upstream.requests[1]?.body.messages, [
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: 'call_0' }, { id: 'call_1' }] },
      { role: 'tool', tool_call_id: 'call_0', content: /Sunny/ },
      { role: 'tool', tool_call_id: 'call_1', content: /No data/ },
      { role: 'user' },
    ]);
  },
);
