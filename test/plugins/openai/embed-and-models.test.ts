import type { Json } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeVector, encodeVector } from '../../../plugins/openai/src/base64.ts';
import {
  decodeEmbed,
  decodeEmbedResponse,
  encodeEmbed,
  encodeEmbedRequest,
} from '../../../plugins/openai/src/embed.ts';
import { decodeModels, encodeModel, encodeModels } from '../../../plugins/openai/src/models.ts';
import { told } from '../run.ts';
import { makeContext, withOptions } from './context.ts';

const context = makeContext({ operation: 'embed' });
const read = (body: Json) => decodeEmbed({ path: {}, query: {}, headers: {}, body }, context);

t.test('inputs of every form are read and written back', async (t) => {
  for (const input of ['a', ['a', 'b'], [1, 2], [[1, 2], [3]]]) {
    const request = read({ model: 'e', input }).output;
    const { output } = encodeEmbedRequest(request, { ...context, model: { ...context.model, id: 'e' } });
    t.same(output.body, { model: 'e', input }, JSON.stringify(input));
  }
  for (const input of [5, [{}], ['a', 1], undefined]) {
    t.throws(() => read({ model: 'e', input: input as Json }), { code: 'invalid-input', path: '/input' });
  }
});

t.test('vectors are bytes for clients that want them so', async (t) => {
  const vector = [0.5, -0.25, 3];
  t.equal(encodeVector(vector), Buffer.from(new Float32Array(vector).buffer).toString('base64'));
  for (let length = 0; length < 7; length++) {
    const numbers = Array.from({ length }, (_, index) => index / 4);
    t.same(decodeVector(encodeVector(numbers)), numbers);
  }
  t.equal(decodeVector('AAA'), undefined);
  t.equal(decodeVector('AAAA*A=='), undefined);
  const { memo = null } = read({ model: 'e', input: 'a', encoding_format: 'base64' });
  const reply = { model: 'e', vectors: [vector], usage: { inputTokens: 1 } };
  const encoded = encodeEmbed(reply, { ...context, memo }).output;
  t.match(encoded, {
    data: [{ embedding: encodeVector(vector), index: 0 }],
    usage: { prompt_tokens: 1, total_tokens: 1 },
  });
});

t.test('vectors are read from numbers and bytes, in the order of their index', async (t) => {
  const body = {
    data: [
      { index: 1, embedding: encodeVector([1]) },
      { index: 0, embedding: [0.5] },
    ],
    usage: { prompt_tokens: 2 },
  };
  const { output } = decodeEmbedResponse({ status: 200, headers: {}, body }, context);
  t.match(output, { vectors: [[0.5], [1]], usage: { inputTokens: 2 } });
  for (const broken of [{}, { data: [{ embedding: 'x' }] }, { data: [{}] }]) {
    t.throws(() => decodeEmbedResponse({ status: 200, headers: {}, body: broken }, context), {
      code: 'invalid-input',
    });
  }
  const far = { data: [{ index: 1e9, embedding: [1] }] };
  t.same(decodeEmbedResponse({ status: 200, headers: {}, body: far }, context).output.vectors, [[1]]);
});

t.test('what an embedding service cannot do is told or refused', async (t) => {
  const translated = encodeEmbedRequest(
    { model: 'e', input: ['a'], task: 'query', extensions: { gemini: { title: 'x' } } },
    context,
  );
  t.same(told(translated.warnings ?? []), ['dropped /task', 'dropped /extensions/gemini/title']);
  const media = {
    type: 'media' as const,
    mediaType: 'image/png',
    source: { type: 'base64' as const, data: 'AA' },
  };
  t.throws(() => encodeEmbedRequest({ model: 'e', input: [media] }, context), {
    code: 'unsupported',
    path: '/input/0',
  });
  const plain = encodeEmbedRequest(
    { model: 'e', input: ['a'], encoding: 'base64' },
    withOptions({ embeddingEncoding: 'float' }),
  );
  t.match(plain.output.body, { encoding_format: 'float' });
});

t.test('models are listed as clients expect them', async (t) => {
  const model = {
    id: 'openai/gpt',
    input: ['text' as const],
    output: ['text' as const],
    features: [],
    ownedBy: 'openai',
    contextTokens: 5,
  };
  const entry = {
    id: 'openai/gpt',
    object: 'model',
    created: Math.floor(context.now / 1000),
    owned_by: 'openai',
    context_length: 5,
  };
  t.same(encodeModels([model], context).output, { object: 'list', data: [entry] });
  t.same(encodeModel({ ...model, createdAt: 7 }, context).output, { ...entry, created: 7 });
});

t.test('lists of compatible services are read with their limits', async (t) => {
  const body = {
    data: [
      { id: 'a', created: 3, owned_by: 'x', context_window: 10, max_completion_tokens: 5 },
      {
        id: 'b',
        name: 'Bee',
        context_length: 20,
        architecture: { input_modalities: ['text', 'image', 'file', 'toString'] },
      },
      { object: 'model' },
      'odd',
    ],
  };
  const { output } = decodeModels({ status: 200, headers: {}, body }, context);
  t.match(output, [
    { id: 'a', createdAt: 3, ownedBy: 'x', contextTokens: 10, maxOutputTokens: 5, input: ['text'] },
    { id: 'b', name: 'Bee', contextTokens: 20, input: ['text', 'image', 'pdf'] },
  ]);
  t.equal(output.length, 2);
  t.equal(decodeModels({ status: 200, headers: {}, body: [{ id: 'c' }] }, context).output[0]?.id, 'c');
  t.throws(() => decodeModels({ status: 200, headers: {}, body: {} }, context), { code: 'invalid-input' });
});
