import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import t, { type Test } from 'tap';
import { createPools } from '../../core/upstream/pools.ts';
import { sendWhole, type WholeReply } from '../../core/upstream/send-whole.ts';
import { createSseReader } from '../../core/upstream/sse.ts';
import { anthropicFrames, json, replay, stream } from './answers.ts';
import { answerBytes, recording, skipWithoutCorpus } from './corpus.ts';
import { type FakeUpstream, startFakeUpstream } from './fake-upstream.ts';
import { splitEvery, splitInsideCharacters, splitLineEnds } from './split.ts';

const pools = createPools({ proxy: {} });
t.teardown(() => pools.close());

const chat = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] };
const message = { model: 'claude-sonnet-4-5', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };

async function start(t: Test, signatures: string[] = []): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream({ signatures });
  t.teardown(() => upstream.close());
  return upstream;
}

function post(upstream: FakeUpstream, path: string, body: Json, headers: Record<string, string> = {}) {
  const own: Record<string, string> = path.startsWith('/v1/messages')
    ? { 'x-api-key': upstream.key, 'anthropic-version': '2023-06-01' }
    : { authorization: `Bearer ${upstream.key}` };
  const request = {
    method: 'POST',
    origin: upstream.origin,
    path,
    headers: { 'content-type': 'application/json', ...own, ...headers },
    body: JSON.stringify(body),
  };
  const timeouts = { connectMs: 5000, firstByteMs: 5000, idleMs: 5000 };
  return sendWhole(request, { pools, provider: 'fake', allowPrivate: true, timeouts });
}
const parsed = (reply: WholeReply): JsonObject => JSON.parse(reply.body.toString()) as JsonObject;
const frames = (reply: WholeReply) => createSseReader().push(reply.body);

t.test('answers both dialects, whole and streaming, when nothing else is asked', async (t) => {
  const upstream = await start(t);
  t.match(parsed(await post(upstream, '/v1/chat/completions', chat)), { object: 'chat.completion' });
  t.match(parsed(await post(upstream, '/v1/messages', message)), { type: 'message' });
  const chunks = frames(await post(upstream, '/v1/chat/completions', { ...chat, stream: true }));
  t.equal(chunks.at(-1)?.data, '[DONE]');
  const events = frames(await post(upstream, '/v1/messages', { ...message, stream: true }));
  t.equal(events.at(-1)?.event, 'message_stop');
});

t.test('a wrong key, no key and no version are refused in the words of the dialect', async (t) => {
  const upstream = await start(t);
  const wrong = await post(upstream, '/v1/chat/completions', chat, { authorization: 'Bearer no' });
  t.equal(wrong.status, 401);
  t.match(parsed(wrong), { error: { code: 'invalid_api_key' } });
  const other = await post(upstream, '/v1/messages', message, { 'x-api-key': 'no' });
  t.match(parsed(other), { type: 'error', error: { type: 'authentication_error' } });
  const version = await post(upstream, '/v1/messages', message, { 'anthropic-version': '1999-01-01' });
  t.equal(version.status, 400);
});

t.test('what the service would refuse is refused, noted, and takes no answer away', async (t) => {
  const upstream = await start(t);
  upstream.answer(json({ mine: true }));
  const refused = await post(upstream, '/v1/messages', { ...message, seed: 1 });
  t.equal(refused.status, 400);
  t.match(upstream.requests[0]?.refusal?.body, { error: { message: /seed/ } });
  t.same(parsed(await post(upstream, '/v1/messages', message)), { mine: true });
});

t.test('a signature it has sent is one it accepts', async (t) => {
  const upstream = await start(t);
  const asked = (signature: string): JsonObject => ({
    ...message,
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'x', signature }] },
      { role: 'user', content: 'go on' },
    ],
  });
  t.equal((await post(upstream, '/v1/messages', asked('sig-1'))).status, 400);
  const delta = {
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'signature_delta', signature: 'sig-1' },
  };
  upstream.answer(stream(splitEvery(Buffer.from(anthropicFrames([delta]).join('')), 5)));
  await post(upstream, '/v1/messages', { ...message, stream: true });
  t.equal((await post(upstream, '/v1/messages', asked('sig-1'))).status, 200);
});

t.test(
  'replays recorded answers byte for byte, however they are cut',
  { skip: skipWithoutCorpus },
  async (t) => {
    const upstream = await start(t);
    const recorded = recording('anthropic', { stream: true });
    const splits = [undefined, (bytes: Buffer) => splitEvery(bytes, 7), splitInsideCharacters, splitLineEnds];
    for (const split of splits) {
      upstream.answer(replay(recorded, split === undefined ? {} : { split }));
      const reply = await post(upstream, '/v1/messages', { ...message, stream: true });
      t.ok(reply.body.equals(answerBytes(recorded)));
      t.equal(
        reply.headers['content-type'],
        recorded.response.headers['content-type'] ?? 'text/event-stream',
      );
    }
  },
);

t.test('tells a test when a request has come', async (t) => {
  const upstream = await start(t);
  const second = upstream.received(1);
  await post(upstream, '/v1/chat/completions', chat);
  await post(upstream, '/v1/chat/completions', { ...chat, n: 2 });
  t.equal((await second).body.n, 2);
  t.equal((await upstream.received(0)).body.n, undefined);
});
