import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelInfo, UpstreamErrorKind } from '@dragoman/plugin-sdk';
import t from 'tap';
import plugin from '../../../plugins/ollama/src/index.ts';
import { told } from '../run.ts';
import { chat, fixtures, prompt } from './dialects.ts';
import { context } from './run.ts';

const manifest = JSON.parse(readFileSync(join(fixtures, '..', 'plugin.json'), 'utf8'));
const wire = { path: {}, query: {}, headers: {} };

t.test('vectors are asked for as texts, and what is lost is told', (t) => {
  const { output, warnings } = chat.encodeEmbedRequest(
    {
      model: 'm',
      input: ['a', 'b'],
      dimensions: 8,
      task: 'query',
      endUser: 'ann',
      extensions: { x: { y: 1 } },
    },
    context,
  );
  t.strictSame(output, { body: { model: 'test-model', input: ['a', 'b'], dimensions: 8 } });
  t.strictSame(told(warnings), ['dropped /task', 'dropped /endUser', 'dropped /extensions/x/y']);
  t.throws(() => chat.encodeEmbedRequest({ model: 'm', input: [[1, 2]] }, context), {
    code: 'unsupported',
    path: '/input/0',
  });
  t.end();
});

t.test('the older embedding route takes one prompt and gives one vector', (t) => {
  const { output } = prompt.decodeEmbed({ ...wire, body: { model: 'm', prompt: 'red' } }, context);
  t.strictSame(output.input, ['red']);
  const whole = { model: 'm', vectors: [[1, 2]], usage: { inputTokens: 3 } };
  t.strictSame(prompt.encodeEmbed(whole, context).output, { embedding: [1, 2] });
  t.strictSame(chat.encodeEmbed(whole, context).output, {
    model: 'm',
    embeddings: [[1, 2]],
    prompt_eval_count: 3,
  });
  t.throws(() => prompt.decodeEmbed({ ...wire, body: { model: 'm', input: 'red' } }, context), {
    code: 'invalid-input',
    path: '/prompt',
  });
  t.throws(() => chat.decodeEmbed({ ...wire, body: { model: 'm', input: [1] } }, context), {
    code: 'invalid-input',
    path: '/input',
  });
  t.throws(() => chat.decodeEmbedResponse({ status: 200, headers: {}, body: {} }, context), {
    code: 'invalid-input',
  });
  t.end();
});

t.test('models are listed and shown as clients of the service know them', (t) => {
  const model: ModelInfo = {
    id: 'openai/gpt',
    ownedBy: 'openai',
    createdAt: 1_790_000_000,
    contextTokens: 1000,
    input: ['text', 'image'],
    output: ['text'],
    features: ['tools', 'reasoning'],
  };
  t.match(chat.encodeModels([model], context).output, {
    models: [{ name: 'openai/gpt', model: 'openai/gpt', modified_at: '2026-09-21T14:13:20.000Z' }],
  });
  t.match(chat.encodeModel(model, context).output, {
    model_info: { 'general.architecture': 'openai', 'openai.context_length': 1000 },
    capabilities: ['completion', 'vision', 'tools', 'thinking'],
  });
  t.end();
});

t.test('the server’s models are read with as much as it says of them', (t) => {
  const { output } = chat.decodeModels(
    {
      status: 200,
      headers: {},
      body: {
        models: [
          { name: 'a:latest', modified_at: '2026-09-21T16:13:20.277302595+02:00' },
          { model: 'b', capabilities: ['completion', 'vision', 'tools', 'thinking'] },
          { model: 'c', capabilities: ['embedding'] },
          {},
        ],
      },
    },
    context,
  );
  t.strictSame(output, [
    { id: 'a:latest', input: ['text'], output: ['text'], features: [], createdAt: 1_790_000_000 },
    {
      id: 'b',
      input: ['text', 'image'],
      output: ['text'],
      features: ['stream', 'json-schema', 'tools', 'reasoning'],
    },
    { id: 'c', input: ['text'], output: ['embedding'], features: [] },
  ]);
  t.throws(() => chat.decodeModels({ status: 200, headers: {}, body: [] }, context), {
    code: 'invalid-input',
  });
  t.end();
});

t.test('every kind of error has the status by which clients tell it', (t) => {
  const statuses: Record<UpstreamErrorKind, number> = {
    'invalid-request': 400,
    'context-length': 400,
    'content-filter': 400,
    authentication: 401,
    billing: 402,
    permission: 403,
    'not-found': 404,
    conflict: 409,
    'too-large': 413,
    'rate-limit': 429,
    quota: 429,
    cancelled: 499,
    server: 500,
    unknown: 500,
    overloaded: 503,
    timeout: 504,
  };
  for (const [kind, status] of Object.entries(statuses)) {
    const error = { kind: kind as UpstreamErrorKind, message: 'Sorry', retryAfterMs: 1500 };
    t.strictSame(chat.encodeError(error, context).output, {
      status,
      body: { error: 'Sorry' },
      headers: { 'retry-after': '2' },
    });
  }
  t.equal(chat.encodeError({ kind: 'server', message: 'x', status: 502 }, context).output.status, 502);
  t.end();
});

t.test('errors are read from whatever the server or a proxy says', (t) => {
  const read = (status: number, body: string | object, headers = {}) =>
    chat.decodeError({ status, headers, body: JSON.parse(JSON.stringify(body)) }, context).output;
  t.match(read(400, { error: 'input length exceeds the context length' }), { kind: 'context-length' });
  t.match(read(400, { error: '"m" does not support tools' }), { kind: 'invalid-request' });
  t.match(read(401, { error: { message: 'unauthorized', code: 'no_key' } }), {
    kind: 'authentication',
    message: 'unauthorized',
    code: 'no_key',
  });
  t.match(read(502, '<html>Bad gateway</html>'), { kind: 'server', message: /status 502/ });
  t.match(read(429, 'slow down', { 'retry-after': '3' }), { kind: 'rate-limit', retryAfterMs: 3000 });
  t.end();
});

t.test('the module has what the manifest promises', (t) => {
  t.strictSame(
    manifest.dialects.map((dialect: { id: string }) => dialect.id),
    Object.keys(plugin.dialects),
  );
  for (const dialect of manifest.dialects) {
    for (const route of dialect.routes) {
      if (route.operation === 'chat') t.equal(route.streamDefault, true, route.path);
    }
  }
  t.strictSame(Object.keys(manifest.providers[0].endpoints), [
    'chat',
    'generate',
    'embed',
    'embeddings',
    'models',
  ]);
  t.end();
});
