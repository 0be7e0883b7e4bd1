import t from 'tap';
import { hang, status } from '../helpers/faults.ts';
import { createGate } from '../helpers/gate.ts';
import { openStage, type Stage, type Way, ways } from './ways.ts';

/** Asks for a stream as a client that can go away. */
function open(stage: Stage, way: Way, signal: AbortSignal): Promise<Response> {
  const path = way.client === 'openai' ? '/v1/chat/completions' : '/v1/messages';
  return fetch(stage.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${stage.key}`,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
    },
    body: JSON.stringify({
      model: `safe-${way.provider}`,
      stream: true,
      max_tokens: 50,
      messages: [{ role: 'user', content: 'Hello' }],
    }),
    signal,
  });
}

for (const way of ways) {
  t.test(`a client that goes away takes the upstream request with it: ${way.name}`, async (t) => {
    const stage = await openStage(t);
    const { upstream, backup } = stage;
    await t.test('before the answer', async (t) => {
      upstream.always(hang());
      const client = new AbortController();
      const arrived = upstream.received();
      const answer = open(stage, way, client.signal);
      const request = await arrived;
      client.abort();
      await t.rejects(answer);
      await request.closed;
      t.equal(request.aborted, true);
    });
    await t.test('in the middle of a stream', async (t) => {
      upstream.always(async (request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(way.frames.slice(0, 3).join(''));
        await request.closed;
      });
      const client = new AbortController();
      const arrived = upstream.received();
      const response = await open(stage, way, client.signal);
      await response.body?.getReader().read();
      client.abort();
      const request = await arrived;
      await request.closed;
      t.equal(request.aborted, true);
    });
    await t.test('while the gateway waits for its next try', async (t) => {
      upstream.always(status(503, '{}', { 'retry-after': '15' }));
      const count = upstream.requests.length;
      const client = new AbortController();
      const arrived = upstream.received();
      const answer = open(stage, way, client.signal);
      await (await arrived).closed;
      const logged = stage.lines.length;
      client.abort();
      await t.rejects(answer);
      while (!stage.lines.slice(logged).some(({ message }) => message === 'exchange')) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      t.match(stage.lines.at(-1)?.fields, { status: 499, code: 'GW_CLIENT_ABORTED' });
      t.equal(upstream.requests.length, count + 1, 'it is not tried again');
    });
    t.equal(backup.requests.length, 0, 'and nobody else is asked in vain');
  });

  t.test(`a silent stream is kept alive between its frames: ${way.name}`, async (t) => {
    const stage = await openStage(t, { server: { keepAliveSeconds: 0.2 }, timeouts: {} });
    const gate = createGate();
    stage.upstream.always(async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const half = way.frames.findIndex((frame) => frame.includes(' there'));
      const [before, after] = [way.frames.slice(0, half).join(''), way.frames.slice(half).join('')];
      response.write(before);
      await gate.opened;
      response.end(after);
    });
    const response = await open(stage, way, AbortSignal.timeout(20_000));
    const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
    let raw = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      raw += value;
      if (value.includes(': keep-alive')) gate.open();
    }
    t.match(raw, /\n\n: keep-alive\n\n/);
    t.match(raw, way.client === 'openai' ? /data: \[DONE\]\n\n$/ : /"type":"message_stop"\}\n\n$/);
    t.notMatch(raw, /"error"/);
    t.notMatch(raw, /^: keep-alive/, 'never before the first frame');
  });
}
