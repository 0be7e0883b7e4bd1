import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EmbedRequest } from '@dragoman/plugin-sdk';
import t from 'tap';
import plugin from '../../../plugins/cohere/src/index.ts';
import { told } from '../run.ts';
import { cohere, context, fixtures } from './run.ts';

const manifest = JSON.parse(readFileSync(join(fixtures, '..', 'plugin.json'), 'utf8'));

function embed(request: Partial<EmbedRequest>) {
  const { output, warnings } = cohere.encodeEmbedRequest({ model: 'm', input: ['a'], ...request }, context);
  return { body: output.body, warnings: told(warnings) };
}

t.test('vectors are asked for with what they are for', (t) => {
  t.strictSame(embed({ input: ['a', 'b'], dimensions: 256, encoding: 'base64' }), {
    body: {
      model: 'test-model',
      input_type: 'search_document',
      embedding_types: ['float'],
      texts: ['a', 'b'],
      output_dimension: 256,
    },
    warnings: [],
  });
  t.match(embed({ task: 'RETRIEVAL_QUERY' }), { body: { input_type: 'search_query' }, warnings: [] });
  t.match(embed({ task: 'clustering' }), { body: { input_type: 'clustering' }, warnings: [] });
  t.match(embed({ task: 'SEMANTIC_SIMILARITY' }), {
    body: { input_type: 'search_document' },
    warnings: ['approximated /task'],
  });
  t.strictSame(embed({ endUser: 'ann', extensions: { x: { y: 1 } } }).warnings, [
    'dropped /endUser',
    'dropped /extensions/x/y',
  ]);
  t.end();
});

t.test('images are embedded beside text, tokens are not', (t) => {
  const image = { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AA' } } as const;
  t.match(embed({ input: ['a', image] }).body, {
    texts: undefined,
    inputs: [
      { content: [{ type: 'text', text: 'a' }] },
      { content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }] },
    ],
  });
  t.throws(() => embed({ input: [[1, 2]] }), { code: 'unsupported', path: '/input/0' });
  const far = { ...image, source: { type: 'url', url: 'https://a.example' } } as const;
  t.throws(() => embed({ input: [far] }), { code: 'unsupported', path: '/input/0' });
  t.end();
});

t.test('vectors and their cost are read', (t) => {
  const read = (body: object) =>
    cohere.decodeEmbedResponse({ status: 200, headers: {}, body: JSON.parse(JSON.stringify(body)) }, context)
      .output;
  const meta = { billed_units: { input_tokens: 3, image_tokens: 4 } };
  t.match(read({ embeddings: { float: [[1, 2]] }, meta }), { vectors: [[1, 2]], usage: { inputTokens: 7 } });
  t.strictSame(read({ embeddings: [[1]] }).usage, {});
  t.throws(() => read({ embeddings: { int8: [[1]] } }), { code: 'invalid-input' });
  t.end();
});

t.test('models that neither chat nor embed, or are about to go, are left out', (t) => {
  const { output } = cohere.decodeModels(
    {
      status: 200,
      headers: {},
      body: {
        models: [
          {
            name: 'a',
            endpoints: ['chat'],
            context_length: 1000,
            features: ['tools', 'reasoning', 'json_schema'],
          },
          { name: 'b', endpoints: ['embed', 'embed_image'] },
          { name: 'c', endpoints: ['rerank'] },
          { name: 'd', endpoints: ['chat'], is_deprecated: true },
          { name: 'e', endpoints: ['chat'], context_length: 0, features: ['vision'] },
          { name: 'f', endpoints: ['chat'] },
        ],
      },
    },
    context,
  );
  t.strictSame(output, [
    {
      id: 'a',
      input: ['text'],
      output: ['text'],
      features: ['stream', 'tools', 'reasoning', 'json-schema'],
      contextTokens: 1000,
    },
    { id: 'b', input: ['text', 'image'], output: ['embedding'], features: [] },
    { id: 'e', input: ['text', 'image'], output: ['text'], features: ['stream'] },
    { id: 'f', input: ['text'], output: ['text'], features: [] },
  ]);
  t.throws(() => cohere.decodeModels({ status: 200, headers: {}, body: {} }, context), {
    code: 'invalid-input',
  });
  t.end();
});

t.test('errors are read from whatever the service or a proxy says', (t) => {
  const read = (status: number, body: string | object, headers = {}) =>
    cohere.decodeError({ status, headers, body: JSON.parse(JSON.stringify(body)) }, context).output;
  t.match(read(400, { message: 'invalid request' }), { kind: 'invalid-request', message: 'invalid request' });
  t.match(read(422, { message: 'bad' }), { kind: 'invalid-request' });
  t.match(read(401, { message: 'no api key supplied' }), { kind: 'authentication' });
  t.match(read(404, { message: 'model not found' }), { kind: 'not-found' });
  t.match(read(429, { message: 'Please add a billing method' }), { kind: 'quota' });
  t.match(read(499, { message: 'request cancelled' }), { kind: 'cancelled' });
  t.match(read(503, '<html>'), { kind: 'overloaded', message: /status 503/ });
  t.match(read(500, 'oops', { 'retry-after': 'Thu, 01 Jan 2026 00:00:00 GMT' }), {
    message: 'oops',
    retryAfterMs: 0,
  });
  t.end();
});

t.test('the module has what the manifest promises', (t) => {
  t.strictSame(
    manifest.dialects.map((dialect: { id: string }) => dialect.id),
    Object.keys(plugin.dialects),
  );
  t.strictSame(manifest.dialects[0].roles, ['outbound']);
  t.strictSame(Object.keys(manifest.providers[0].endpoints), ['chat', 'embed', 'rerank', 'models']);
  t.match(manifest.providers[0].auth, [
    { type: 'api-key', place: { prefix: 'Bearer ' }, env: ['COHERE_API_KEY'] },
  ]);
  t.end();
});
