import type { CanonicalEvent, CanonicalResponse, Json, JsonObject } from '@dragoman/plugin-sdk';
import { foldEvents } from '@dragoman/plugin-sdk';
import t from 'tap';
import plugin from '../../../plugins/openai/src/index.ts';
import { json, openaiFrames, stream } from '../../helpers/answers.ts';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { startPair } from '../../helpers/gateway.ts';
import { makeContext } from './context.ts';
import { loadSchema } from './official-schema.ts';

const pair = await startPair(t);
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});
const sent = (): JsonObject => pair.upstream.requests.at(-1)?.body ?? {};
const claude = 'anthropic/claude-sonnet-4-5';
const dialect = plugin.dialects['openai-completions'];
const testContext = makeContext();
const faultsOf: (value: Json) => string[] = skipWithoutCorpus
  ? () => []
  : loadSchema('CreateCompletionResponse');

for (const model of ['openai/gpt-4o', claude]) {
  t.test(`the openai SDK has a prompt completed by ${model}`, async (t) => {
    const reply = await pair.openai.completions.create({ model, prompt: 'Say hello', stop: 'end', seed: 1 });
    t.match(reply.id, /^cmpl-/);
    t.match(reply, {
      object: 'text_completion',
      choices: [{ text: 'Hello there', index: 0, logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
    });
    t.match(JSON.stringify(sent().messages), /Say hello/);
    t.equal(sent().max_completion_tokens ?? sent().max_tokens, 16, "the API's own default");
    t.same(faultsOf(reply as unknown as Json), []);
  });

  t.test(`the openai SDK streams a completion of ${model}`, async (t) => {
    const params = { model, prompt: ['Say hello'], max_tokens: 99, stream: true as const };
    const seen: Json[] = [];
    for await (const chunk of await pair.openai.completions.create(params))
      seen.push(chunk as unknown as Json);
    const texts = (seen as { choices: { text: string; finish_reason: string | null }[] }[]).flatMap(
      ({ choices }) => choices.map(({ text, finish_reason: reason }) => [text, reason]),
    );
    t.same(texts, [
      ['Hello', null],
      [' there', null],
      ['', 'stop'],
    ]);
    for (const chunk of seen) {
      const faults = faultsOf(chunk);
      t.same(
        faults.filter((fault) => !fault.includes('finish_reason')),
        [],
      );
    }
    const withUsage = await pair.openai.completions.create({
      ...params,
      stream_options: { include_usage: true },
    });
    let last: JsonObject = {};
    for await (const chunk of withUsage) last = chunk as unknown as JsonObject;
    t.match(last, { choices: [], usage: { total_tokens: 11 } });
  });

  t.test(`a failure of ${model} reaches the openai SDK`, async (t) => {
    const error = { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'slow down' };
    pair.upstream.answer(json({ type: 'error', error }, { status: 429 }));
    await t.rejects(pair.openai.completions.create({ model, prompt: 'Hi' }), {
      status: 429,
      message: /slow down/,
    });
  });
}

t.test('the prompt comes back first where it is asked for, once', async (t) => {
  const params = { model: claude, prompt: 'Say: ', echo: true };
  const whole = await pair.openai.completions.create(params);
  t.equal(whole.choices[0]?.text, 'Say: Hello there');
  let text = '';
  for await (const chunk of await pair.openai.completions.create({ ...params, stream: true }))
    text += chunk.choices[0]?.text ?? '';
  t.equal(text, 'Say: Hello there');
});

t.test('several candidates and log probabilities have their old forms', async (t) => {
  const entry = (token: string, logprob: number): JsonObject => ({ token, logprob, bytes: null });
  const logprobs = {
    content: [
      { ...entry('He', -0.1), top_logprobs: [entry('He', -0.1), entry('Oh', -2)] },
      { ...entry('y', -0.2), top_logprobs: [] },
    ],
    refusal: null,
  };
  const choice = (index: number, content: string): JsonObject => ({
    index,
    message: { role: 'assistant', content, refusal: null },
    logprobs,
    finish_reason: index === 0 ? 'length' : 'stop',
  });
  const reply = { id: 'chatcmpl-9', object: 'chat.completion', created: 1, model: 'm' };
  pair.upstream.answer(json({ ...reply, choices: [choice(0, 'Hey'), choice(1, 'Hey')] }));
  const made = await pair.openai.completions.create({
    model: 'openai/gpt-4o',
    prompt: '..',
    n: 2,
    logprobs: 2,
    echo: true,
  });
  t.match(sent(), { n: 2, logprobs: true, top_logprobs: 2 });
  t.equal(made.id, 'cmpl-9');
  t.match(made.choices, [
    {
      index: 0,
      text: '..Hey',
      finish_reason: 'length',
      logprobs: {
        tokens: ['He', 'y'],
        token_logprobs: [-0.1, -0.2],
        top_logprobs: [{ He: -0.1, Oh: -2 }, {}],
        text_offset: [2, 4],
      },
    },
    { index: 1, finish_reason: 'stop' },
  ]);
});

t.test('what a chat cannot be asked for is told, and refused under `strict`', async (t) => {
  const body = { model: claude, prompt: 'Hi', suffix: 'end', best_of: 3, n: null, echo: null };
  const reply = await pair.post('/v1/completions', body);
  t.equal(reply.status, 200);
  const told = JSON.parse(reply.headers.get('x-dragoman-warnings') ?? '[]') as { message: string }[];
  t.match(JSON.stringify(told), /suffix/);
  t.match(JSON.stringify(told), /best_of/);
  t.match(JSON.stringify(told), /writes? on/, 'and that the model answers');
  const strict = await pair.post('/v1/completions', body, { 'x-dragoman-loss': 'strict' });
  t.equal(strict.status, 422);
  const plain = { model: claude, prompt: 'Hi', best_of: 1, suffix: null };
  t.equal((await pair.post('/v1/completions', plain, { 'x-dragoman-loss': 'strict' })).status, 200);
});

t.test('a prompt that cannot be sent is refused with its reason', async (t) => {
  for (const [prompt, status, reason] of [
    [['a', 'b'], 422, /several/],
    [[1, 2], 422, /token ids/],
    [[[1], [2]], 422, /token ids/],
    [null, 400, /prompt/],
    [{}, 400, /prompt/],
  ] as [Json, number, RegExp][]) {
    const reply = await pair.post('/v1/completions', { model: claude, prompt });
    t.equal(reply.status, status);
    t.match(await reply.text(), reason);
  }
  t.equal(pair.upstream.requests.length, 0);
});

t.test('a stream that breaks off ends in an error and without [DONE]', async (t) => {
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' };
  const frames = openaiFrames([
    { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', content: 'He' }, finish_reason: null }] },
  ]);
  pair.upstream.answer(stream(frames.slice(0, 1)));
  const reply = await pair.post('/v1/completions', { model: 'openai/gpt-4o', prompt: 'Hi', stream: true });
  const text = await reply.text();
  t.match(text, /"error":\{/);
  t.notMatch(text, /DONE/);
});

t.test('what is no text is left out and told once, streamed and whole alike', async (t) => {
  const events: CanonicalEvent[] = [
    { type: 'response-start', id: 'x', model: 'm' },
    { type: 'part-start', index: 0, part: { type: 'reasoning' } },
    { type: 'part-delta', index: 0, delta: { type: 'reasoning', text: 'hm' } },
    { type: 'part-end', index: 0 },
    { type: 'part-start', index: 1, part: { type: 'text' } },
    { type: 'part-delta', index: 1, delta: { type: 'text', text: 'Yes' } },
    { type: 'part-end', index: 1 },
    { type: 'part-start', index: 2, part: { type: 'tool-call', id: 'c', name: 'f', kind: 'function' } },
    { type: 'part-delta', index: 2, delta: { type: 'tool-input', text: '{}' } },
    { type: 'part-end', index: 2 },
    { type: 'response-end', finish: { reason: 'tool-calls' } },
  ];
  const whole = dialect.encodeResponse(foldEvents(events) as CanonicalResponse, testContext);
  t.match(whole.output, { choices: [{ text: 'Yes', finish_reason: 'stop' }] });
  let state: Json = null;
  const told: string[] = [];
  const texts: Json[] = [];
  for (const event of events) {
    const end = event.type === 'response-end' ? 'complete' : undefined;
    const made = dialect.encodeStream({ state, items: [event], end }, testContext);
    state = JSON.parse(JSON.stringify(made.output.state)) as Json;
    for (const { message } of made.warnings ?? []) told.push(message);
    for (const { data } of made.output.items) texts.push(data);
  }
  t.match(texts, [
    { choices: [{ text: 'Yes' }] },
    { choices: [{ text: '', finish_reason: 'stop' }] },
    '[DONE]',
  ]);
  t.equal(new Set(told).size, told.length);
  t.match(told.join(), /tool_calls/);
  t.same((whole.warnings ?? []).map(({ message }) => message).sort(), told.sort());
});

t.test('the official schema is there to hold replies to', { skip: skipWithoutCorpus }, async (t) => {
  t.not(faultsOf({ id: 'x' }).length, 0);
});
