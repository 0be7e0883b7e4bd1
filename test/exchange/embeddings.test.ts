import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import t from 'tap';
import { json } from '../helpers/answers.ts';
import { type Answer, type ReceivedRequest, startFakeUpstream } from '../helpers/fake-upstream.ts';
import { startTestGateway } from '../helpers/gateway.ts';

/** Exact in 32 bits, so that base64 gives them back as they were. */
const vectorOf = (index: number): number[] => [0.25, -0.5, index];

/** A service's own fields and no others; what it needs beside; how many inputs there are; how it answers. */
interface Service {
  model: string;
  fields: string[];
  needs: string[];
  count(body: JsonObject): number;
  reply(vectors: number[][], body: JsonObject): Json;
}
const listed = (input: Json | undefined): number =>
  Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1;

const services: Record<string, Service> = {
  '/v1/embeddings': {
    model: 'openai/text-embedding-3-small',
    fields: ['model', 'input', 'dimensions', 'encoding_format', 'user'],
    needs: ['model', 'input'],
    count: (body) => listed(body.input),
    reply: (vectors, body) => ({
      object: 'list',
      model: 'text-embedding-3-small',
      data: vectors.map((vector, index) => {
        const packed = Buffer.from(new Float32Array(vector).buffer).toString('base64');
        return { object: 'embedding', index, embedding: body.encoding_format === 'base64' ? packed : vector };
      }),
      usage: { prompt_tokens: 5, total_tokens: 5 },
    }),
  },
  '/v1beta/models/gemini-embedding-001:embedContent': {
    model: 'gemini/gemini-embedding-001',
    fields: ['model', 'content', 'taskType', 'outputDimensionality', 'title'],
    needs: ['content'],
    count: () => 1,
    reply: ([values]) => ({ embedding: { values: values ?? [] } }),
  },
  '/v1beta/models/gemini-embedding-001:batchEmbedContents': {
    model: 'gemini/gemini-embedding-001',
    fields: ['requests'],
    needs: ['requests'],
    count: (body) => listed(body.requests),
    reply: (vectors) => ({ embeddings: vectors.map((values) => ({ values })) }),
  },
  '/api/embed': {
    model: 'ollama/all-minilm',
    fields: ['model', 'input', 'dimensions', 'truncate', 'options', 'keep_alive'],
    needs: ['model', 'input'],
    count: (body) => listed(body.input),
    reply: (vectors) => ({ model: 'all-minilm', embeddings: vectors, prompt_eval_count: 5 }),
  },
  '/api/embeddings': {
    model: 'ollama/all-minilm',
    fields: ['model', 'prompt', 'options', 'keep_alive'],
    needs: ['model', 'prompt'],
    count: () => 1,
    reply: ([vector]) => ({ embedding: vector ?? [] }),
  },
  '/v2/embed': {
    model: 'cohere/embed-v4.0',
    fields: ['model', 'texts', 'inputs', 'input_type', 'embedding_types', 'output_dimension'],
    needs: ['model', 'input_type', 'embedding_types'],
    count: (body) => listed(body.texts ?? body.inputs),
    reply: (vectors) => ({
      id: 'e1',
      embeddings: { float: vectors },
      meta: { billed_units: { input_tokens: 5 } },
    }),
  },
};

const strict: Answer = (request, response) => {
  const service = services[request.path];
  const refuse = (message: string) => json({ error: { message } }, { status: 400 })(request, response);
  if (service === undefined) return refuse(`no path ${request.path}`);
  for (const key in request.body) if (!service.fields.includes(key)) return refuse(`unknown field ${key}`);
  for (const key of service.needs) if (request.body[key] === undefined) return refuse(`missing ${key}`);
  const vectors = Array.from({ length: service.count(request.body) }, (_, index) => vectorOf(index));
  return json(service.reply(vectors, request.body))(request, response);
};

const upstream = await startFakeUpstream({ strict: false });
t.teardown(() => upstream.close());
upstream.always(strict);
const at = (path: string) => ({
  allowPrivate: true,
  retries: 0,
  credentials: [{ name: 'test', key: upstream.key }],
  baseUrl: upstream.origin + path,
});
const providers = { openai: at('/v1'), gemini: at(''), ollama: at(''), cohere: at('') };
const { url, key, openai, post } = await startTestGateway(t, null, { providers });
const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
const ollama = new Ollama({ host: url, headers: { authorization: `Bearer ${key}` } });
const models = [...new Set(Object.values(services).map(({ model }) => model))];
const last = (): ReceivedRequest => upstream.requests.at(-1) as ReceivedRequest;
const texts = ['Hi', 'Ho'];
const both = [vectorOf(0), vectorOf(1)];

for (const model of models) {
  t.test(`every client's vectors come from ${model}`, async (t) => {
    const floats = await openai.embeddings.create({ model, input: texts, encoding_format: 'float' });
    t.same(
      floats.data.map(({ embedding }) => embedding),
      both,
      'openai, as numbers',
    );
    // Gemini does not say what vectors cost.
    t.equal(floats.usage.prompt_tokens, model.startsWith('gemini') ? 0 : 5);
    const packed = await openai.embeddings.create({ model, input: 'Hi' });
    t.same(packed.data[0]?.embedding, both[0], 'openai, as the base64 its SDK asks for by itself');
    const raw = await post('/v1/embeddings', { model, input: texts, encoding_format: 'base64' });
    const { data } = (await raw.json()) as { data: { embedding: string }[] };
    t.equal(typeof data[1]?.embedding, 'string');
    t.equal(Buffer.from(data[1]?.embedding ?? '', 'base64').readFloatLE(8), 1);

    const contents = await google.models.embedContent({ model, contents: texts });
    t.same(
      contents.embeddings?.map(({ values }) => values),
      both,
      'google, several',
    );
    const one = await post(`/v1beta/models/${model}:embedContent`, { content: { parts: [{ text: 'Hi' }] } });
    t.match(await one.json(), { embedding: { values: both[0] } }, 'google, one');

    t.same((await ollama.embed({ model, input: texts })).embeddings, both, 'ollama');
    t.same((await ollama.embeddings({ model, prompt: 'Hi' })).embedding, both[0], "ollama's older route");
  });
}

t.test('the number of dimensions is asked for in the words of the service', async (t) => {
  const field: Record<string, string> = {
    openai: 'dimensions',
    gemini: 'outputDimensionality',
    ollama: 'dimensions',
    cohere: 'output_dimension',
  };
  for (const model of models) {
    const name = field[model.split('/')[0] ?? ''] ?? '';
    const replies = [
      await post('/v1/embeddings', { model, input: 'Hi', dimensions: 64 }),
      await post(`/v1beta/models/${model}:embedContent`, {
        content: { parts: [{ text: 'Hi' }] },
        outputDimensionality: 64,
      }),
      await post('/api/embed', { model, input: 'Hi', dimensions: 64 }),
    ];
    for (const [index, reply] of replies.entries()) {
      t.equal(reply.status, 200, await reply.text());
      t.equal(reply.headers.get('x-dragoman-warnings'), null, model);
      t.equal(upstream.requests.at(index - 3)?.body[name], 64, `${model} from client ${index}`);
    }
  }
});

t.test('what vectors are for reaches those who ask, and is told where it is lost', async (t) => {
  const embed = (model: string, taskType: string) =>
    post(`/v1beta/models/${model}:embedContent`, { content: { parts: [{ text: 'Hi' }] }, taskType });
  await embed('gemini/gemini-embedding-001', 'RETRIEVAL_QUERY');
  t.equal(last().body.taskType, 'RETRIEVAL_QUERY');
  const cohere = await embed('cohere/embed-v4.0', 'RETRIEVAL_QUERY');
  t.equal(last().body.input_type, 'search_query');
  t.equal(cohere.headers.get('x-dragoman-warnings'), null);
  const near = await embed('cohere/embed-v4.0', 'SEMANTIC_SIMILARITY');
  t.match(near.headers.get('x-dragoman-warnings'), /"approximated".*"\/task"/);
  for (const model of ['openai/text-embedding-3-small', 'ollama/all-minilm']) {
    const reply = await embed(model, 'CLUSTERING');
    t.match(reply.headers.get('x-dragoman-warnings'), /"dropped".*"\/task"/, model);
  }
  for (const model of models.filter((name) => !name.startsWith('openai'))) {
    const reply = await post('/v1/embeddings', { model, input: 'Hi', user: 'ann' });
    t.match(reply.headers.get('x-dragoman-warnings'), /"dropped".*"\/endUser"/, model);
  }
  const item = (taskType: string) => ({ model: 'm', content: { parts: [{ text: 'Hi' }] }, taskType });
  const requests = [item('RETRIEVAL_QUERY'), item('RETRIEVAL_DOCUMENT')];
  const mixed = await post('/v1beta/models/cohere/embed-v4.0:batchEmbedContents', { requests });
  t.match(mixed.headers.get('x-dragoman-warnings'), /requests\.taskType/, 'one for all is what others have');
  const own = await post('/v1beta/models/gemini/gemini-embedding-001:batchEmbedContents', { requests });
  t.equal(own.headers.get('x-dragoman-warnings'), null);
  const cold = await post('/api/embed', { model: 'cohere/embed-v4.0', input: 'Hi', truncate: false });
  t.match(cold.headers.get('x-dragoman-warnings'), /"dropped".*truncate/);
  const tight = { 'x-dragoman-loss': 'strict' };
  const refused = await post('/api/embed', { model: 'openai/x', input: 'Hi', truncate: false }, tight);
  t.equal(refused.status, 422);
});

t.test('tokens in place of text go to the service that counts in them', async (t) => {
  await openai.embeddings.create({ model: 'openai/text-embedding-3-small', input: [[1, 2], [3]] });
  t.same(last().body.input, [[1, 2], [3]]);
  for (const model of models.filter((name) => !name.startsWith('openai'))) {
    const error = await openai.embeddings.create({ model, input: [1, 2] }).catch((thrown: unknown) => thrown);
    if (!(error instanceof OpenAI.UnprocessableEntityError)) throw error;
    t.match(error.message, /text/, model);
  }
});

t.test('pictures go to the services that read them', async (t) => {
  const inlineData = { mimeType: 'image/png', data: 'iVBORw0KGgo=' };
  const content = { parts: [{ inlineData }] };
  const embed = (model: string) => post(`/v1beta/models/${model}:embedContent`, { content });
  t.equal((await embed('gemini/gemini-embedding-001')).status, 200);
  t.match(last().body, { content: { parts: [{ inlineData }] } });
  t.equal((await embed('cohere/embed-v4.0')).status, 200);
  t.match(last().body.inputs, [{ content: [{ image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }] }]);
  for (const model of ['openai/text-embedding-3-small', 'ollama/all-minilm']) {
    t.equal((await embed(model)).status, 422, model);
  }
});
