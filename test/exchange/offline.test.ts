import t from 'tap';
import { startTestGateway } from '../helpers/gateway.ts';

const gateway = await startTestGateway(t);
const { openai, anthropic } = gateway;
const model = 'offline/chat';
const messages = [{ role: 'user' as const, content: 'Hello you' }];
const schema = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };
const chatTools = ['weather', 'news'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters: schema },
}));
const claudeTools = ['weather', 'news'].map((name) => ({ name, input_schema: schema }));

t.test('offline echoes for both SDKs, whole and streaming, and counts', async (t) => {
  const chat = await openai.chat.completions.create({ model, messages });
  const text = chat.choices[0]?.message.content ?? '';
  t.match(text, /You said: Hello you/);
  t.ok((chat.usage?.prompt_tokens ?? 0) > 0 && (chat.usage?.completion_tokens ?? 0) > 0);
  const streamed = openai.chat.completions.stream({
    model,
    messages,
    stream_options: { include_usage: true },
  });
  let pieces = 0;
  streamed.on('content', () => {
    pieces += 1;
  });
  const final = await streamed.finalChatCompletion();
  t.equal(final.choices[0]?.message.content, text);
  t.ok(pieces > 3);
  t.same(final.usage, chat.usage);
  const message = await anthropic.messages.create({ model, max_tokens: 500, messages });
  t.match(message, { content: [{ type: 'text', text }], stop_reason: 'end_turn' });
  const other = await anthropic.messages.stream({ model, max_tokens: 500, messages }).finalMessage();
  t.match(other, {
    content: [{ type: 'text', text }],
    usage: { output_tokens: message.usage.output_tokens },
  });
});

t.test('offline calls two tools at once, and answers with their results', async (t) => {
  const runner = openai.chat.completions.stream({ model, messages, tools: chatTools });
  let deltas = 0;
  runner.on('tool_calls.function.arguments.delta', () => {
    deltas += 1;
  });
  const first = (await runner.finalChatCompletion()).choices[0];
  t.equal(first?.finish_reason, 'tool_calls');
  const calls = first?.message.tool_calls ?? [];
  t.match(calls, [
    { function: { name: 'weather', arguments: /^\{"city":/ } },
    { function: { name: 'news' } },
  ]);
  t.ok(deltas > 2, 'arguments come in pieces');
  t.not(calls[0]?.id, calls[1]?.id);
  const results = calls.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: 'Sunny' }));
  const echoed = { role: 'assistant' as const, tool_calls: calls };
  const second = await openai.chat.completions.create({
    model,
    messages: [...messages, echoed, ...results],
    tools: chatTools,
  });
  t.match(second.choices[0]?.message.content, /Sunny/);
});

t.test('offline calls one tool where only one is allowed, or chosen', async (t) => {
  const one = await anthropic.messages.create({
    model,
    max_tokens: 500,
    messages,
    tools: claudeTools,
    tool_choice: { type: 'auto', disable_parallel_tool_use: true },
  });
  t.match(one.content, [{ type: 'tool_use', name: 'weather' }]);
  t.equal(one.content.length, 1);
  t.equal(one.stop_reason, 'tool_use');
  const chosen = await anthropic.messages
    .stream({
      model,
      max_tokens: 500,
      messages,
      tools: claudeTools,
      tool_choice: { type: 'tool', name: 'news' },
    })
    .finalMessage();
  t.match(chosen.content, [{ type: 'tool_use', name: 'news', input: { city: String } }]);
  const none = await anthropic.messages.create({
    model,
    max_tokens: 500,
    messages,
    tools: claudeTools,
    tool_choice: { type: 'none' },
  });
  t.match(none.content, [{ type: 'text' }]);
});

t.test('offline runs the tool loop of the openai SDK to its end', async (t) => {
  const asked: string[] = [];
  const runner = openai.chat.completions.runTools({
    model,
    messages,
    tools: [
      {
        type: 'function',
        function: {
          name: 'weather',
          description: 'Looks outside',
          parameters: schema,
          parse: (text: string) => JSON.parse(text) as { city: string },
          function: ({ city }: { city: string }) => {
            asked.push(city);
            return 'Sunny everywhere';
          },
        },
      },
    ],
  });
  t.match(await runner.finalContent(), /Sunny everywhere/);
  t.equal(asked.length, 1);
});

t.test('offline stops where it is told, and where its tokens end', async (t) => {
  const stopped = await anthropic.messages.create({
    model,
    max_tokens: 500,
    messages,
    stop_sequences: ['You said'],
  });
  t.match(stopped, { stop_reason: 'stop_sequence', stop_sequence: 'You said' });
  const cut = await openai.chat.completions.create({ model, messages, max_tokens: 2 });
  t.equal(cut.choices[0]?.finish_reason, 'length');
});

t.test('offline gives several answers where they are asked for', async (t) => {
  const reply = await openai.chat.completions.create({ model, messages, n: 3 });
  t.match(reply.choices, [{ index: 0 }, { index: 1 }, { index: 2, message: { content: /Hello you/ } }]);
});

t.test('a paced stream of offline can be left, and the gateway goes on', async (t) => {
  const slow = await startTestGateway(t, null, {
    providers: { offline: { config: { eventsPerSecond: 200 } } },
  });
  const stream = await slow.openai.chat.completions.create({
    model,
    messages: [{ role: 'user', content: 'word '.repeat(2000) }],
    stream: true,
  });
  let seen = 0;
  for await (const chunk of stream) {
    seen += chunk.choices.length;
    if (seen === 3) break;
  }
  t.equal(seen, 3);
  const next = await slow.openai.chat.completions.create({ model, messages });
  t.match(next.choices[0]?.message.content, /Hello you/);
  await slow.gateway.stop();
  t.notOk(slow.lines.some(({ level }) => level === 'error'));
});
