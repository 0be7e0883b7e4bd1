import type { ResponseInputItem, Tool } from 'openai/resources/responses/responses';
import t from 'tap';
import { json, stream } from '../../../helpers/answers.ts';
import { startPair } from '../../../helpers/gateway.ts';
import { anthropicCalls, openaiCalls } from '../../../helpers/tool-frames.ts';

const pair = await startPair(t);
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});

const claude = 'anthropic/claude-sonnet-4-5';
const schema = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };
const tools: Tool[] = [{ type: 'function', name: 'weather', parameters: schema, strict: false }];
const calls = [
  { id: 'toolu_01A', name: 'weather', pieces: ['', '{"ci', 'ty": "Par', 'is"}'] },
  { id: 'toolu_02B', name: 'weather', pieces: ['{"city"', ': "Oslo"}'] },
];

for (const model of ['openai/gpt-4o', claude]) {
  t.test(`the openai SDK gets a reply of ${model}`, async (t) => {
    const reply = await pair.openai.responses.create({ model, input: 'Hi', instructions: 'Be brief.' });
    t.equal(reply.output_text, 'Hello there');
    t.equal(reply.status, 'completed');
    t.equal(reply.instructions, 'Be brief.');
    t.match(reply.usage, { input_tokens: 9, output_tokens: 2, total_tokens: 11 });
  });

  t.test(`the openai SDK streams a reply of ${model}`, async (t) => {
    const runner = pair.openai.responses.stream({ model, input: 'Hi' });
    const deltas: string[] = [];
    runner.on('response.output_text.delta', ({ delta }) => deltas.push(delta));
    const reply = await runner.finalResponse();
    t.same(deltas, ['Hello', ' there'], 'as the model wrote it');
    t.equal(reply.output_text, 'Hello there');
    t.match(reply.usage, { input_tokens: 9, output_tokens: 2 });
  });

  t.test(`the openai SDK has its tools called by ${model}, and answers them`, async (t) => {
    const { openai, upstream } = pair;
    const frames =
      model === claude ? anthropicCalls('Let me look.', calls) : openaiCalls('Let me look.', calls);
    upstream.answer(stream(frames));
    const input: ResponseInputItem[] = [{ role: 'user', content: 'How is the weather in Paris and Oslo?' }];
    const runner = openai.responses.stream({ model, input, tools });
    const pieces: string[] = [];
    runner.on('response.function_call_arguments.delta', ({ delta }) => pieces.push(delta));
    const reply = await runner.finalResponse();
    t.ok(pieces.length > 2, 'arguments come piece by piece');
    const called = reply.output.flatMap((item) => (item.type === 'function_call' ? [item] : []));
    t.match(called, [
      { name: 'weather', arguments: '{"city": "Paris"}', status: 'completed' },
      { name: 'weather', arguments: '{"city": "Oslo"}' },
    ]);
    for (const item of reply.output) input.push(item as ResponseInputItem);
    for (const { call_id } of called) input.push({ type: 'function_call_output', call_id, output: 'rain' });
    const last = await openai.responses.create({ model, input, tools });
    t.equal(last.output_text, 'Hello there', 'a strict service takes the second turn');
  });

  t.test(`a failure of ${model} reaches the openai SDK with its status`, async (t) => {
    const { openai, upstream } = pair;
    const body =
      model === claude
        ? { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } }
        : { error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'slow down' } };
    upstream.answer(json(body, { status: 429 }));
    await t.rejects(openai.responses.create({ model, input: 'Hi' }), { status: 429, message: /slow down/ });
  });

  t.test(`a stream of ${model} that breaks off ends in response.failed`, async (t) => {
    const { openai, upstream } = pair;
    const frames = model === claude ? anthropicCalls('A', calls) : openaiCalls('A', calls);
    upstream.answer(stream(frames.slice(0, 4)));
    const names: string[] = [];
    for await (const event of await openai.responses.create({ model, input: 'Hi', tools, stream: true }))
      names.push(event.type);
    t.equal(names.at(-1), 'response.failed');
    t.notOk(names.includes('response.completed'));
  });
}

t.test('a schema asked for in this dialect reaches every service', async (t) => {
  const { openai, upstream } = pair;
  const text = {
    format: {
      type: 'json_schema' as const,
      name: 'place',
      strict: true,
      schema: { ...schema, additionalProperties: false },
    },
  };
  await openai.responses.create({ model: 'openai/gpt-4o', input: 'Hi', text });
  t.match(upstream.requests.at(-1)?.body.response_format, {
    type: 'json_schema',
    json_schema: { name: 'place' },
  });
});

t.test('namespaces are flat for a service without them, and whole again in its calls', async (t) => {
  const { upstream, post } = pair;
  upstream.answer(stream(openaiCalls('', [{ id: 'call_1', name: 'mail__send', pieces: ['{}'] }])));
  const response = await post('/v1/responses', {
    model: 'openai/gpt-4o',
    input: 'Write',
    stream: true,
    client_metadata: { id: 'x' },
    tools: [
      { type: 'namespace', name: 'mail', description: 'Mail', tools: [{ type: 'function', name: 'send' }] },
    ],
  });
  t.match(upstream.requests.at(-1)?.body.tools, [{ type: 'function', function: { name: 'mail__send' } }]);
  const text = await response.text();
  t.match(text, /"namespace":"mail","name":"send"/);
  t.equal(response.headers.get('x-dragoman-warnings'), null);
});
