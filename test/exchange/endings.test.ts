import type { Json } from '@dragoman/plugin-sdk';
import t from 'tap';
import { anthropicFrames, json, openaiFrames, stream } from '../helpers/answers.ts';
import { startPair } from '../helpers/gateway.ts';

const pair = await startPair(t);
const messages = [{ role: 'user' as const, content: 'Hi' }];
const claude = 'anthropic/claude-sonnet-4-5';

const message = (
  stop_reason: string | null,
  usage: Json,
  content: Json = [{ type: 'text', text: 'Hi' }],
): Json => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'c',
  content,
  stop_reason,
  stop_sequence: null,
  usage,
});
const plainUsage = { input_tokens: 3, output_tokens: 4 };
const chatUsage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };

function claudeStream(stop: string, opening: Json, closing: Json): string[] {
  return anthropicFrames([
    { type: 'message_start', message: message(null, opening, []) },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: closing },
    { type: 'message_stop' },
  ]);
}

for (const [claudes, openais] of [
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['refusal', 'content_filter'],
  ['model_context_window_exceeded', 'length'],
] as const) {
  t.test(`${claudes} of Claude is ${openais} for an openai client`, async (t) => {
    const { openai, upstream } = pair;
    upstream.answer(
      json(message(claudes, plainUsage)),
      stream(claudeStream(claudes, plainUsage, { output_tokens: 4 })),
    );
    const whole = await openai.chat.completions.create({ model: claude, messages });
    t.equal(whole.choices[0]?.finish_reason, openais);
    const streamed = openai.chat.completions.stream({ model: claude, messages });
    // The SDK's helper itself throws at an answer that was cut short.
    let finish: string | null = null;
    for await (const chunk of streamed) finish = chunk.choices[0]?.finish_reason ?? finish;
    t.equal(finish, openais);
  });
}

for (const [openais, claudes] of [
  ['stop', 'end_turn'],
  ['length', 'max_tokens'],
  ['content_filter', 'refusal'],
] as const) {
  t.test(`${openais} of an OpenAI provider is ${claudes} for an Anthropic client`, async (t) => {
    const { anthropic, upstream } = pair;
    const reply = { role: 'assistant', content: 'Hi', refusal: null };
    const chunk = (delta: Json, finish_reason: string | null): Json => ({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'g',
      choices: [{ index: 0, delta, finish_reason }],
    });
    upstream.answer(
      json({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: 'g',
        choices: [{ index: 0, message: reply, finish_reason: openais }],
        usage: chatUsage,
      }),
      stream(openaiFrames([chunk({ role: 'assistant', content: 'Hi' }, null), chunk({}, openais)])),
    );
    const whole = await anthropic.messages.create({ model: 'openai/gpt-4o', max_tokens: 9, messages });
    t.equal(whole.stop_reason, claudes);
    const streamed = await anthropic.messages
      .stream({ model: 'openai/gpt-4o', max_tokens: 9, messages })
      .finalMessage();
    t.equal(streamed.stop_reason, claudes);
  });
}

t.test('cached and written tokens of Claude are counted in the prompt of an openai client', async (t) => {
  const { openai, upstream, lines } = pair;
  const usage = {
    input_tokens: 10,
    cache_creation_input_tokens: 200,
    cache_read_input_tokens: 3000,
    output_tokens: 5,
  };
  upstream.answer(
    json(message('end_turn', usage)),
    stream(claudeStream('end_turn', { ...usage, output_tokens: 1 }, { output_tokens: 5 })),
  );
  const whole = await openai.chat.completions.create({ model: claude, messages });
  const wanted = {
    prompt_tokens: 3210,
    completion_tokens: 5,
    total_tokens: 3215,
    prompt_tokens_details: { cached_tokens: 3000 },
  };
  t.match(whole.usage, wanted);
  const options = { include_usage: true };
  const streamed = await openai.chat.completions
    .stream({ model: claude, messages, stream_options: options })
    .finalChatCompletion();
  t.match(streamed.usage, wanted);
  const line = lines.findLast(({ message: text }) => text === 'exchange');
  t.match(line?.fields, { inputTokens: 3210, outputTokens: 5, cacheReadTokens: 3000 });
});

t.test('cached tokens of an OpenAI provider are apart from the input of an Anthropic client', async (t) => {
  const { anthropic, upstream } = pair;
  const details = {
    prompt_tokens_details: { cached_tokens: 64 },
    completion_tokens_details: { reasoning_tokens: 20 },
  };
  upstream.answer(
    json({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'g',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 100, completion_tokens: 30, total_tokens: 130, ...details },
    }),
  );
  const reply = await anthropic.messages.create({ model: 'openai/gpt-4o', max_tokens: 9, messages });
  t.match(reply.usage, { input_tokens: 36, cache_read_input_tokens: 64, output_tokens: 30 });
});
