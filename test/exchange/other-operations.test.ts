import OpenAI from 'openai';
import t from 'tap';
import { startPair } from '../helpers/gateway.ts';

const pair = await startPair(t);
t.afterEach(() => {
  pair.upstream.requests.length = 0;
});

t.test('embeddings come as the openai SDK asks for them', async (t) => {
  const { openai, upstream } = pair;
  for (const model of ['openai/text-embedding-3-small', 'openai-twin/text-embedding-3-small']) {
    upstream.requests.length = 0;
    const one = await openai.embeddings.create({ model, input: 'Hi', encoding_format: 'float' });
    t.same(one.data[0]?.embedding, [0.25, -0.5, 0], model);
    const two = await openai.embeddings.create({ model, input: ['Hi', 'Ho'], encoding_format: 'float' });
    t.match(two.data, [{ index: 0 }, { index: 1, embedding: [0.25, -0.5, 1] }], model);
    t.equal(two.usage.prompt_tokens, 3);
    t.match(upstream.requests[1]?.body, { model: 'text-embedding-3-small', input: ['Hi', 'Ho'] }, model);
  }
});

t.test(
  'embeddings of offline have one length and are the same each time, as floats and as base64',
  async (t) => {
    const { openai } = pair;
    // Without a format the SDK asks for base64 and decodes it.
    const encoded = await openai.embeddings.create({ model: 'offline/embed', input: ['Hi', 'Ho'] });
    const plain = await openai.embeddings.create({
      model: 'offline/embed',
      input: ['Hi', 'Ho'],
      encoding_format: 'float',
    });
    t.equal(encoded.data.length, 2);
    const [first, second] = encoded.data.map(({ embedding }) => embedding);
    t.ok((first?.length ?? 0) > 1);
    t.equal(first?.length, second?.length);
    t.notSame(first, second);
    const close = plain.data[0]?.embedding.every(
      (value, index) => Math.abs(value - (first?.[index] ?? 9)) < 1e-6,
    );
    t.ok(close, 'both formats say the same');
  },
);

t.test('what a provider has no operation for is refused before anything is sent', async (t) => {
  const { openai, upstream } = pair;
  const error = await openai.embeddings
    .create({ model: 'anthropic/claude-sonnet-4-5', input: 'Hi' })
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof OpenAI.UnprocessableEntityError)) throw error;
  t.match(error.headers?.get('x-dragoman-error'), 'GW_TRANSLATE_UNSUPPORTED');
  t.same(upstream.requests, []);
});

t.test('tokens are counted by the upstream, passed through and translated', async (t) => {
  const { anthropic, upstream } = pair;
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  for (const provider of ['anthropic', 'anthropic-twin']) {
    const count = await anthropic.messages.countTokens({
      model: `${provider}/claude-sonnet-4-5`,
      messages,
      system: 'Be brief',
      tools: [{ name: 'weather', input_schema: { type: 'object' } }],
    });
    t.same(count, { input_tokens: 7 }, provider);
    t.match(upstream.requests.at(-1), {
      path: '/v1/messages/count_tokens',
      body: { model: 'claude-sonnet-4-5' },
    });
  }
});

t.test('offline counts tokens for the Anthropic SDK', async (t) => {
  const { anthropic } = pair;
  const messages = [{ role: 'user' as const, content: 'How many are these?' }];
  const { input_tokens } = await anthropic.messages.countTokens({ model: 'offline/chat', messages });
  t.ok(input_tokens > 0);
});

t.test('either SDK lists the models in its own shape', async (t) => {
  const { openai, anthropic, gateway } = pair;
  // What the services list comes when they answer, and must not come between the two.
  await gateway.discover();
  const ids = (await Array.fromAsync(openai.models.list())).map(({ id, object }) => [id, object]);
  t.ok(ids.some(([id, object]) => id === 'offline/chat' && object === 'model'));
  const others = (await Array.fromAsync(anthropic.models.list())).map(({ id, type }) => [id, type]);
  t.ok(others.some(([id, type]) => id === 'offline/chat' && type === 'model'));
  t.same(
    others.map(([id]) => id),
    ids.map(([id]) => id),
    'the same models',
  );
});

t.test('either SDK retrieves a model, slash and all', async (t) => {
  const { openai, anthropic } = pair;
  for (const id of [
    'offline/chat',
    'openai/gpt-4o',
    'anthropic/claude-sonnet-4-5',
    'anthropic/not-in-any-list',
  ]) {
    t.match(await openai.models.retrieve(id), { id, object: 'model' });
    t.match(await anthropic.models.retrieve(id), { id, type: 'model' });
  }
  await t.rejects(openai.models.retrieve('no-such-model'), { status: 404, code: 'model_not_found' });
  await t.rejects(anthropic.models.retrieve('no-such-model'), { status: 404, message: /not_found_error/ });
});
