import type { CanonicalResponse, Json, JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeResponse } from '../../../plugins/openai/src/decode-response.ts';
import { encodeResponse } from '../../../plugins/openai/src/encode-response.ts';
import { told } from '../run.ts';
import { makeContext } from './context.ts';
import { reply } from './run.ts';

const context = makeContext();

function read(message: JsonObject, changes: JsonObject = {}, usage?: Json): CanonicalResponse {
  const choice = { index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop', ...changes };
  const body = { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices: [choice], usage };
  return decodeResponse({ status: 200, headers: {}, body }, context).output;
}

function write(changes: Partial<CanonicalResponse>, memo?: Json) {
  const translated = encodeResponse(reply(changes), memo === undefined ? context : makeContext({ memo }));
  const body = JSON.parse(JSON.stringify(translated.output)) as {
    choices: { message: JsonObject }[];
  } & JsonObject;
  return { body, message: body.choices[0]?.message, warnings: told(translated.warnings ?? []) };
}

t.test('a body that is no reply is refused', async (t) => {
  for (const body of ['<html>', {}, { choices: 'none' }]) {
    t.throws(() => decodeResponse({ status: 200, headers: {}, body }, context), { name: 'TranslateError' });
  }
});

t.test('parts stand in the order they are thought: reasoning, text, refusal, calls', async (t) => {
  const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } };
  t.match(read({ content: 'a', reasoning_content: 'hm', tool_calls: [call], refusal: 'no' }).parts, [
    { type: 'reasoning' },
    { type: 'text' },
    { type: 'refusal' },
    { type: 'tool-call', id: 'c1' },
  ]);
});

t.test('places of other kinds that a service fills with nothing are nothing', async (t) => {
  const call = {
    id: 'c1',
    type: 'function',
    function: { name: 'f', arguments: '{}' },
    custom: { name: '', input: '' },
  };
  const empty = {
    annotations: null,
    audio: { data: '', id: '' },
    function_call: { name: '', arguments: '' },
    refusal: '',
  };
  t.match(read({ content: '', ...empty, tool_calls: [call] }, { finish_reason: '' }), {
    parts: [{ type: 'tool-call', kind: 'function', name: 'f' }],
    finish: { reason: 'tool-calls' },
  });
});

t.test('words of compatible services for the finish reason', async (t) => {
  const reasons = {
    stop: 'stop',
    eos: 'stop',
    model_length: 'length',
    function_call: 'tool-calls',
    content_filter: 'content-filter',
    odd: 'other',
  };
  for (const [word, reason] of Object.entries(reasons)) {
    t.same(read({ content: 'a' }, { finish_reason: word }).finish, { reason, raw: word });
  }
});

t.test('thinking in the content is reasoning', async (t) => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
    { type: 'text', text: 'a' },
  ];
  t.match(read({ content }).parts, [
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'a' },
  ]);
});

t.test('choices are ordered by their index', async (t) => {
  const choice = (index: number, content: string) => ({
    index,
    message: { role: 'assistant', content },
    finish_reason: 'stop',
  });
  const body = { choices: [choice(1, 'b'), choice(0, 'a')] };
  const response = decodeResponse({ status: 200, headers: {}, body }, context).output;
  t.match(response, { parts: [{ text: 'a' }], candidates: [{ parts: [{ text: 'b' }] }] });
});

t.test('usage counts reasoning and cache hits wherever a service writes them', async (t) => {
  const usageOf = (usage: Json) => read({ content: 'a' }, {}, usage).usage;
  t.match(
    usageOf({
      prompt_tokens: 10,
      completion_tokens: 8,
      total_tokens: 18,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
      completion_tokens_details: { reasoning_tokens: 5 },
    }),
    { inputTokens: 10, outputTokens: 8, cacheReadTokens: 4, cacheWriteTokens: 2, reasoningTokens: 5 },
  );
  t.match(usageOf({ prompt_tokens: 10, completion_tokens: 8, prompt_cache_hit_tokens: 3 }), {
    cacheReadTokens: 3,
  });
  const beside = {
    prompt_tokens: 12,
    completion_tokens: 2,
    total_tokens: 354,
    completion_tokens_details: { reasoning_tokens: 340 },
  };
  t.equal(usageOf(beside).outputTokens, 342, 'the total shows that reasoning is counted beside');
  t.same(usageOf(null), {});
});

t.test('a reply of another dialect has every field clients rely on', async (t) => {
  const { body } = write({
    id: '',
    createdAt: 5,
    usage: { inputTokens: 3, outputTokens: 5, cacheReadTokens: 1 },
    serviceTier: 'standard',
  });
  t.match(body, {
    id: /^chatcmpl-\w+$/,
    object: 'chat.completion',
    created: 5,
    model: 'claude',
    service_tier: 'default',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 3,
      completion_tokens: 5,
      total_tokens: 8,
      prompt_tokens_details: { cached_tokens: 1 },
    },
  });
});

t.test('texts become one, calls keep their order, no text is null', async (t) => {
  const call = { type: 'tool-call', id: 'c', name: 'f', kind: 'function', input: '' } as const;
  t.equal(
    write({ parts: [{ type: 'text', text: 'a' }, call, { type: 'text', text: 'b' }] }).message?.content,
    'ab',
  );
  t.match(write({ parts: [call] }).message, {
    content: null,
    tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
  });
});

t.test('signed reasoning can come back to its owner', async (t) => {
  const signature = { dialect: 'anthropic-messages', family: 'anthropic', value: 'sig' };
  const { message } = write({
    parts: [
      { type: 'reasoning', text: 'hm', signature },
      { type: 'reasoning', text: '', redacted: true, signature },
    ],
  });
  t.match(message, {
    reasoning_content: 'hm',
    reasoning_details: [
      { type: 'reasoning.text', text: 'hm', signature: 'sig', format: 'anthropic-claude-v1' },
      { type: 'reasoning.encrypted', data: 'sig', format: 'anthropic-claude-v1' },
    ],
  });
  const back = read(message ?? {});
  t.match(back.parts, [
    { type: 'reasoning', text: 'hm', signature: { family: 'anthropic', value: 'sig' } },
    { type: 'reasoning', redacted: true, signature: { family: 'anthropic', value: 'sig' } },
  ]);
});

t.test('citations of pages are annotations, others are told', async (t) => {
  const citations = [{ url: 'https://example.com', title: 'E' }, { quote: 'from a file' }];
  const { message, warnings } = write({ parts: [{ type: 'text', text: 'Sun', citations }] });
  t.same(message?.annotations, [
    {
      type: 'url_citation',
      url_citation: { url: 'https://example.com', title: 'E', start_index: 0, end_index: 3 },
    },
  ]);
  t.same(warnings, ['dropped /parts/0/citations']);
});

t.test('images and sound have places, other media is told', async (t) => {
  const { message, warnings } = write({
    parts: [
      { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' } },
      { type: 'media', mediaType: 'audio/wav', source: { type: 'base64', data: 'BBBB' } },
      { type: 'media', mediaType: 'video/mp4', source: { type: 'url', url: 'https://example.com/a.mp4' } },
    ],
  });
  t.match(message, { images: [{ type: 'image_url', index: 0 }], audio: { data: 'BBBB' } });
  t.same(warnings, ['dropped /parts/2']);
});

t.test('what only its own client can read is told', async (t) => {
  const { warnings } = write({
    parts: [
      { type: 'tool-call', id: 's', name: 'web_search', kind: 'hosted', input: '{}' },
      { type: 'tool-result', callId: 's', hosted: true, output: [] },
      { type: 'opaque', dialect: 'anthropic-messages', value: {} },
    ],
  });
  t.same(warnings, ['dropped /parts/0', 'dropped /parts/1', 'dropped /parts/2']);
});

t.test('a client of functions gets a function call', async (t) => {
  const call = { type: 'tool-call', id: 'c', name: 'f', kind: 'function', input: '{}' } as const;
  const { body } = write({ parts: [call], finish: { reason: 'tool-calls' } }, { functions: true });
  t.match(body.choices, [
    { message: { function_call: { name: 'f', arguments: '{}' } }, finish_reason: 'function_call' },
  ]);
});

t.test(
  'an answer the provider broke off is a failure to another dialect’s client, and as it came to its own',
  async (t) => {
    const cases: [JsonObject, object][] = [
      [{ finish_reason: 'insufficient_system_resource' }, { kind: 'server', message: /insufficient_system/ }],
      [
        { finish_reason: 'error', error: { code: 502, message: 'bad' } },
        { status: 502, message: 'bad' },
      ],
    ];
    for (const [changes, upstream] of cases) {
      t.throws(() => read({ content: 'Half' }, changes), { code: 'upstream', upstream });
    }
    const choice = { index: 0, message: { role: 'assistant', content: 'Half' }, finish_reason: 'error' };
    const own = makeContext({ client: { dialect: 'openai-chat' } });
    const wire = { status: 200, headers: {}, body: { choices: [choice] } };
    t.match(decodeResponse(wire, own).output, { parts: [{ text: 'Half' }], finish: { raw: 'error' } });
  },
);
