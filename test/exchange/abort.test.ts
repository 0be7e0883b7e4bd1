import t from 'tap';
import { stream } from '../helpers/answers.ts';
import { hang } from '../helpers/faults.ts';
import { createGate } from '../helpers/gate.ts';
import { startPair, startTestGateway } from '../helpers/gateway.ts';
import { anthropicCalls, openaiCalls } from '../helpers/tool-frames.ts';

const pair = await startPair(t);
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});

const messages = [{ role: 'user' as const, content: 'Hi' }];
const never = createGate().opened;

for (const model of ['openai/gpt-4o', 'openai-twin/gpt-4o', 'anthropic/claude-sonnet-4-5']) {
  const frames = model.startsWith('anthropic') ? anthropicCalls('One', []) : openaiCalls('One', []);

  t.test(`the openai SDK leaves a stream of ${model} and the upstream is told`, async (t) => {
    const { openai, upstream, lines } = pair;
    upstream.answer(stream([...frames.slice(0, 3), never]));
    const chunks = await openai.chat.completions.create({ model, messages, stream: true });
    for await (const { choices } of chunks)
      if (choices[0]?.delta.content === 'One') chunks.controller.abort();
    const request = await upstream.received(0);
    await request.closed;
    t.equal(request.aborted, true);
    t.equal(upstream.requests.length, 1, 'and not asked again');
    t.notOk(lines.some((line) => line.level === 'error'));
  });

  t.test(`the openai SDK gives up waiting for ${model} and the upstream is told`, async (t) => {
    const { openai, upstream } = pair;
    upstream.answer(hang());
    const leaving = new AbortController();
    const call = openai.chat.completions.create({ model, messages }, { signal: leaving.signal });
    const request = await upstream.received(0);
    leaving.abort();
    await t.rejects(call, { name: 'Error', message: 'Request was aborted.' });
    await request.closed;
    t.equal(request.aborted, true);
  });
}

t.test('a client that leaves while its request is translated is noted as gone', async (t) => {
  const settings = { observe: { bodies: true }, translation: { inlineBelowKb: 0 } };
  const { openai, lines } = await startTestGateway(t, null, settings);
  const logged = async (text: string) => {
    for (;;) {
      const line = lines.find(({ message }) => message === text);
      if (line !== undefined) return line;
      await new Promise(setImmediate);
    }
  };
  const leaving = new AbortController();
  const asked = { model: 'offline/chat', messages, stream: true } as const;
  const call = openai.chat.completions.create(asked, { signal: leaving.signal });
  // Its translation waits for the first thread of the pool.
  await logged('request body');
  leaving.abort();
  await t.rejects(call);
  t.match((await logged('exchange')).fields, { status: 499, code: 'GW_CLIENT_ABORTED' });
});

for (const model of ['openai/gpt-4o', 'anthropic-twin/claude-sonnet-4-5', 'anthropic/claude-sonnet-4-5']) {
  const frames = model.startsWith('anthropic') ? anthropicCalls('One', []) : openaiCalls('One', []);

  t.test(`the Anthropic SDK leaves a stream of ${model} and the upstream is told`, async (t) => {
    const { anthropic, upstream } = pair;
    upstream.answer(stream([...frames.slice(0, 3), never]));
    const runner = anthropic.messages.stream({ model, max_tokens: 9, messages });
    runner.on('text', () => runner.abort());
    await t.rejects(runner.done());
    const request = await upstream.received(0);
    await request.closed;
    t.equal(request.aborted, true);
  });
}
