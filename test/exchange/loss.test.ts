import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import t from 'tap';
import { startPair } from '../helpers/gateway.ts';

const pair = await startPair(t);
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});
const strict = { headers: { 'x-dragoman-loss': 'strict' } };
const messages = [{ role: 'user' as const, content: 'Hi' }];
const crossed = { model: 'anthropic/claude-sonnet-4-5', messages };

function warningsOf(headers: Headers): { code: string; path: string; message: string }[] {
  return JSON.parse(headers.get('x-dragoman-warnings') ?? '[]');
}

t.test('what a request loses on its way is told in a header, whole and streaming', async (t) => {
  for (const stream of [false, true]) {
    const reply = await pair.post('/v1/chat/completions', {
      ...crossed,
      stream,
      seed: 7,
      logit_bias: { 50256: -100 },
    });
    await reply.text();
    t.equal(reply.status, 200);
    t.equal(reply.headers.get('x-dragoman-warnings-total'), '2');
    t.match(warningsOf(reply.headers), [
      { code: 'dropped', path: String, message: String },
      { code: 'dropped', path: String, message: String },
    ]);
    t.match(JSON.stringify(warningsOf(reply.headers)), /seed/);
    t.match(JSON.stringify(warningsOf(reply.headers)), /logitBias/);
  }
});

t.test('values that ask for what happens anyway are no loss', async (t) => {
  const idle = {
    n: 1,
    tool_choice: 'auto',
    store: false,
    frequency_penalty: 0,
    presence_penalty: 0,
    logprobs: false,
  };
  const reply = await pair.post('/v1/chat/completions', { ...crossed, ...idle }, strict.headers);
  t.equal(reply.status, 200, await reply.text());
  t.equal(reply.headers.get('x-dragoman-warnings'), null);
  t.equal(reply.headers.get('x-dragoman-warnings-total'), null);
});

t.test('names outside ASCII are told in ASCII, and a long list is cut to whole entries', async (t) => {
  const names = Array.from({ length: 200 }, (_, index) => `größe_${index}`);
  const unknown = Object.fromEntries(names.map((name) => [name, 1]));
  const reply = await pair.post('/v1/chat/completions', { ...crossed, ...unknown });
  const header = reply.headers.get('x-dragoman-warnings') ?? '';
  t.match(header, /^[\x20-\x7e]+$/);
  t.ok(header.length <= 4096);
  t.equal(reply.headers.get('x-dragoman-warnings-total'), '200');
  const told = warningsOf(reply.headers);
  t.ok(told.length > 5 && told.length < 200);
  t.match(told[0]?.path, /größe_0/);
});

t.test(
  'under strict a loss is an UnprocessableEntityError of the openai SDK, and nothing is sent',
  async (t) => {
    for (const stream of [false, true]) {
      const error = await pair.openai.chat.completions
        .create({ ...crossed, stream, seed: 7 }, strict)
        .catch((thrown: unknown) => thrown);
      if (!(error instanceof OpenAI.UnprocessableEntityError)) throw error;
      t.match(error, { status: 422, type: 'invalid_request_error', message: /seed/ });
      t.equal(error.headers?.get('x-dragoman-error'), 'GW_TRANSLATE_LOSS');
    }
    t.same(pair.upstream.requests, []);
  },
);

t.test(
  'under strict a loss is an UnprocessableEntityError of the Anthropic SDK, and nothing is sent',
  async (t) => {
    const body = { model: 'openai/gpt-4o', max_tokens: 100, messages, top_k: 5 };
    const error = await pair.anthropic.messages
      .create(body as never, strict)
      .catch((thrown: unknown) => thrown);
    if (!(error instanceof Anthropic.UnprocessableEntityError)) throw error;
    t.match(error.error, { type: 'error', error: { type: 'invalid_request_error', message: /top_?k/i } });
    t.same(pair.upstream.requests, []);
  },
);

t.test('under strict an approximation is no loss', async (t) => {
  const reply = await pair.post('/v1/chat/completions', { ...crossed, temperature: 1.7 }, strict.headers);
  t.equal(reply.status, 200);
  t.match(warningsOf(reply.headers), [{ code: 'approximated' }]);
  t.equal(pair.upstream.requests[0]?.body.temperature, 1);
});

t.test('a client may tighten what the operator set, and not loosen it', async (t) => {
  const tight = await startPair(t, { translation: { loss: 'strict' } });
  for (const asked of ['allow', 'warn', 'strict']) {
    const reply = await tight.post(
      '/v1/chat/completions',
      { ...crossed, seed: 7 },
      { 'x-dragoman-loss': asked },
    );
    t.equal(reply.status, 422, asked);
  }
  const own = await tight.post('/v1/chat/completions', { model: 'openai/gpt-4o', messages, seed: 7 });
  t.equal(own.status, 200, 'nothing is lost in pass-through');
});

t.test('under strict the next of a route serves what the first would lose', async (t) => {
  const route = { model: 'both', to: ['anthropic/claude-sonnet-4-5', 'openai/gpt-4o'] };
  const routed = await startPair(t, { routes: [route] });
  const reply = await routed.post(
    '/v1/chat/completions',
    { model: 'both', messages, seed: 7 },
    strict.headers,
  );
  t.equal(reply.status, 200);
  t.equal(reply.headers.get('x-dragoman-provider'), 'openai');
  t.equal(routed.upstream.requests.length, 1);
});

t.test('askUsage counts a stream nobody asked to count, and shows the client none of it', async (t) => {
  const asking = await startPair(t, { translation: { askUsage: true } });
  const body = { model: 'openai/gpt-4o', messages, stream: true as const };
  const stream = await asking.openai.chat.completions.create(body);
  let text = '';
  for await (const chunk of stream) {
    t.notOk(chunk.usage);
    t.equal(chunk.choices.length, 1);
    text += chunk.choices[0]?.delta.content ?? '';
  }
  t.equal(text, 'Hello there');
  t.match(asking.upstream.requests[0]?.body, { stream_options: { include_usage: true } });
  const line = asking.lines.findLast(({ message }) => message === 'exchange');
  t.match(line?.fields, { inputTokens: 9, outputTokens: 2 });
});

t.test('without askUsage a stream that does not count is logged as unknown', async (t) => {
  const reply = await pair.post('/v1/chat/completions', { model: 'openai/gpt-4o', messages, stream: true });
  await reply.text();
  t.equal(pair.upstream.requests[0]?.body.stream_options, undefined);
  const line = pair.lines.findLast(({ message }) => message === 'exchange');
  t.ok(line);
  t.notOk(line?.fields.inputTokens);
});
