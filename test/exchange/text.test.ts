import t from 'tap';
import { startPair } from '../helpers/gateway.ts';

const pair = await startPair(t);

const claude = 'claude-sonnet-4-5';
const models = {
  'a provider of its own dialect': { openai: 'openai/gpt-4o', anthropic: `anthropic/${claude}` },
  'its own dialect, translated': { openai: 'openai-twin/gpt-4o', anthropic: `anthropic-twin/${claude}` },
  'a provider of the other dialect': { openai: `anthropic/${claude}`, anthropic: 'openai/gpt-4o' },
};

for (const [where, model] of Object.entries(models)) {
  t.test(`the openai SDK gets text from ${where}`, async (t) => {
    const { openai } = pair;
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const reply = await openai.chat.completions.create({ model: model.openai, messages });
    t.match(reply.choices, [
      { index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' },
    ]);
    t.match(reply.usage, { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 });
  });

  t.test(`the openai SDK streams text from ${where}`, async (t) => {
    const { openai } = pair;
    const stream = openai.chat.completions.stream({
      model: model.openai,
      messages: [{ role: 'user', content: 'Hi' }],
      stream_options: { include_usage: true },
    });
    const deltas: string[] = [];
    stream.on('content', (delta) => deltas.push(delta));
    const reply = await stream.finalChatCompletion();
    t.same(deltas, ['Hello', ' there'], 'as the model wrote it');
    t.equal(reply.choices[0]?.finish_reason, 'stop');
    t.match(reply.usage, { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 });
  });

  t.test(`the Anthropic SDK gets text from ${where}`, async (t) => {
    const { anthropic } = pair;
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const reply = await anthropic.messages.create({ model: model.anthropic, max_tokens: 100, messages });
    t.match(reply, {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: 'Hello there' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 9, output_tokens: 2 },
    });
  });

  t.test(`the Anthropic SDK streams text from ${where}`, async (t) => {
    const { anthropic } = pair;
    const stream = anthropic.messages.stream({
      model: model.anthropic,
      max_tokens: 100,
      messages: [{ role: 'user', content: 'Hi' }],
    });
    const deltas: string[] = [];
    stream.on('text', (delta) => deltas.push(delta));
    const reply = await stream.finalMessage();
    t.same(deltas, ['Hello', ' there'], 'as the model wrote it');
    t.match(reply, { stop_reason: 'end_turn', usage: { input_tokens: 9, output_tokens: 2 } });
  });
}

t.test('a stream without usage asked for has none for the client, wherever it comes from', async (t) => {
  const { openai } = pair;
  for (const model of ['openai/gpt-4o', 'openai-twin/gpt-4o', `anthropic/${claude}`]) {
    const messages = [{ role: 'user' as const, content: 'Hi' }];
    const stream = await openai.chat.completions.create({ model, messages, stream: true });
    let choices = 0;
    for await (const chunk of stream) {
      t.notOk(chunk.usage, model);
      choices += chunk.choices.length;
    }
    t.ok(choices > 2, model);
  }
});

t.test('which way a reply came is in the log', async (t) => {
  const { anthropic, lines } = await startPair(t);
  for (const model of [`anthropic/${claude}`, `anthropic-twin/${claude}`]) {
    await anthropic.messages.create({ model, max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] });
  }
  const exchanges = lines.filter((line) => line.message === 'exchange');
  t.match(exchanges, [{ fields: { passThrough: true } }, { fields: { passThrough: false } }]);
});
