import type { CanonicalRequest, EmbedRequest, ModelInfo } from '@dragoman/plugin-sdk';
import t from 'tap';
import {
  decodeCount,
  decodeCountResponse,
  encodeCount,
  encodeCountRequest,
} from '../../../plugins/gemini/src/count.ts';
import {
  decodeEmbed,
  decodeEmbedResponse,
  encodeEmbed,
  encodeEmbedRequest,
} from '../../../plugins/gemini/src/embed.ts';
import { decodeModels, encodeModel, encodeModels } from '../../../plugins/gemini/src/models.ts';
import { makeContext } from './context.ts';

const context = makeContext();
const path = { path: { model: 'm' }, query: {}, headers: {} };

t.test('contents alone are counted as such, more as a whole request', (t) => {
  const request: CanonicalRequest = {
    model: 'm',
    stream: false,
    maxOutputTokens: 9,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
  };
  const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];
  t.strictSame(encodeCountRequest(request, context).output, { body: { contents } });
  request.messages.unshift({ role: 'system', parts: [{ type: 'text', text: 'A' }] });
  t.match(encodeCountRequest(request, context).output.body, {
    generateContentRequest: {
      model: 'models/gemini-3-flash-preview',
      contents,
      systemInstruction: { parts: [{ text: 'A' }] },
    },
  });
  t.end();
});

t.test('a client may ask for either', (t) => {
  const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];
  const inner = { contents, systemInstruction: { parts: [{ text: 'A' }] } };
  const plain = decodeCount({ ...path, body: { contents } }, context).output;
  const whole = decodeCount({ ...path, body: { generate_content_request: inner } }, context).output;
  t.match(plain.messages, [{ role: 'user' }]);
  t.match(whole.messages, [{ role: 'system' }, { role: 'user' }]);
  t.strictSame(encodeCount({ inputTokens: 3, estimated: true }, context).output, { totalTokens: 3 });
  t.match(decodeCountResponse({ status: 200, headers: {}, body: { totalTokens: 3 } }, context).output, {
    inputTokens: 3,
    estimated: false,
  });
  t.throws(() => decodeCountResponse({ status: 200, headers: {}, body: {} }, context));
  t.end();
});

t.test('one input goes to embedContent, several to batchEmbedContents', (t) => {
  const request: EmbedRequest = { model: 'm', input: ['a'], dimensions: 8, task: 'CLUSTERING' };
  const model = 'models/gemini-3-flash-preview';
  const item = (text: string) => ({
    model,
    content: { parts: [{ text }] },
    taskType: 'CLUSTERING',
    outputDimensionality: 8,
  });
  t.strictSame(encodeEmbedRequest(request, context).output, { endpoint: 'embed', body: item('a') });
  request.input.push('b');
  t.strictSame(encodeEmbedRequest(request, context).output, {
    endpoint: 'batchEmbed',
    body: { requests: [item('a'), item('b')] },
  });
  t.throws(() => encodeEmbedRequest({ model: 'm', input: [[1, 2]] }, context), /not tokens/);
  t.strictSame(encodeEmbedRequest({ ...request, endUser: 'u' }, context).warnings?.[0]?.path, '/endUser');
  t.end();
});

t.test('a client gets one vector or a list, as it asked', (t) => {
  const content = { parts: [{ text: 'a' }, { text: 'b' }] };
  const one = decodeEmbed({ ...path, body: { content, task_type: 'CLUSTERING' } }, context);
  t.match(one.output, { input: ['a\nb'], task: 'CLUSTERING' });
  const many = decodeEmbed({ ...path, body: { requests: [{ content }, { content }] } }, context);
  t.equal(many.output.input.length, 2);
  const response = { model: 'm', vectors: [[1, 2]], usage: {} };
  const write = (memo: typeof one.memo) =>
    encodeEmbed(response, memo === undefined ? context : { ...context, memo }).output;
  t.strictSame(write(one.memo), { embedding: { values: [1, 2] } });
  t.strictSame(write(many.memo), { embeddings: [{ values: [1, 2] }] });
  t.throws(() => decodeEmbed({ ...path, body: {} }, context), /content/);
  t.end();
});

t.test('vectors are read from both replies', (t) => {
  const read = (body: { [key: string]: never } | object) =>
    decodeEmbedResponse({ status: 200, headers: {}, body: { ...body } }, context).output.vectors;
  t.strictSame(read({ embedding: { values: [1] } }), [[1]]);
  t.strictSame(read({ embeddings: [{ values: [1] }, { values: [2] }] }), [[1], [2]]);
  t.throws(() => read({}), /no vector/);
  t.end();
});

t.test('models are listed as the service lists them', (t) => {
  const model: ModelInfo = {
    id: 'gemini/x',
    name: 'X',
    contextTokens: 10,
    maxOutputTokens: 5,
    input: ['text'],
    output: ['text'],
    features: ['stream', 'reasoning'],
  };
  const wire = {
    name: 'models/gemini/x',
    displayName: 'X',
    supportedGenerationMethods: ['generateContent', 'streamGenerateContent', 'countTokens'],
    inputTokenLimit: 10,
    outputTokenLimit: 5,
    thinking: true,
  };
  t.strictSame(encodeModel(model, context).output, wire);
  t.strictSame(encodeModels([model], context).output, { models: [wire] });
  t.end();
});

t.test('the service’s list is read without its prefix and without what neither writes nor embeds', (t) => {
  const body = {
    models: [
      {
        name: 'models/gemini-2.5-pro',
        displayName: 'Gemini 2.5 Pro',
        inputTokenLimit: 1048576,
        outputTokenLimit: 65536,
        supportedGenerationMethods: ['generateContent', 'createCachedContent'],
        thinking: true,
      },
      { name: 'models/gemini-embedding-001', supportedGenerationMethods: ['embedContent'] },
      { name: 'models/veo-3', supportedGenerationMethods: ['predictLongRunning'] },
    ],
  };
  t.match(decodeModels({ status: 200, headers: {}, body }, context).output, [
    {
      id: 'gemini-2.5-pro',
      maxOutputTokens: 65536,
      features: ['stream', 'tools', 'json-schema', 'reasoning', 'prompt-cache'],
    },
    { id: 'gemini-embedding-001', output: ['embedding'] },
  ]);
  t.equal(decodeModels({ status: 200, headers: {}, body }, context).output.length, 2);
  t.throws(() => decodeModels({ status: 200, headers: {}, body: {} }, context), /list of models/);
  t.end();
});
