import t from 'tap';
import { anthropicFrames, replay } from '../helpers/answers.ts';
import { answerBytes, recordings, skipWithoutCorpus } from '../helpers/corpus.ts';
import { defaultAnswer } from '../helpers/default-answers.ts';
import { startFakeUpstream } from '../helpers/fake-upstream.ts';
import { providersAt, startTestGateway } from '../helpers/gateway.ts';
import { splitEvery, splitInsideCharacters, splitLineEnds } from '../helpers/split.ts';

// What the strict checkers would say of recordings is tested with them; here only bytes count.
const upstream = await startFakeUpstream({ strict: false });
t.teardown(() => upstream.close());
// Any service with OpenAI's API: it is sent what OpenAI itself refuses, too.
const compatible = { ...providersAt(upstream).openai, use: 'openai-compatible' };
const pair = { ...(await startTestGateway(t, upstream, { providers: { compatible } })), upstream };
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
  pair.upstream.always(defaultAnswer);
});

/** Space, escapes, an order of keys, numbers and a repeated key that no serialiser would write again. */
const oddOpenai = (model: string) =>
  `{ "stream" :false,\n\t"temperature":1.0, "messages":[{"role":"user","content":"\\u0048i \\/ ü"}],"n":1e0,` +
  `"model":"first", "x_unknown": {"b":1,"a":[ ]} ,"model" : ${model} }\n`;
const oddAnthropic = (model: string) =>
  `\n{"max_tokens":  10,"messages":[ {"content":"\\u0048i ü","role":"user"} ],"metadata":{"model":"inner"}, "model":${model},"x_new":-0.0}`;

t.test('a request goes on byte for byte but for the name of its model', async (t) => {
  const { post, upstream } = pair;
  await post('/v1/chat/completions', Buffer.from(oddOpenai('"openai\\/gpt-4o"')));
  t.equal(upstream.requests[0]?.raw.toString(), oddOpenai('"gpt-4o"'));
  await post('/v1/messages', Buffer.from(oddAnthropic('"anthropic/claude-sonnet-4-5"')));
  t.equal(upstream.requests[1]?.raw.toString(), oddAnthropic('"claude-sonnet-4-5"'));
  await post('/v1/messages/count_tokens', Buffer.from(oddAnthropic('"anthropic/claude-sonnet-4-5"')));
  t.equal(upstream.requests[2]?.raw.toString(), oddAnthropic('"claude-sonnet-4-5"'));
});

t.test('a request whose model has no prefix goes on byte for byte', async (t) => {
  const { post, upstream } = pair;
  await post('/v1/messages', Buffer.from(oddAnthropic('"claude-sonnet-4-5"')), {
    'x-dragoman-provider': 'anthropic',
  });
  t.equal(upstream.requests[0]?.raw.toString(), oddAnthropic('"claude-sonnet-4-5"'));
});

t.test('a whole reply comes back byte for byte, unknown fields and all', async (t) => {
  const text = '{ "id":"x" ,\n "choices":[],"usage": {"prompt_tokens":1.0e1 },"new":[1,2, 3] }\n';
  pair.upstream.answer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'up-1' });
    response.end(text);
  });
  const reply = await pair.post('/v1/chat/completions', {
    model: 'openai/gpt-4o',
    messages: [{ role: 'user', content: 'Hi' }],
  });
  t.equal(await reply.text(), text);
  t.equal(reply.headers.get('content-type'), 'application/json; charset=utf-8');
});

t.test('an error of the same dialect keeps its status and its body', async (t) => {
  const text =
    '{"type":"error", "error":{"type":"new_kind_error","message":"Ü","details":{}},"request_id":"req_9"}';
  pair.upstream.answer((_, response) => {
    response.writeHead(418, { 'content-type': 'application/json' });
    response.end(text);
  });
  const body = {
    model: 'anthropic/claude-sonnet-4-5',
    max_tokens: 9,
    messages: [{ role: 'user', content: 'Hi' }],
  };
  const reply = await pair.post('/v1/messages', body);
  t.equal(reply.status, 418);
  t.equal(await reply.text(), text);
});

t.test('a stream comes back byte for byte: comments, pings, unknown events, CRLF', async (t) => {
  const frames = anthropicFrames([
    {
      type: 'message_start',
      message: { id: 'msg_1', role: 'assistant', content: [], usage: { input_tokens: 3, output_tokens: 1 } },
    },
    { type: 'new_event_of_tomorrow', value: 'ü' },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ]);
  const [first = '', ...rest] = frames;
  const text = [
    first.replaceAll('\n', '\r\n'),
    ': a comment\n\n',
    'event: ping\ndata: {"type": "ping"}\n\n',
    ...rest,
  ].join('');
  const body = {
    model: 'anthropic/claude-sonnet-4-5',
    max_tokens: 9,
    stream: true,
    messages: [{ role: 'user', content: 'Hi' }],
  };
  for (const split of [(bytes: Buffer) => splitEvery(bytes, 1), splitInsideCharacters, splitLineEnds]) {
    pair.upstream.answer(async (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      for (const piece of split(Buffer.from(text)))
        await new Promise<void>((resolve) => response.write(piece, () => resolve()));
      response.end();
    });
    const reply = await pair.post('/v1/messages', body);
    t.equal(await reply.text(), text);
    t.equal(reply.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  }
  const exchange = pair.lines.findLast((line) => line.message === 'exchange');
  t.match(
    exchange?.fields,
    { passThrough: true, inputTokens: 3, outputTokens: 5 },
    'tokens were counted on the way',
  );
});

const kinds = [
  { folder: 'anthropic', path: '/v1/messages', provider: 'anthropic' },
  { folder: 'openai-chat', path: '/v1/chat/completions', provider: 'compatible' },
];
for (const { folder, path, provider } of kinds) {
  t.test(
    `recorded ${folder} traffic goes both ways byte for byte`,
    { skip: skipWithoutCorpus },
    async (t) => {
      const { post, upstream } = pair;
      for (const recorded of recordings(folder, { status: 200 })) {
        const isStream = recorded.response.encoding === 'sse';
        const sample = recorded.request?.body ?? {
          model: 'x',
          messages: [],
          max_tokens: 9,
          stream: isStream,
        };
        const body = JSON.stringify({
          ...sample,
          model: `${provider}/${String(sample.model)}`,
          stream: isStream,
        });
        const bytes = answerBytes(recorded);
        upstream.requests.length = 0;
        upstream.answer(replay(recorded, { split: (whole) => splitEvery(whole, 977) }));
        const reply = await post(path, Buffer.from(body));
        const received = Buffer.from(await reply.arrayBuffer());
        if (!received.equals(bytes))
          t.fail(`the reply of ${recorded.name} changed`, {
            found: received.subarray(bytes.length - 100).toString(),
          });
        const sent = JSON.stringify({ ...sample, stream: isStream });
        if (upstream.requests[0]?.raw.toString() !== sent)
          t.equal(upstream.requests[0]?.raw.toString(), sent, `the request of ${recorded.name}`);
      }
      t.pass('all of them');
    },
  );
}
