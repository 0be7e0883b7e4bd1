import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import t, { type Test } from 'tap';
import { anthropicFrames, json, openaiFrames, stream } from '../helpers/answers.ts';
import { defaultAnswer } from '../helpers/default-answers.ts';
import { dropBeforeAnswer, htmlError } from '../helpers/faults.ts';
import { startPair, startTestGateway, type TestGateway } from '../helpers/gateway.ts';

const claude = 'anthropic/claude-sonnet-4-5';
const gpt = 'openai/gpt-4o';
const pair = await startPair(t);
t.afterEach(() => pair.upstream.always(defaultAnswer));

function askOpenai(client: OpenAI, model: string, streams = false) {
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  return client.chat.completions.create({ model, messages, stream: streams });
}
function askAnthropic(client: Anthropic, model: string, streams = false) {
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  return client.messages.create({ model, max_tokens: 100, messages, stream: streams });
}

/** The error a call fails with; a call that succeeds fails the test. */
async function failure<Type extends Error>(
  t: Test,
  call: PromiseLike<unknown>,
  type: abstract new (...values: never[]) => Type,
): Promise<Type> {
  const thrown = await call.then(
    () => new Error('it succeeded'),
    (error: unknown) => error as Error,
  );
  t.ok(thrown instanceof type, `${type.name}, and not ${thrown.constructor.name}: ${thrown.message}`);
  return thrown as Type;
}

const anthropicError = (type: string, message: string) => ({ type: 'error', error: { type, message } });
const openaiError = (message: string, type: string, code: string | null) => ({
  error: { message, type, param: null, code },
});

t.test('a wrong key is refused in the words of either SDK', async (t) => {
  const { url, upstream } = pair;
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'wrong', maxRetries: 0 });
  const refused = await failure(t, askOpenai(openai, gpt), OpenAI.AuthenticationError);
  t.equal(refused.code, 'invalid_api_key');
  t.equal(refused.headers?.get('x-dragoman-error'), 'GW_CLIENT_UNAUTHENTICATED');
  const anthropic = new Anthropic({ baseURL: url, apiKey: 'wrong', maxRetries: 0 });
  const other = await failure(t, askAnthropic(anthropic, claude), Anthropic.AuthenticationError);
  t.match(other.error, { type: 'error', error: { type: 'authentication_error' } });
  t.same(upstream.requests, [], 'nothing was sent on');
});

t.test('a model nobody has is a NotFoundError', async (t) => {
  const { openai, anthropic } = pair;
  const missing = await failure(t, askOpenai(openai, 'no-such-model'), OpenAI.NotFoundError);
  t.equal(missing.code, 'model_not_found');
  t.equal(missing.headers?.get('x-dragoman-error'), 'GW_ROUTE_NO_MODEL');
  const other = await failure(t, askAnthropic(anthropic, 'no-such-model'), Anthropic.NotFoundError);
  t.match(other.error, { type: 'error', error: { type: 'not_found_error' } });
});

t.test('a request without a model, and one that is not JSON, are a BadRequestError', async (t) => {
  const { openai, anthropic, post } = pair;
  await failure(t, askOpenai(openai, ''), OpenAI.BadRequestError);
  await failure(t, askAnthropic(anthropic, ''), Anthropic.BadRequestError);
  for (const path of ['/v1/chat/completions', '/v1/messages']) {
    const reply = await post(path, Buffer.from(`{"model": "${gpt}", "messages": [`));
    t.equal(reply.status, 400, path);
    t.equal(reply.headers.get('x-dragoman-error'), 'GW_CLIENT_BODY_INVALID', path);
  }
});

/** What both SDKs' errors have. */
type SdkError = InstanceType<typeof OpenAI.APIError> | InstanceType<typeof Anthropic.APIError>;

interface Case {
  name: string;
  ask: (gateway: TestGateway, streams: boolean) => PromiseLike<unknown>;
  /** A 429 in the upstream's dialect. */
  limited: object;
  isOpenai: boolean;
}
const limitedOpenai = openaiError('Rate limit reached', 'requests', 'rate_limit_exceeded');
const limitedAnthropic = anthropicError('rate_limit_error', 'Rate limit reached');
const cases: Case[] = [
  {
    name: 'openai SDK, its own dialect',
    ask: ({ openai }, s) => askOpenai(openai, gpt, s),
    limited: limitedOpenai,
    isOpenai: true,
  },
  {
    name: 'openai SDK, translated',
    ask: ({ openai }, s) => askOpenai(openai, 'openai-twin/gpt-4o', s),
    limited: limitedOpenai,
    isOpenai: true,
  },
  {
    name: 'openai SDK, crossed',
    ask: ({ openai }, s) => askOpenai(openai, claude, s),
    limited: limitedAnthropic,
    isOpenai: true,
  },
  {
    name: 'Anthropic SDK, its own dialect',
    ask: ({ anthropic }, s) => askAnthropic(anthropic, claude, s),
    limited: limitedAnthropic,
    isOpenai: false,
  },
  {
    name: 'Anthropic SDK, translated',
    ask: ({ anthropic }, s) => askAnthropic(anthropic, 'anthropic-twin/claude-sonnet-4-5', s),
    limited: limitedAnthropic,
    isOpenai: false,
  },
  {
    name: 'Anthropic SDK, crossed',
    ask: ({ anthropic }, s) => askAnthropic(anthropic, gpt, s),
    limited: limitedOpenai,
    isOpenai: false,
  },
];

for (const { name, ask, limited, isOpenai } of cases) {
  for (const streams of [false, true]) {
    const how = `${name}, ${streams ? 'stream' : 'whole'}`;
    t.test(`an upstream's limit is a RateLimitError with its Retry-After (${how})`, async (t) => {
      pair.upstream.answer(json(limited as never, { status: 429, headers: { 'retry-after': '40' } }));
      const type = isOpenai ? OpenAI.RateLimitError : Anthropic.RateLimitError;
      const error = await failure<SdkError>(t, ask(pair, streams), type);
      t.equal(error.headers?.get('retry-after'), '40');
      t.match(error.message, /Rate limit reached/);
      t.equal(error.headers?.get('x-dragoman-error'), 'GW_UPSTREAM_STATUS');
    });

    t.test(`a page of a load balancer is an InternalServerError (${how})`, async (t) => {
      pair.upstream.answer(htmlError(502));
      const type = isOpenai ? OpenAI.InternalServerError : Anthropic.InternalServerError;
      const error = await failure<SdkError>(t, ask(pair, streams), type);
      t.equal(error.status, 502);
    });

    t.test(`an upstream that hangs up is an InternalServerError (${how})`, async (t) => {
      pair.upstream.answer(dropBeforeAnswer('reset'));
      const type = isOpenai ? OpenAI.InternalServerError : Anthropic.InternalServerError;
      const error = await failure<SdkError>(t, ask(pair, streams), type);
      t.match(error.headers?.get('x-dragoman-error'), /^GW_UPSTREAM_/);
    });
  }
}

t.test('what is wrong with a request is said by the upstream, in the dialect of the client', async (t) => {
  const { openai, anthropic, upstream } = pair;
  upstream.always(
    json(openaiError('temperature is too hot', 'invalid_request_error', 'bad'), { status: 400 }),
  );
  const own = await failure(t, askOpenai(openai, gpt), OpenAI.BadRequestError);
  t.match(own, { code: 'bad', type: 'invalid_request_error', message: /temperature is too hot/ });
  const crossed = await failure(t, askAnthropic(anthropic, gpt), Anthropic.BadRequestError);
  t.match(crossed.error, anthropicError('invalid_request_error', 'temperature is too hot'));
  upstream.always(json(anthropicError('invalid_request_error', 'messages: too odd'), { status: 400 }));
  const other = await failure(t, askOpenai(openai, claude), OpenAI.BadRequestError);
  t.match(other, { type: 'invalid_request_error', message: /messages: too odd/ });
});

t.test('an overloaded Claude is 529 for its own SDK and 503 for the other', async (t) => {
  const { openai, anthropic, upstream } = pair;
  upstream.always(json(anthropicError('overloaded_error', 'Overloaded'), { status: 529 }));
  const own = await failure(t, askAnthropic(anthropic, claude), Anthropic.InternalServerError);
  t.equal(own.status, 529);
  const crossed = await failure(t, askOpenai(openai, claude), OpenAI.InternalServerError);
  t.equal(crossed.status, 503);
});

t.test('a stream that fails before its first event has the status of the failure', async (t) => {
  const { openai, anthropic, upstream } = pair;
  upstream.always(stream(anthropicFrames([anthropicError('overloaded_error', 'Overloaded')])));
  const crossed = await failure(t, askOpenai(openai, claude, true), OpenAI.InternalServerError);
  t.equal(crossed.status, 503);
  const own = await failure(t, askAnthropic(anthropic, claude, true), Anthropic.InternalServerError);
  t.equal(own.status, 529);
});

t.test('a stream that fails in the middle throws in either SDK, after the text before it', async (t) => {
  const { openai, anthropic, upstream } = pair;
  const chunk = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4o',
    choices: [{ index: 0, delta: { role: 'assistant', content: 'Half' }, finish_reason: null }],
  };
  const failing = [
    ...openaiFrames([chunk]).slice(0, 1),
    ...openaiFrames([openaiError('it broke', 'server_error', null)]),
  ];
  for (const model of [gpt, 'openai-twin/gpt-4o']) {
    upstream.always(stream(failing));
    let text = '';
    const reading = (async () => {
      const chunks = await openai.chat.completions.create({
        model,
        messages: [{ role: 'user', content: 'Hi' }],
        stream: true,
      });
      for await (const { choices } of chunks) text += choices[0]?.delta.content ?? '';
    })();
    const error = await failure(t, reading, OpenAI.APIError);
    t.match(error.message, /it broke/);
    t.equal(text, 'Half', model);
  }
  let text = '';
  const runner = anthropic.messages.stream({
    model: gpt,
    max_tokens: 9,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  runner.on('text', (piece) => {
    text += piece;
  });
  const error = await failure(t, runner.finalMessage(), Anthropic.APIError);
  t.match(error.message, /it broke/);
  t.equal(text, 'Half');
});

t.test('a date to come back at counts from the answer, however long that took', async (t) => {
  const { now } = Date;
  t.teardown(() => {
    Date.now = now;
  });
  pair.upstream.always((_, response) => {
    Date.now = () => now() + 600_000;
    const date = new Date(Date.now() + 40_000).toUTCString();
    response.writeHead(503, { 'retry-after': date, 'content-type': 'application/json' }).end('{}');
  });
  const error = await failure(t, askOpenai(pair.openai, claude), OpenAI.InternalServerError);
  t.ok(Number(error.headers?.get('retry-after')) <= 40, `after ${error.headers?.get('retry-after')} s`);
});

t.test('repeats do not keep a service down that refuses everybody', async (t) => {
  const { origin, key, requests } = pair.upstream;
  const openai = {
    baseUrl: `${origin}/v1`,
    allowPrivate: true,
    retries: 2,
    credentials: [{ name: 'a', key }],
  };
  const gateway = await startTestGateway(t, null, { providers: { openai } });
  pair.upstream.always((_, response) => {
    response.writeHead(503, { 'retry-after-ms': '0', 'content-type': 'application/json' }).end('{}');
  });
  const before = requests.length;
  const body = { model: gpt, messages: [{ role: 'user', content: 'Hi' }] };
  for (let round = 0; round < 15; round++) {
    await Promise.all(Array.from({ length: 10 }, () => gateway.post('/v1/chat/completions', body)));
  }
  const sent = requests.length - before;
  t.ok(sent > 200 && sent < 320, `150 requests became ${sent}`);
});

t.test(
  'a credential the upstream refuses keeps its status, and says that it is not the key of the client',
  async (t) => {
    const stale = {
      allowPrivate: true,
      retries: 0,
      credentials: [{ name: 'old', key: 'sk-stale-0123456789abcdef' }],
    };
    const { origin } = pair.upstream;
    const gateway = await startTestGateway(t, null, {
      providers: { openai: { ...stale, baseUrl: `${origin}/v1` }, anthropic: { ...stale, baseUrl: origin } },
    });
    for (const model of [gpt, claude]) {
      const error = await failure(t, askOpenai(gateway.openai, model), OpenAI.AuthenticationError);
      const other = await failure(t, askAnthropic(gateway.anthropic, model), Anthropic.AuthenticationError);
      for (const { message, error: body } of [error, other])
        t.notMatch(message + JSON.stringify(body), /sk-stale/);
      const crossed = model === gpt ? other : error;
      t.match(crossed.message, /the provider refused the gateway's credential/);
      const line = gateway.lines.findLast(({ level }) => level === 'warn');
      t.match(line, {
        message: 'a provider refused a credential',
        fields: { provider: model.split('/')[0], credential: 'old', status: 401, reason: /key/ },
      });
      t.notMatch(JSON.stringify(gateway.lines), /sk-stale/);
    }
  },
);
