import type { Dialect, Json, JsonObject, TranslateContext } from '@dragoman/plugin-sdk';
import { checkDialect, formatFailures } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import anthropic from '../../../plugins/anthropic/src/index.ts';
import manifest from '../../../plugins/mistral/plugin.json' with { type: 'json' };
import { adaptRequest } from '../../../plugins/mistral/src/adapt-request.ts';
import { adaptResponse } from '../../../plugins/mistral/src/adapt-response.ts';
import { adaptStream } from '../../../plugins/mistral/src/adapt-stream.ts';
import openai from '../../../plugins/openai/src/index.ts';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges } from '../../helpers/exchanges.ts';
import { checkMistralBody } from '../../helpers/strict-mistral.ts';
import { makeContext } from '../openai/context.ts';

const id = 'openai-chat';
const chat = openai.dialects[id];
const options = manifest.providers[0]?.options as JsonObject;
const provider = { id: 'mistral', family: 'mistral', dialect: id, options };
const context = makeContext({ provider });

/** What becomes of a body on its way to the service. */
function adapt(body: JsonObject, changes: Partial<TranslateContext> = {}): [Json, string[]] {
  const { output, warnings = [] } = adaptRequest({ body }, { ...context, ...changes });
  return [output.body, warnings.map(({ code, path }) => `${code} ${path}`)];
}
const messages = (...list: JsonObject[]): JsonObject => ({ model: 'm', messages: list });
const user = { role: 'user', content: 'Hi' };
const called = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'abcdefgh1', type: 'function', function: { name: 'f', arguments: '{}' } }],
};
const result = { role: 'tool', tool_call_id: 'abcdefgh1', content: 'x' };

t.test('only what the service knows is sent, and the rest is told', async (t) => {
  const body = { ...messages(user), seed: 7, top_k: 5, logprobs: false, stream: true, stream_options: {} };
  t.strictSame(adapt(body), [{ ...messages(user), random_seed: 7, stream: true }, ['dropped /top_k']]);
  const named = messages({ ...user, name: 'Ada' });
  t.strictSame(adapt(named), [messages(user), ['dropped /messages/0/name']]);
  t.strictSame(adapt({ ...messages(user), tool_choice: 'required' })[0], {
    ...messages(user),
    tool_choice: 'any',
  });
});

t.test('a tool always has parameters', async (t) => {
  const tools = [{ type: 'function', function: { name: 'f', cache_control: null } }];
  const parameters = { type: 'object', properties: {} };
  t.strictSame(adapt({ ...messages(user), tools })[0], {
    ...messages(user),
    tools: [{ type: 'function', function: { name: 'f', parameters } }],
  });
});

t.test('a tool the service does not have is told, and no choice is left of none', async (t) => {
  const tools = [{ type: 'openrouter:web_search' }];
  t.strictSame(adapt({ ...messages(user), tools, tool_choice: 'auto' }), [
    messages(user),
    ['unsupported /tools/0'],
  ]);
  const own = { ...messages(user), tools: [{ type: 'web_search' }] };
  t.strictSame(adapt(own), [own, []]);
});

t.test('thoughts, documents and sound are parts as the service writes them', async (t) => {
  const said = { role: 'assistant', content: 'Yes', reasoning_content: 'Hm', refusal: null };
  const content = [
    { type: 'file', file: { file_data: 'data:application/pdf;base64,AA', filename: 'a.pdf' } },
    { type: 'file', file: { file_id: 'f1' } },
    { type: 'input_audio', input_audio: { data: 'AA', format: 'mp3' } },
    { type: 'video_url', video_url: { url: 'https://x/y' } },
  ];
  const [body, warnings] = adapt(messages(user, said, { role: 'user', content }));
  t.strictSame((body as { messages: Json[] }).messages.slice(1), [
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] },
        { type: 'text', text: 'Yes' },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'document_url', document_url: 'data:application/pdf;base64,AA', document_name: 'a.pdf' },
        { type: 'file', file_id: 'f1' },
        { type: 'input_audio', input_audio: 'AA' },
      ],
    },
  ]);
  t.strictSame(warnings, ['unsupported /messages/2/content/3']);
});

t.test('the order of roles is one the service takes', async (t) => {
  const [between, told] = adapt(messages(user, called, result, user));
  t.match(between, { messages: [{}, {}, {}, { role: 'assistant', content: 'OK' }, user] });
  t.strictSame(told, ['approximated /messages/3']);
  t.match(adapt(messages(user, { role: 'assistant', content: 'So' })), [
    { messages: [{}, { role: 'assistant', content: 'So', prefix: true }] },
    { length: 0 },
  ]);
  t.match(adapt(messages({ role: 'system', content: 'Be brief' })), [
    { messages: [{ role: 'user', content: 'Be brief' }] },
    ['approximated /messages/0/role'],
  ]);
  t.strictSame(adapt(messages(user, { role: 'assistant', content: '' }, user))[0], messages(user, user));
});

t.test('vectors may be shorter', async (t) => {
  const embed = { operation: 'embed' as const };
  t.strictSame(adapt({ model: 'm', input: ['a'], dimensions: 8 }, embed)[0], {
    model: 'm',
    input: ['a'],
    output_dimension: 8,
  });
});

t.test('a reply is one of Chat Completions', async (t) => {
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] };
  const text = { type: 'text', text: 'Yes' };
  const reply = (message: JsonObject): Json => {
    const body = { choices: [{ index: 0, message }], usage: { prompt_tokens: 3, num_cached_tokens: 2 } };
    return adaptResponse({ status: 200, headers: {}, body }, context).output.body;
  };
  t.match(reply({ content: [thinking, text], tool_calls: null }), {
    choices: [{ message: { content: 'Yes', reasoning_content: 'Hm', tool_calls: undefined } }],
    usage: { prompt_tokens_details: { cached_tokens: 2 } },
  });
  const interleaved = [thinking, text, thinking];
  t.match(
    reply({ content: interleaved }),
    { choices: [{ message: { content: interleaved } }] },
    'in its order',
  );
  const call = { id: 'abcdefgh1', function: { name: 'f', arguments: '{}' } };
  t.match(reply({ content: '', tool_calls: [call] }), {
    choices: [{ message: { tool_calls: [{ type: 'function', id: 'abcdefgh1' }] } }],
  });
});

t.test('what is wrong is said in words, whatever shape it comes in', async (t) => {
  const detail = [{ loc: ['body', 'messages', 0, 'name'], msg: 'Extra inputs are not permitted' }];
  for (const [body, message] of [
    [{ detail }, 'body.messages.0.name: Extra inputs are not permitted'],
    [{ object: 'error', message: { detail } }, 'body.messages.0.name: Extra inputs are not permitted'],
    [{ detail: 'Unauthorized' }, 'Unauthorized'],
    [{ object: 'error', message: 'Slow down', type: 'rate_limited', code: '1300' }, 'Slow down'],
  ] as [JsonObject, string][]) {
    const { output } = adaptResponse({ status: 422, headers: {}, body }, context);
    t.match(output.body, { error: { message } });
    t.equal(chat.decodeError(output, context).output.message, message);
  }
});

/** The dialect with the adapter around its side towards the service. */
const adapted: Dialect = {
  ...chat,
  encodeRequest(request, context) {
    const encoded = chat.encodeRequest(request, context);
    const { output, warnings = [] } = adaptRequest(encoded.output, context);
    return { ...encoded, output, warnings: [...(encoded.warnings ?? []), ...warnings] };
  },
  decodeResponse: (response, context) =>
    chat.decodeResponse(adaptResponse(response, context).output, context),
  decodeStream(input, context) {
    const { items } = adaptStream({ state: null, items: input.items }, context).output;
    return chat.decodeStream({ ...input, items }, context);
  },
};

t.test('recorded traffic holds to the laws through the adapter', { skip: skipWithoutCorpus }, async (t) => {
  const recordings = exchanges('mistral');
  t.ok(recordings.length > 20);
  const results = checkDialect(adapted, {
    id,
    family: 'mistral',
    recordings,
    laws: ['stream-agrees-with-whole', 'batching', 'state-is-json', 'pure', 'grammar', 'cut-anywhere'],
    others: [
      { id: 'anthropic-messages', dialect: anthropic.dialects['anthropic-messages'], family: 'anthropic' },
    ],
  });
  t.ok(results.length > 50);
  t.equal(formatFailures(results), '');
});

t.test(
  'recorded requests of every dialect are requests the service takes',
  { skip: skipWithoutCorpus },
  async (t) => {
    const decoders: [string, Dialect, string][] = [
      ['mistral', chat, id],
      ['openai-chat', chat, id],
      ['anthropic', anthropic.dialects['anthropic-messages'], 'anthropic-messages'],
    ];
    for (const [folder, { decodeRequest }, dialect] of decoders) {
      let count = 0;
      for (const { name, request } of exchanges(folder)) {
        if (request === undefined || decodeRequest === undefined) continue;
        const body = request.body as JsonObject;
        const { output } = decodeRequest({ path: {}, query: {}, headers: {}, body }, context);
        const sent = adapted.encodeRequest?.(output, { ...context, client: { dialect } }).output.body;
        const found = checkMistralBody(JSON.parse(JSON.stringify(sent)) as JsonObject);
        t.equal(found, null, `${folder} ${name} ${JSON.stringify(found?.body)}`);
        count++;
      }
      t.ok(count > 20, `${folder}: ${count}`);
    }
  },
);
