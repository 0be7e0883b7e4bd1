import type Anthropic from '@anthropic-ai/sdk';
import type { Json } from '@dragoman/plugin-sdk';
import { GoogleGenAI } from '@google/genai';
import t from 'tap';
import { json } from '../helpers/answers.ts';
import { type Answer, startFakeUpstream } from '../helpers/fake-upstream.ts';
import { startTestGateway } from '../helpers/gateway.ts';

/** Counts where the real services do, and has no such path elsewhere, in the words of common servers. */
const service: Answer = (request, response) => {
  const answers: Record<string, Json> = {
    '/v1/messages/count_tokens': { input_tokens: 11 },
    '/v1/responses/input_tokens': { object: 'response.input_tokens', input_tokens: 12 },
    '/v1beta/models/gemini-2.5-flash:countTokens': { totalTokens: 13 },
  };
  const body = answers[request.path];
  const answer = body === undefined ? json({ detail: 'Not Found' }, { status: 404 }) : json(body);
  return answer(request, response);
};
const upstream = await startFakeUpstream({ strict: false });
t.teardown(() => upstream.close());
upstream.always(service);
const credentials = [{ name: 'test', key: upstream.key }];
const at = (path: string, more = {}) => ({
  allowPrivate: true,
  retries: 0,
  credentials,
  baseUrl: upstream.origin + path,
  ...more,
});
const { url, key, anthropic, openai, post } = await startTestGateway(t, null, {
  providers: {
    anthropic: at(''),
    openai: at('/v1'),
    gemini: at(''),
    cohere: at(''),
    ollama: at(''),
    bare: at('/elsewhere/v1', { use: 'openai-compatible' }),
    'claude-like': at('/elsewhere', { use: 'anthropic-compatible' }),
    offline: {},
  },
});
const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
t.beforeEach(() => {
  upstream.requests.length = 0;
});

const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'How many tokens are in this?' }];
const tool: Anthropic.Tool = {
  name: 'weather',
  description: 'Tells the weather of a place',
  input_schema: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
};

function countAs(model: string, more: Partial<Anthropic.MessageCountTokensParams> = {}) {
  return anthropic.messages.countTokens({ model, messages, ...more }).withResponse();
}

t.test('the Anthropic SDK is told what the services with a count of their own say', async (t) => {
  const counts = {
    'anthropic/claude-sonnet-4-5': 11,
    'openai/gpt-5.6-sol': 12,
    'gemini/gemini-2.5-flash': 13,
  };
  for (const [model, tokens] of Object.entries(counts)) {
    const { data, response } = await countAs(model, { system: 'Be brief', tools: [tool] });
    t.equal(data.input_tokens, tokens, model);
    t.equal(response.headers.get('x-dragoman-estimated'), null, model);
  }
  const [, toOpenai, toGemini] = upstream.requests;
  t.same(Object.keys(toOpenai?.body ?? {}).sort(), ['input', 'model', 'tools']);
  t.match(toOpenai?.body, { model: 'gpt-5.6-sol', tools: [{ name: 'weather' }] });
  t.match(toGemini?.body, { generateContentRequest: { systemInstruction: {}, tools: [{}] } });
});

t.test('other services get an estimate, which says that it is one', async (t) => {
  for (const model of ['cohere/command-a-03-2025', 'ollama/llama3.2', 'bare/some-model']) {
    const { data, response } = await countAs(model);
    // 7 tokens of text, as tiktoken counts them, and 7 of marks.
    t.equal(data.input_tokens, 7 + 7, model);
    t.equal(response.headers.get('x-dragoman-estimated'), 'true', model);
    t.match(response.headers.get('x-dragoman-warnings'), /"approximated".*o200k_base/, model);
  }
  t.same(upstream.requests, [], 'and nothing was sent for it');
});

t.test(
  'a service that turns out to have no count is estimated for; an unknown model is an error',
  async (t) => {
    const { data, response } = await countAs('claude-like/some-model');
    t.equal(data.input_tokens, 7 + 7);
    t.match(response.headers.get('x-dragoman-warnings'), /answered 404/);
    t.equal(upstream.requests[0]?.path, '/elsewhere/v1/messages/count_tokens');
    const missing = { type: 'error', error: { type: 'not_found_error', message: 'model: claude-none' } };
    upstream.answer(json(missing, { status: 404 }));
    await t.rejects(countAs('anthropic/claude-none'), { status: 404, message: /not_found_error/ });
    upstream.answer(json({ type: 'error', error: { type: 'api_error', message: 'no' } }, { status: 500 }));
    await t.rejects(countAs('anthropic/claude-sonnet-4-5'), { status: 500, message: /api_error/ });
    upstream.answer(json({ choices: [] }));
    const unread = { status: 502, message: /Provider 'openai' sent an answer that cannot be read/ };
    await t.rejects(countAs('openai/gpt-5'), unread, 'an answer that is none names the provider');
  },
);

t.test('system, tools, calls, results, images and documents all add to an estimate', async (t) => {
  const plain = (await countAs('bare/m')).data.input_tokens;
  const more = async (extra: Partial<Anthropic.MessageCountTokensParams>) =>
    (await countAs('bare/m', extra)).data.input_tokens - plain;
  const with_ = (content: Anthropic.ContentBlockParam[]) => ({
    messages: [...messages, { role: 'user' as const, content }],
  });
  t.equal(await more({ system: 'Be brief' }), 4 + 2);
  const tools = await more({ tools: [tool] });
  t.ok(tools > 64 + 20 && tools < 64 + 60, `a tool adds ${tools}`);
  t.ok((await more({ tools: [tool], tool_choice: { type: 'tool', name: 'weather' } })) > tools);
  const use = { type: 'tool_use' as const, id: 'toolu_1', name: 'weather', input: { place: 'Rome' } };
  const result = { type: 'tool_result' as const, tool_use_id: 'toolu_1', content: 'Sunny' };
  const called = { role: 'assistant' as const, content: [use] };
  const answered = { role: 'user' as const, content: [result] };
  const calls = await more({ tools: [tool], messages: [...messages, called, answered] });
  t.ok(calls - tools > 15 && calls - tools < 40, `a call and its result add ${calls - tools}`);

  const image = (data: string, type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp') =>
    with_([{ type: 'image', source: { type: 'base64', media_type: type, data } }]);
  // A message's own 4, and 750 pixels a token after the longer side was brought to 1,568.
  t.equal(await more(image(png(1000, 750), 'image/png')), 4 + 1000);
  t.equal(await more(image(png(15_680, 1568), 'image/png')), 4 + Math.ceil((1568 * 156.8) / 750));
  t.equal(await more(image(jpeg(1000, 750), 'image/jpeg')), 4 + 1000);
  t.equal(await more(image(gif(1000, 750), 'image/gif')), 4 + 1000);
  t.equal(await more(image(webp(1000, 750), 'image/webp')), 4 + 1000);
  t.equal(await more(image(png(8, 8), 'image/png')), 4 + 85);
  t.equal(
    await more(with_([{ type: 'image', source: { type: 'url', url: 'https://a.b/c.png' } }])),
    4 + 1590,
  );
  const pdf = Buffer.from('%PDF-1.4 /Type /Pages /Type /Page /Type/Page').toString('base64');
  const document = { type: 'base64' as const, media_type: 'application/pdf' as const, data: pdf };
  t.equal(await more(with_([{ type: 'document', source: document }])), 4 + 2 * 2250);
});

t.test('a large body, and text made to be slow, are counted off the main thread', async (t) => {
  const text = 'The quick brown fox jumps over the lazy dog. '.repeat(20_000);
  const began = performance.now();
  let longest = 0;
  let last = began;
  const watch = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  const slow = `${'a'.repeat(200_000)}${' '.repeat(200_000)}<|endoftext|>`;
  const content = [
    { type: 'text' as const, text },
    { type: 'text' as const, text: slow },
  ];
  const { data } = await countAs('bare/m', { messages: [{ role: 'user', content }] });
  clearInterval(watch);
  t.ok(data.input_tokens > 200_000 + 25_000 && data.input_tokens < 240_000, `${data.input_tokens} tokens`);
  t.ok(performance.now() - began < 20_000);
  t.comment(`longest block ${longest.toFixed(1)} ms`);
});

t.test('Gemini and OpenAI clients count at any provider too', async (t) => {
  for (const [model, tokens] of [
    ['gemini/gemini-2.5-flash', 13],
    ['anthropic/claude-sonnet-4-5', 11],
    ['openai/gpt-5.6-sol', 12],
    ['cohere/command-a-03-2025', 2 + 7],
  ] as const) {
    t.equal((await google.models.countTokens({ model, contents: 'Hello world' })).totalTokens, tokens, model);
    const counted = await openai.responses.inputTokens.count({ model, input: 'Hello world' });
    t.same(counted, { object: 'response.input_tokens', input_tokens: tokens }, model);
  }
  const refused = await post('/v1/responses/input_tokens', { model: 'cohere/x', input: 7 });
  t.equal(refused.status, 400);
});

t.test('the turns a request continues count as well', async (t) => {
  const { id } = await openai.responses.create({
    model: 'offline/chat',
    input: 'How many tokens are in this?',
  });
  const count = (more: object) =>
    openai.responses.inputTokens.count({ model: 'cohere/command-a-03-2025', input: 'Hello world', ...more });
  const alone = (await count({})).input_tokens;
  const after = (await count({ previous_response_id: id })).input_tokens;
  t.ok(after >= alone + 7 + 4, `${alone} tokens alone, ${after} after what was said`);
  await t.rejects(count({ previous_response_id: 'resp_none' }), { message: /resp_none/ });
});

function png(width: number, height: number): string {
  const data = Buffer.alloc(40);
  data.write('\x89PNG\r\n\x1a\n', 'latin1');
  data.writeUInt32BE(width, 16);
  data.writeUInt32BE(height, 20);
  return data.toString('base64');
}

function jpeg(width: number, height: number): string {
  const data = Buffer.alloc(60);
  // The mark of the file, a comment of 16 bytes, the frame.
  data.set([0xff, 0xd8, 0xff, 0xfe, 0, 16], 0);
  data.set([0xff, 0xc2, 0, 17, 8], 20);
  data.writeUInt16BE(height, 25);
  data.writeUInt16BE(width, 27);
  return data.toString('base64');
}

function gif(width: number, height: number): string {
  const data = Buffer.alloc(40);
  data.write('GIF89a', 'latin1');
  data.writeUInt16LE(width, 6);
  data.writeUInt16LE(height, 8);
  return data.toString('base64');
}

function webp(width: number, height: number): string {
  const data = Buffer.alloc(40);
  data.write('RIFF....WEBPVP8X', 'latin1');
  data.writeUIntLE(width - 1, 24, 3);
  data.writeUIntLE(height - 1, 27, 3);
  return data.toString('base64');
}
