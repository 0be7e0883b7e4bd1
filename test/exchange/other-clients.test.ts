import t from 'tap';
import { json } from '../helpers/answers.ts';
import { readEnd } from '../helpers/broken-streams.ts';
import { startPair } from '../helpers/gateway.ts';

const pair = await startPair(t);
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});
const claude = 'anthropic/claude-sonnet-4-5';
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const tool = {
  type: 'function',
  function: { name: 'read', description: 'Reads', parameters: { type: 'object', properties: {} } },
};
const call = { id: 'call_abc', type: 'function', function: { name: 'read', arguments: '{}' } };

t.test('qwen-code: a tool message of parts', async (t) => {
  const body = {
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0,
    top_p: 1,
    max_tokens: 8000,
    tools: [tool],
    messages: [
      { role: 'system', content: 'You are Qwen Code.' },
      { role: 'user', content: [{ type: 'text', text: 'Read it' }] },
      { role: 'assistant', content: '', tool_calls: [call] },
      {
        role: 'tool',
        tool_call_id: 'call_abc',
        content: [
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
        ],
      },
    ],
  };
  for (const model of [claude, 'openai/gpt-4o', 'openai-twin/gpt-4o', 'offline/chat']) {
    const reply = await pair.post('/v1/chat/completions', { ...body, model });
    const text = await reply.text();
    t.equal(reply.status, 200, `${model}: ${text}`);
    t.ok(readEnd(text).isSuccess, model);
    t.match(text, /"usage":\{/, model);
  }
  t.match(pair.upstream.requests[0]?.body.messages, [
    { role: 'user' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'call_abc', name: 'read', input: {} }] },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'call_abc', content: [{ text: 'one' }, { text: 'two' }] },
      ],
    },
  ]);
});

t.test('opencode: breakpoints in chat messages reach Claude and not OpenAI', async (t) => {
  const breakpoint = { cache_control: { type: 'ephemeral' } };
  const body = {
    stream: true,
    max_tokens: 32000,
    tools: [tool],
    tool_choice: 'auto',
    messages: [
      { role: 'system', content: 'You are opencode.', ...breakpoint },
      { role: 'user', content: [{ type: 'text', text: 'Hi', ...breakpoint }] },
      { role: 'assistant', content: 'Hello', ...breakpoint },
      { role: 'user', content: 'Again', ...breakpoint },
    ],
  };
  const toClaude = await pair.post('/v1/chat/completions', { ...body, model: claude });
  t.equal(toClaude.status, 200, await toClaude.text());
  t.match(pair.upstream.requests[0]?.body, {
    system: [{ text: 'You are opencode.', cache_control: { type: 'ephemeral' } }],
    messages: [
      { content: [{ cache_control: { type: 'ephemeral' } }] },
      { content: [{ cache_control: { type: 'ephemeral' } }] },
      { content: [{ cache_control: { type: 'ephemeral' } }] },
    ],
  });
  const toOpenai = await pair.post('/v1/chat/completions', { ...body, model: 'openai-twin/gpt-4o' });
  t.equal(toOpenai.status, 200, await toOpenai.text());
  t.notMatch(JSON.stringify(pair.upstream.requests[1]?.body), /cache_control/);
});

t.test(
  'opencode: breakpoints in chat messages are not passed through to OpenAI, which refuses them',
  async (t) => {
    const content = [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }];
    const reply = await pair.post('/v1/chat/completions', {
      model: 'openai/gpt-4o',
      messages: [{ role: 'user', content }],
    });
    t.equal(reply.status, 200, await reply.text());
    t.notMatch(JSON.stringify(pair.upstream.requests[0]?.body), /cache_control/);
  },
);

t.test('the Mistral client: a plain string for a picture, a prefix, an empty cookie', async (t) => {
  const url = `data:image/png;base64,${pixel}`;
  const body = {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: url },
        ],
      },
      { role: 'assistant', content: 'It is', prefix: true },
      { role: 'user', content: 'Go on' },
    ],
  };
  const reply = await pair.post('/v1/chat/completions', { ...body, model: claude }, { cookie: '' });
  t.equal(reply.status, 200, await reply.text());
  t.match(pair.upstream.requests[0]?.body.messages, [
    { content: [{}, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } }] },
    { role: 'assistant' },
    {},
  ]);
  const offline = await pair.post('/v1/chat/completions', { ...body, model: 'offline/chat' });
  t.equal(offline.status, 200);
});

t.test('LangChain: x-api-key and the older version on messages, empty fields in chat', async (t) => {
  const messages = {
    model: claude,
    max_tokens: 2048,
    messages: [{ role: 'user', content: 'Hi' }],
    stop_sequences: undefined,
  };
  const headers = { 'x-api-key': pair.key, 'anthropic-version': '2023-06-01' };
  t.equal((await pair.post('/v1/messages', JSON.parse(JSON.stringify(messages)), headers)).status, 200);
  const chat = {
    model: claude,
    n: 1,
    stream: false,
    messages: [
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'Hi', name: 'lang' },
      { role: 'assistant', content: '', tool_calls: [call], refusal: null, annotations: [] },
      { role: 'tool', tool_call_id: 'call_abc', content: 'one' },
    ],
    tools: [tool],
  };
  const reply = await pair.post('/v1/chat/completions', chat);
  t.equal(reply.status, 200, await reply.text());
});

t.test(
  'the Anthropic API of 2026-10-21 with a Bearer key: replies hold every field it promises',
  async (t) => {
    const headers = { 'anthropic-version': '2026-10-21', authorization: `Bearer ${pair.key}` };
    const body = { model: 'openai/gpt-4o', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };
    const reply = await pair.post('/v1/messages', body, headers);
    const message = (await reply.json()) as Record<string, unknown>;
    for (const field of ['container', 'diagnostics', 'stop_details', 'stop_sequence'])
      t.ok(field in message, field);
    const usage = message.usage as Record<string, unknown>;
    for (const field of [
      'cache_creation',
      'output_tokens_details',
      'server_tool_use',
      'service_tier',
      'speed',
      'inference_geo',
    ]) {
      t.ok(field in usage, field);
    }
    const older = await pair.post('/v1/messages', body, { 'anthropic-version': '2023-06-01' });
    t.notOk('diagnostics' in ((await older.json()) as object), 'and those of before do not');
  },
);

t.test('any dated version of the Anthropic API is accepted', async (t) => {
  for (const version of ['2023-01-01', '2026-10-21', '2027-05-05']) {
    const body = { model: 'offline/chat', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };
    const reply = await pair.post('/v1/messages', body, { 'anthropic-version': version });
    t.equal(reply.status, 200, version);
  }
});

t.test('an echoed message of the openai SDK goes to either provider', async (t) => {
  const { openai } = pair;
  for (const model of [claude, 'openai/gpt-4o', 'openai-twin/gpt-4o']) {
    const first = await openai.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'Hi' }],
    });
    const echoed = first.choices[0]?.message;
    if (echoed === undefined) throw new Error('no message');
    const again = await openai.chat.completions.create({
      model,
      messages: [
        { role: 'user', content: 'Hi' },
        { ...echoed, annotations: [], refusal: null } as never,
        { role: 'user', content: 'More' },
      ],
    });
    t.equal(again.choices[0]?.message.content, 'Hello there', model);
  }
});

t.test(
  'fields nobody knows are never a reason to refuse, and go where their dialect is spoken',
  async (t) => {
    const body = { max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }], client_metadata: { a: 1 } };
    const loose = await startPair(t, {}, { strict: false });
    for (const path of ['/v1/messages', '/v1/chat/completions']) {
      for (const model of [
        claude,
        'openai/gpt-4o',
        'anthropic-twin/claude-sonnet-4-5',
        'openai-twin/gpt-4o',
      ]) {
        const reply = await loose.post(path, { ...body, model });
        t.equal(reply.status, 200, `${path} ${model}`);
        const isOwn = model.startsWith('anthropic') === (path === '/v1/messages');
        t.same(
          loose.upstream.requests.at(-1)?.body.client_metadata,
          isOwn ? { a: 1 } : undefined,
          `${path} ${model}`,
        );
      }
    }
  },
);

t.test('a service that answers a streaming request with a document still gives a stream', async (t) => {
  for (const [path, model] of [
    ['/v1/messages', 'openai/gpt-4o'],
    ['/v1/chat/completions', claude],
  ] as const) {
    pair.upstream.answer((request, response) => {
      const isClaude = request.path === '/v1/messages';
      return json(
        isClaude
          ? {
              id: 'm',
              type: 'message',
              role: 'assistant',
              model: 'c',
              content: [{ type: 'text', text: 'Whole' }],
              stop_reason: 'end_turn',
              stop_sequence: null,
              usage: { input_tokens: 1, output_tokens: 1 },
            }
          : {
              id: 'c',
              object: 'chat.completion',
              created: 1,
              model: 'g',
              choices: [
                { index: 0, message: { role: 'assistant', content: 'Whole' }, finish_reason: 'stop' },
              ],
              usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
            },
      )(request, response);
    });
    const reply = await pair.post(path, {
      model,
      max_tokens: 9,
      stream: true,
      messages: [{ role: 'user', content: 'Hi' }],
    });
    const text = await reply.text();
    t.match(reply.headers.get('content-type'), /event-stream/);
    t.match(text, /Whole/);
    t.ok(readEnd(text).isSuccess);
  }
});
