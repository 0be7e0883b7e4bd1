import { createHash } from 'node:crypto';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI, { toFile } from 'openai';
import t from 'tap';
import { json, stream } from '../helpers/answers.ts';
import { type Answer, type ReceivedRequest, startFakeUpstream } from '../helpers/fake-upstream.ts';
import { startTestGateway } from '../helpers/gateway.ts';

/** Every byte value, and what looks like the end of a part without being one. */
const bytes = Buffer.concat([
  Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256)),
  Buffer.from('\r\n--\r\n--almost--\r\n'),
]);
const error = (status: number, message: string) =>
  json({ error: { message, type: 'invalid_request_error', param: null, code: null } }, { status });

const upstream = await startFakeUpstream({ strict: false });
t.teardown(() => upstream.close());
/** Refuses what the real service would: no key, a foreign one, a name it does not know, a length that is not so. */
function answer(make: Answer): void {
  upstream.answer((request, response) => {
    const { authorization, 'x-api-key': key = authorization, 'x-goog-api-key': google } = request.headers;
    if (!String(google ?? key).endsWith(upstream.key)) return error(401, 'bad key')(request, response);
    const length = request.headers['content-length'];
    const isWhole = length === undefined || Number(length) === request.raw.length;
    if (!isWhole) return error(400, 'content-length')(request, response);
    if (request.raw.includes('openai/')) return error(404, 'no such model')(request, response);
    return make(request, response);
  });
}
const credentials = [{ name: 'test', key: upstream.key }];
const at = (path: string, more = {}) => ({
  allowPrivate: true,
  retries: 0,
  credentials,
  baseUrl: upstream.origin + path,
  ...more,
});
const { url, key, openai, anthropic, post, lines, gateway } = await startTestGateway(t, null, {
  server: { maxBodyMb: 0.05, maxUploadMb: 1 },
  providers: {
    openai: at('/v1', { models: ['bare-model'] }),
    second: at('/second/v1', { use: 'openai' }),
    anthropic: at(''),
    responses: at('/v1', { use: 'openai-responses' }),
    gemini: at(''),
    cohere: at(''),
  },
});
const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
const named = new OpenAI({
  baseURL: `${url}/v1`,
  apiKey: key,
  maxRetries: 0,
  defaultHeaders: { 'x-dragoman-provider': 'openai' },
});
t.beforeEach(() => {
  upstream.requests.length = 0;
});
const last = (): ReceivedRequest => upstream.requests.at(-1) as ReceivedRequest;

/** The form as Node's own parser reads it: boundary, names and bytes have to be right. */
async function formOf(request: ReceivedRequest): Promise<FormData> {
  const headers = { 'content-type': String(request.headers['content-type']) };
  return new Response(Uint8Array.from(request.raw), { headers }).formData();
}

async function contentOf(form: FormData, name: string): Promise<Buffer> {
  return Buffer.from(await (form.get(name) as File).arrayBuffer());
}

t.test('images are made, from JSON and from a form with several pictures', async (t) => {
  const usage = { input_tokens: 50, output_tokens: 60, total_tokens: 110 };
  answer(json({ created: 1, data: [{ b64_json: 'aGk=' }], usage }));
  const made = await openai.images.generate({ model: 'openai/gpt-image-1', prompt: 'A cat' });
  t.equal(made.data?.[0]?.b64_json, 'aGk=');
  t.match(last(), { path: '/v1/images/generations', body: { model: 'gpt-image-1', prompt: 'A cat' } });
  const line = lines.findLast(({ message }) => message === 'exchange')?.fields;
  t.match(line, { operation: 'imageGenerations', passThrough: true, inputTokens: 50, outputTokens: 60 });

  answer(json({ created: 1, data: [{ b64_json: 'aGk=' }] }));
  await openai.images.edit({
    model: 'openai/gpt-image-1',
    image: [await toFile(bytes, 'a.png', { type: 'image/png' }), await toFile(bytes, 'b.png')],
    prompt: 'Add openai\u2044 a hat',
  });
  const form = await formOf(last());
  t.same([...form.keys()], ['model', 'prompt', 'image[]', 'image[]']);
  t.equal(form.get('model'), 'gpt-image-1');
  t.same(await contentOf(form, 'image[]'), bytes);
  t.equal(Number(last().headers['content-length']), last().raw.length, 'its length is told');
});

t.test('images stream as events', async (t) => {
  const events = ['image_generation.partial_image', 'image_generation.completed'].map(
    (type) => `event: ${type}\ndata: ${JSON.stringify({ type, b64_json: 'aGk=' })}\n\n`,
  );
  answer(stream(events));
  const seen = [];
  const images = await openai.images.generate({ model: 'openai/gpt-image-1', prompt: 'A cat', stream: true });
  for await (const event of images) seen.push(event.type);
  t.same(seen, ['image_generation.partial_image', 'image_generation.completed']);
});

t.test('speech comes as bytes', async (t) => {
  answer((_, response) => {
    response.writeHead(200, { 'content-type': 'audio/mpeg' });
    response.end(bytes);
  });
  const speech = await openai.audio.speech.create({ model: 'openai/tts-1', voice: 'alloy', input: 'Hi' });
  t.equal(speech.headers.get('content-type'), 'audio/mpeg');
  t.same(Buffer.from(await speech.arrayBuffer()), bytes);
  t.match(last(), { headers: { accept: '*/*' }, body: { model: 'tts-1', voice: 'alloy' } });
});

t.test('a transcription names its model before or after the file, and may stream', async (t) => {
  answer(json({ text: 'Hello' }));
  const file = () => toFile(bytes, 'speech.wav', { type: 'audio/wav' });
  const first = await openai.audio.transcriptions.create({ model: 'openai/whisper-1', file: await file() });
  t.equal(first.text, 'Hello');
  let form = await formOf(last());
  t.equal(form.get('model'), 'whisper-1');
  t.same(await contentOf(form, 'file'), bytes);
  t.match(form.get('file'), { name: 'speech.wav', type: 'audio/wav' });

  // The SDK puts fields before files; others write them as they come.
  const late = new FormData();
  late.set('file', new Blob([bytes]), 'speech.wav');
  late.set('model', 'openai/whisper-1');
  late.set('language', 'en');
  answer(json({ text: 'Hello' }));
  const headers = { authorization: `Bearer ${key}`, 'x-dragoman-provider': 'openai' };
  const reply = await fetch(`${url}/v1/audio/transcriptions`, { method: 'POST', headers, body: late });
  t.equal(reply.status, 200, await reply.text());
  form = await formOf(last());
  t.same([...form.keys()], ['file', 'model', 'language']);
  t.equal(form.get('model'), 'whisper-1', 'renamed on its way');
  t.same(await contentOf(form, 'file'), bytes);
  t.equal(last().headers['transfer-encoding'], 'chunked', 'its length is not known beforehand');
  const { 'x-dragoman-provider': _, ...unnamed } = headers;
  const refused = await fetch(`${url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: unnamed,
    body: late,
  });
  t.equal(refused.headers.get('x-dragoman-error'), 'GW_ROUTE_PROVIDER_NEEDED');
  t.match(await refused.text(), /openai, second.*x-dragoman-provider.*before the first file/);

  const model = 'openai/whisper-1';
  answer(stream(['data: {"type":"transcript.text.done","text":"Hello"}\n\n']));
  const events = await named.audio.transcriptions.create({ model, file: await file(), stream: true });
  for await (const event of events) t.match(event, { type: 'transcript.text.done', text: 'Hello' });

  answer(json({ text: 'Hello' }));
  await openai.audio.translations.create({ model, file: await file() });
  t.equal(last().path, '/v1/audio/translations');
});

t.test('a request whose provider is not clear is refused with what to do', async (t) => {
  await t.rejects(openai.files.list(), { status: 400, message: /name one of openai, second/ });
  await t.rejects(openai.moderations.create({ input: 'Hi', model: 'omni' }), {
    status: 400,
    message: /provider\/omni/,
  });
  const headers = { 'x-dragoman-provider': 'cohere' };
  await t.rejects(openai.files.list({}, { headers }), { status: 400, message: /'cohere'.* does not offer/ });
  await t.rejects(openai.images.generate({ model: 'gemini/x', prompt: 'A' }), {
    status: 422,
    message: /imageGenerations.*openai-chat/,
  });
  const none = await post('/v1/rerank', { model: 'x', query: 'a', documents: ['b'] });
  t.equal(none.status, 422, await none.text());
  t.same(upstream.requests, []);
});

t.test('moderations go to the provider of a model, or to the one that is named', async (t) => {
  const reply = { id: 'modr-1', model: 'omni-moderation-latest', results: [{ flagged: false }] };
  answer(json(reply));
  await openai.moderations.create({ model: 'bare-model', input: 'Hi' });
  t.match(last(), { path: '/v1/moderations', body: { model: 'bare-model' } });
  answer(json(reply));
  const body = await named.moderations.create({ input: 'Hi' });
  t.equal(body.results[0]?.flagged, false);
  t.same(last().body, { input: 'Hi' });
});

t.test('files are uploaded, listed, read and deleted', async (t) => {
  const info = { id: 'file-1', object: 'file', filename: 'a.jsonl', purpose: 'batch', bytes: bytes.length };
  answer(json(info));
  const upload = await named.files.create({ file: await toFile(bytes, 'a.jsonl'), purpose: 'batch' });
  t.equal(upload.id, 'file-1');
  const form = await formOf(last());
  t.equal(form.get('purpose'), 'batch');
  t.same(await contentOf(form, 'file'), bytes);
  answer(json({ object: 'list', data: [info], has_more: false }));
  t.equal((await named.files.list({ purpose: 'batch', limit: 5 })).data.length, 1);
  t.same(last().query, { purpose: 'batch', limit: '5' });
  answer(json(info));
  await named.files.retrieve('file-1/..');
  t.equal(last().path, '/v1/files/file-1%2F..', 'an id stays one segment');
  answer((_, response) => {
    const head = {
      'content-type': 'application/jsonl',
      'content-disposition': 'attachment; filename=a.jsonl',
    };
    response.writeHead(200, { ...head, 'content-length': bytes.length });
    response.end(bytes);
  });
  const content = await named.files.content('file-1');
  t.same(Buffer.from(await content.arrayBuffer()), bytes);
  t.match(Object.fromEntries(content.headers), {
    'content-disposition': 'attachment; filename=a.jsonl',
    'content-length': String(bytes.length),
  });
  answer(json({ id: 'file-1', object: 'file', deleted: true }));
  t.ok((await named.files.delete('file-1')).deleted);
  t.match(last(), { method: 'DELETE', path: '/v1/files/file-1' });
  answer(error(404, 'No such File object: file-2'));
  await t.rejects(named.files.retrieve('file-2'), { status: 404, message: /No such File/ });
});

t.test('an upload in parts, and a conversation that is compacted', async (t) => {
  const upload = { id: 'upload_1', object: 'upload', status: 'pending', bytes: bytes.length };
  answer(json(upload));
  answer(json({ id: 'part_1', object: 'upload.part', upload_id: 'upload_1' }));
  answer(json({ ...upload, status: 'completed' }));
  answer(json({ ...upload, status: 'cancelled' }));
  const about = {
    bytes: bytes.length,
    filename: 'a.jsonl',
    mime_type: 'text/jsonl',
    purpose: 'batch' as const,
  };
  const { id } = await named.uploads.create(about);
  await named.uploads.parts.create(id, { data: await toFile(bytes, 'part') });
  t.same(await contentOf(await formOf(last()), 'data'), bytes);
  t.equal((await named.uploads.complete(id, { part_ids: ['part_1'] })).status, 'completed');
  t.same(last().body, { part_ids: ['part_1'] });
  t.equal((await named.uploads.cancel(id)).status, 'cancelled');
  t.same(
    upstream.requests.map(({ method, path }) => `${method} ${path}`),
    ['', '/upload_1/parts', '/upload_1/complete', '/upload_1/cancel'].map(
      (path) => `POST /v1/uploads${path}`,
    ),
  );
  const usage = { input_tokens: 5, output_tokens: 6, total_tokens: 11 };
  answer(json({ id: 'resp_1', object: 'response.compaction', output: [], usage }));
  await openai.responses.compact({ model: 'responses/gpt-5.6', input: 'Hi' });
  t.match(last(), { path: '/v1/responses/compact', body: { model: 'gpt-5.6', input: 'Hi' } });
  const line = lines.findLast(({ message }) => message === 'exchange')?.fields;
  t.match(line, { operation: 'compact', inputTokens: 5, outputTokens: 6 });
});

t.test('batches are made, listed, read and cancelled', async (t) => {
  const batch = { id: 'batch_1', object: 'batch', status: 'validating' };
  for (let index = 0; index < 4; index++) {
    answer(json(index === 1 ? { object: 'list', data: [batch], has_more: false } : batch));
  }
  const endpoint = '/v1/chat/completions';
  await named.batches.create({ input_file_id: 'file-1', endpoint, completion_window: '24h' });
  t.equal((await named.batches.list()).data[0]?.id, 'batch_1');
  await named.batches.retrieve('batch_1');
  await named.batches.cancel('batch_1');
  t.same(
    upstream.requests.map(({ method, path }) => `${method} ${path}`),
    ['POST /v1/batches', 'GET /v1/batches', 'GET /v1/batches/batch_1', 'POST /v1/batches/batch_1/cancel'],
  );
  t.match(upstream.requests[0]?.body, { input_file_id: 'file-1', endpoint });
  t.equal(last().raw.length, 0);
});

t.test("Anthropic's files and batches need no provider's name: there is one", async (t) => {
  answer(json({ id: 'file_1', type: 'file', filename: 'a.txt' }));
  const file = await toFile(bytes, 'a.txt', { type: 'text/plain' });
  t.equal((await anthropic.beta.files.upload({ file })).id, 'file_1');
  t.match(last(), {
    path: '/v1/files',
    headers: { 'anthropic-version': /./, 'x-api-key': upstream.key },
  });
  t.same(await contentOf(await formOf(last()), 'file'), bytes);
  answer(json({ id: 'msgbatch_1', type: 'message_batch', processing_status: 'in_progress' }));
  const params = { model: 'claude-sonnet-4-5', max_tokens: 9, messages: [] };
  await anthropic.messages.batches.create({ requests: [{ custom_id: 'a', params }] });
  t.match(last(), { path: '/v1/messages/batches', body: { requests: [{ custom_id: 'a' }] } });
  // More than may be held: it goes through in pieces, as nothing of it has to be known.
  answer(json({ id: 'msgbatch_2', type: 'message_batch', processing_status: 'in_progress' }));
  const long = { ...params, system: 'x'.repeat(200_000) };
  await anthropic.messages.batches.create({ requests: [{ custom_id: 'a', params: long }] });
  t.same(last().body, { requests: [{ custom_id: 'a', params: long }] });
  t.match(last().headers, { 'content-type': /json/, 'content-length': String(last().raw.length) });
  await t.rejects(openai.moderations.create({ model: 'bare-model', input: 'x'.repeat(200_000) }), {
    status: 413,
    message: /maxBodyMb/,
  });
  answer(error(400, 'unused'));
  const failed = await anthropic.messages.batches.retrieve('msgbatch_1').catch((thrown: unknown) => thrown);
  t.ok(failed instanceof Anthropic.BadRequestError);
});

t.test(
  "Gemini's upload: a session is opened, and its bytes follow, in pieces where nobody calls them JSON",
  async (t) => {
    const session =
      'https://generativelanguage.googleapis.com/upload/v1beta/files?upload_id=u1&upload_protocol=resumable';
    answer((_, response) => {
      response.writeHead(200, { 'x-goog-upload-url': session, 'x-goog-upload-status': 'active' }).end();
    });
    answer(json({ file: { name: 'files/abc' } }, { headers: { 'x-goog-upload-status': 'final' } }));
    // Less than the gateway reads whole: the SDK calls its bytes JSON.
    const file = new Blob([bytes.subarray(0, 40_000)], { type: 'video/mp4' });
    t.equal((await google.files.upload({ file })).name, 'files/abc');
    t.match(upstream.requests[0], {
      path: '/upload/v1beta/files',
      headers: {
        'x-goog-upload-protocol': 'resumable',
        'x-goog-upload-command': 'start',
        'x-goog-upload-header-content-length': '40000',
        'x-goog-upload-header-content-type': 'video/mp4',
      },
    });
    t.match(last(), {
      path: '/upload/v1beta/files',
      query: { upload_id: 'u1', upload_protocol: 'resumable' },
      headers: { 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': '0' },
    });
    t.same(last().raw, bytes.subarray(0, 40_000));
    answer(json({ file: { name: 'files/b' } }));
    const headers = {
      'x-goog-api-key': key,
      'content-type': 'video/mp4',
      'x-goog-upload-command': 'upload, finalize',
    };
    const body = Buffer.concat([bytes, bytes]);
    const reply = await fetch(`${url}/upload/v1beta/files?upload_id=u2`, { method: 'POST', headers, body });
    t.equal(reply.status, 200, await reply.text());
    t.match(last().headers, { 'content-type': 'video/mp4', 'content-length': String(body.length) });
    t.same(last().raw, body);
  },
);

t.test("Gemini's files and batches, and Cohere's rerank", async (t) => {
  answer(json({ files: [{ name: 'files/abc' }] }));
  const names = [];
  for await (const file of await google.files.list()) names.push(file.name);
  t.same(names, ['files/abc']);
  answer(json({ name: 'batches/1', metadata: { state: 'BATCH_STATE_PENDING' } }));
  await google.batches.create({
    model: 'gemini/gemini-2.5-flash',
    src: [{ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] }],
  });
  t.equal(last().path, '/v1beta/models/gemini-2.5-flash:batchGenerateContent');
  answer(json({}));
  await google.batches.cancel({ name: 'batches/1' });
  t.match(last(), { method: 'POST', path: '/v1beta/batches/1:cancel' });

  answer(json({ id: 'r1', results: [{ index: 0, relevance_score: 0.9 }] }));
  const request = { model: 'cohere/rerank-v3.5', query: 'a', documents: ['b'] };
  const ranked = await post('/v2/rerank', request);
  t.match(await ranked.json(), { results: [{ index: 0 }] });
  t.match(last(), { path: '/v2/rerank', body: { model: 'rerank-v3.5' } });
  answer(json({ message: 'invalid request' }, { status: 400 }));
  t.equal((await post('/v2/rerank', request)).status, 400);
  const unknown = await post('/v2/rerank', request, { 'x-dragoman-provider': 'openai' });
  t.match(
    await unknown.json(),
    { message: /can only go to a provider that speaks cohere/ },
    'in its own shape',
  );
});

t.test('forms are limited in size on their way, and need a boundary', async (t) => {
  const headers = { authorization: `Bearer ${key}`, 'x-dragoman-provider': 'openai' };
  const big = new FormData();
  big.set('purpose', 'batch');
  big.set('file', new Blob([Buffer.alloc(1_100_000)]), 'a.bin');
  const told = await fetch(`${url}/v1/files`, { method: 'POST', headers, body: big });
  t.equal(told.status, 413);
  t.match(await told.text(), /1 MB \(server\.maxUploadMb\)/);
  const body = new Response(big).body as ReadableStream;
  const type = { ...headers, 'content-type': 'multipart/form-data; boundary=x' };
  const untold = await fetch(`${url}/v1/files`, { method: 'POST', headers: type, body, duplex: 'half' });
  t.equal(untold.status, 413, 'also when nobody said how long it is');
  for (const [contentType, reason] of [
    ['multipart/form-data', /names no boundary/],
    ['multipart/form-data; boundary=x', /head of more than 16 KB/],
  ] as const) {
    const bad = await fetch(`${url}/v1/files`, {
      method: 'POST',
      headers: { ...headers, 'content-type': contentType },
      body: `--x\r\nX: ${'y'.repeat(40_000)}`,
    });
    t.equal(bad.status, 400);
    t.match(await bad.text(), reason);
  }
  t.equal(gateway.providers().length, 7);
});

t.test('a form that was begun is not sent twice; one that found no connection is', async (t) => {
  const file = await toFile(bytes, 'a.bin');
  upstream.answer(error(503, 'later'));
  await t.rejects(named.files.create({ file, purpose: 'batch' }), { status: 503, message: /later/ });
  t.equal(upstream.requests.length, 1);
  const digest = createHash('sha256').update(bytes).digest('hex');
  answer(json({ id: digest }));
  t.equal(
    (await named.files.create({ file, purpose: 'batch' })).id,
    digest,
    'the connection is fit for more',
  );
});
