import { jsonSchemaOutputFormat } from '@anthropic-ai/sdk/helpers/json-schema';
import { standardResponseFormat } from 'openai/helpers/standard-schema';
import t from 'tap';
import { json } from '../helpers/answers.ts';
import { startPair } from '../helpers/gateway.ts';

const pair = await startPair(t);
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});

interface City {
  name: string;
  people: number;
}
const schema = {
  type: 'object',
  properties: { name: { type: 'string' }, people: { type: 'integer' } },
  required: ['name', 'people'],
  additionalProperties: false,
} as const;
const paris = '{"name":"Paris","people":2100000}';
const cityFormat = () =>
  standardResponseFormat(
    { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value: value as City }) } },
    'city',
    { schema },
  );
const question = [{ role: 'user' as const, content: 'Which city?' }];

const fromOpenai = json({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: paris, refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 },
});
const fromClaude = (block: object, stop: string) =>
  json({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [block as never],
    stop_reason: stop,
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 9 },
  });

for (const model of ['openai/gpt-4o', 'openai-twin/gpt-4o']) {
  t.test(`parse() of the openai SDK gets what its schema asks of ${model}`, async (t) => {
    pair.upstream.answer(fromOpenai);
    const reply = await pair.openai.chat.completions.parse({
      model,
      messages: question,
      response_format: cityFormat(),
    });
    t.same(reply.choices[0]?.message.parsed, { name: 'Paris', people: 2_100_000 });
    t.match(pair.upstream.requests[0]?.body.response_format, {
      type: 'json_schema',
      json_schema: { name: 'city', strict: true, schema: { required: ['name', 'people'] } },
    });
  });
}

t.test('parse() of the openai SDK gets what its schema asks of a Claude with output formats', async (t) => {
  pair.upstream.answer(fromClaude({ type: 'text', text: paris }, 'end_turn'));
  const reply = await pair.openai.chat.completions.parse({
    model: 'anthropic/claude-sonnet-4-5',
    messages: question,
    response_format: cityFormat(),
  });
  t.same(reply.choices[0]?.message.parsed, { name: 'Paris', people: 2_100_000 });
  t.match(pair.upstream.requests[0]?.body.output_config, {
    format: { type: 'json_schema', schema: { type: 'object', required: ['name', 'people'] } },
  });
});

t.test(
  'parse() of the openai SDK gets text from a Claude that can only be made to call a tool',
  async (t) => {
    pair.upstream.answer((request, response) => {
      const [tool] = request.body.tools as [{ name: string }];
      t.match(request.body.tool_choice, { type: 'tool', name: tool.name });
      const block = { type: 'tool_use', id: 'toolu_1', name: tool.name, input: JSON.parse(paris) };
      return fromClaude(block, 'tool_use')(request, response);
    });
    const reply = await pair.openai.chat.completions.parse({
      model: 'anthropic/claude-3-5-haiku-20241022',
      messages: question,
      response_format: cityFormat(),
    });
    t.equal(reply.choices[0]?.finish_reason, 'stop');
    t.notOk(reply.choices[0]?.message.tool_calls?.length);
    t.same(reply.choices[0]?.message.parsed, { name: 'Paris', people: 2_100_000 });
  },
);

const output_config = () => ({ format: jsonSchemaOutputFormat(schema) });

for (const model of ['anthropic/claude-sonnet-4-5', 'anthropic-twin/claude-sonnet-4-5']) {
  t.test(`parse() of the Anthropic SDK gets what its schema asks of ${model}`, async (t) => {
    pair.upstream.answer(fromClaude({ type: 'text', text: paris }, 'end_turn'));
    const reply = await pair.anthropic.messages.parse({
      model,
      max_tokens: 100,
      messages: question,
      output_config: output_config(),
    });
    t.same(reply.parsed_output, { name: 'Paris', people: 2_100_000 });
    t.match(pair.upstream.requests[0]?.body.output_config, { format: { type: 'json_schema' } });
  });
}

t.test('parse() of the Anthropic SDK gets what its schema asks of an OpenAI provider', async (t) => {
  pair.upstream.answer(fromOpenai);
  const reply = await pair.anthropic.messages.parse({
    model: 'openai/gpt-4o',
    max_tokens: 100,
    messages: question,
    output_config: output_config(),
  });
  t.same(reply.parsed_output, { name: 'Paris', people: 2_100_000 });
  t.match(pair.upstream.requests[0]?.body.response_format, {
    type: 'json_schema',
    json_schema: { schema: { type: 'object', required: ['name', 'people'] } },
  });
});

t.test('offline fills any schema, for both SDKs, whole and streaming', async (t) => {
  const model = 'offline/chat';
  const reply = await pair.openai.chat.completions.parse({
    model,
    messages: question,
    response_format: cityFormat(),
  });
  t.match(reply.choices[0]?.message.parsed, { name: String, people: Number });
  const streamed = pair.openai.chat.completions.stream({
    model,
    messages: question,
    response_format: cityFormat(),
  });
  t.same((await streamed.finalChatCompletion()).choices[0]?.message.parsed, reply.choices[0]?.message.parsed);
  const other = await pair.anthropic.messages.parse({
    model,
    max_tokens: 100,
    messages: question,
    output_config: output_config(),
  });
  t.same(other.parsed_output, reply.choices[0]?.message.parsed);
});
