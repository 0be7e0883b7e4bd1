import type { Frame, Json } from '@dragoman/plugin-sdk';
import { loadFixtures } from '@dragoman/plugin-sdk/testing';
import { GoogleGenAI } from '@google/genai';
import { Ollama } from 'ollama';
import t from 'tap';
import { createGateway } from '../../../core/gateway.ts';
import { createLog } from '../../../core/observe/log.ts';
import { type BedrockAnswer, events, failure, startFakeBedrock, whole } from '../../helpers/fake-bedrock.ts';
import { startTestGateway } from '../../helpers/gateway.ts';
import { claude, fixtures, nova } from './run.ts';

const recordings = loadFixtures(fixtures, 'bedrock-converse');
const model = `bedrock/${claude}`;
const messages = [{ role: 'user' as const, content: 'Weather in Rome?' }];
const tools = ['weather', 'now'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: {} } },
}));

/** A gateway before a service that checks what it is sent: signed, with an API key, and with a wrong secret. */
const bedrock = await startFakeBedrock(t);
const { accessKeyId, secretAccessKey, sessionToken = '', region } = bedrock.keys;
const provider = {
  allowPrivate: true,
  baseUrl: bedrock.origin,
  retries: 0,
  credentials: [{ name: 'test', accessKeyId, secretAccessKey, sessionToken }],
  config: { region },
};
const { openai, anthropic, url, key, post, lines } = await startTestGateway(t, null, {
  providers: {
    bedrock: provider,
    other: { ...provider, use: 'bedrock', credentials: [{ name: 'key', key: bedrock.bearer }] },
    wrong: {
      ...provider,
      use: 'bedrock',
      credentials: [{ name: 'bad', accessKeyId, secretAccessKey: 'wrong-secret-0123456789' }],
    },
  },
});
t.beforeEach(() => {
  bedrock.requests.length = 0;
});

function framesOf(name: string): Frame[] {
  return recordings.find((each) => each.name === name)?.frames ?? [];
}
const streamOf = (name: string): BedrockAnswer => events(framesOf(name));
const wholeOf = (name: string): BedrockAnswer =>
  whole(recordings.find((each) => each.name === name)?.response?.body ?? null);

t.test('every client gets text and parallel calls, streamed and whole', async (t) => {
  const answers = (): void => bedrock.answer(streamOf('tool-calls'), wholeOf('tool-calls'));
  const calls = [
    ['weather', { city: 'Rome' }],
    ['now', {}],
  ];
  const check = (who: string, text: unknown, made: [unknown, unknown][]): void => {
    t.equal(text, 'I will look.', who);
    t.same(made, calls, who);
  };

  answers();
  const chat = { model, messages, tools };
  for (const { choices } of [
    await openai.chat.completions.stream(chat).finalChatCompletion(),
    await openai.chat.completions.create(chat),
  ]) {
    const { content, tool_calls: made = [] } = choices[0]?.message ?? {};
    check(
      'chat',
      content,
      made.map((call) => nameAndInput('function' in call ? call.function : {})),
    );
    t.equal(choices[0]?.finish_reason, 'tool_calls');
  }

  answers();
  const responseTools = tools.map(({ function: { name, parameters } }) => ({
    type: 'function' as const,
    strict: false,
    name,
    parameters,
  }));
  const asked = { model, input: 'Weather in Rome?', tools: responseTools };
  for (const response of [
    await openai.responses.stream(asked).finalResponse(),
    await openai.responses.create(asked),
  ]) {
    const made = response.output.flatMap((item) =>
      item.type === 'function_call' ? [nameAndInput(item)] : [],
    );
    check('responses', response.output_text, made);
  }

  answers();
  const anthropicTools = tools.map(({ function: { name } }) => ({
    name,
    input_schema: { type: 'object' as const, properties: {} },
  }));
  const message = { model, max_tokens: 500, messages, tools: anthropicTools };
  for (const { content, stop_reason } of [
    await anthropic.messages.stream(message).finalMessage(),
    await anthropic.messages.create(message),
  ]) {
    const [text] = content;
    const made = content.flatMap((block): [unknown, unknown][] =>
      block.type === 'tool_use' ? [[block.name, block.input]] : [],
    );
    check('messages', text?.type === 'text' ? text.text : undefined, made);
    t.equal(stop_reason, 'tool_use');
  }

  answers();
  const google = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });
  const functionDeclarations = tools.map(({ function: { name } }) => ({ name }));
  const generate = { model, contents: 'Weather in Rome?', config: { tools: [{ functionDeclarations }] } };
  let text = '';
  const made: [unknown, unknown][] = [];
  for await (const chunk of await google.models.generateContentStream(generate)) {
    for (const part of chunk.candidates?.[0]?.content?.parts ?? []) text += part.text ?? '';
    for (const call of chunk.functionCalls ?? []) made.push([call.name, call.args ?? {}]);
  }
  check('gemini', text, made);
  const generated = await google.models.generateContent(generate);
  const generatedCalls = generated.functionCalls?.map(({ name, args }): [unknown, unknown] => [
    name,
    args ?? {},
  ]);
  check('gemini', generated.candidates?.[0]?.content?.parts?.[0]?.text, generatedCalls ?? []);

  answers();
  const ollama = new Ollama({ host: url, headers: { authorization: `Bearer ${key}` } });
  const ollamaTools = tools.map(({ function: { name } }) => ({ type: 'function', function: { name } }));
  const talk = { model, messages, tools: ollamaTools };
  let said = '';
  const streamed: [unknown, unknown][] = [];
  for await (const { message: piece } of await ollama.chat({ ...talk, stream: true })) {
    said += piece.content;
    for (const { function: called } of piece.tool_calls ?? []) streamed.push([called.name, called.arguments]);
  }
  check('ollama', said, streamed);
  const { message: last } = await ollama.chat(talk);
  const lastCalls = (last.tool_calls ?? []).map(({ function: f }): [unknown, unknown] => [
    f.name,
    f.arguments,
  ]);
  check('ollama', last.content, lastCalls);

  t.equal(bedrock.requests.length, 10);
  for (const [index, { refusal, action, url: sent }] of bedrock.requests.entries()) {
    t.equal(refusal, undefined);
    t.equal(action, index % 2 === 0 ? 'converse-stream' : 'converse');
    t.match(sent, `/model/${encodeURIComponent(claude)}/`);
  }
});

function nameAndInput(call: { name?: string; arguments?: string }): [unknown, unknown] {
  return [call.name, JSON.parse(call.arguments ?? 'null')];
}

t.test('thinking goes on with the signature it came with', async (t) => {
  bedrock.answer(streamOf('thinking'), wholeOf('text'));
  const request = { model, max_tokens: 4000, thinking: { type: 'enabled' as const, budget_tokens: 1024 } };
  const first = await anthropic.messages.stream({ ...request, messages }).finalMessage();
  t.match(first.content, [
    { type: 'thinking', thinking: 'Easy: 2 + 2.' },
    { type: 'redacted_thinking' },
    { text: '4' },
  ]);
  const next = [...messages, { role: 'assistant' as const, content: first.content }, ...messages];
  const second = await anthropic.messages.create({ ...request, messages: next });
  t.match(second.content, [{ type: 'text', text: 'Grüße, Rome.' }]);
  const [, again] = bedrock.requests;
  const sent = (again?.body.messages as { content: Json[] }[] | undefined)?.[1]?.content;
  t.match(sent?.[0], {
    reasoningContent: { reasoningText: { text: 'Easy: 2 + 2.', signature: 'EqoBCkgIARABGAIiQL' } },
  });
  const hidden = Buffer.from('EmwKAhgBEgy3va3pzix/LafPsn4').toString('base64');
  t.same(sent?.[1], { reasoningContent: { redactedContent: hidden } });
});

t.test('ARNs and an API key: what is in the address is what the service reads', async (t) => {
  const arn = 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2';
  for (const name of ['bedrock', 'other']) {
    bedrock.answer(wholeOf('text'));
    await openai.chat.completions.create({ model: `${name}/${arn}`, messages });
    t.match(bedrock.requests.at(-1), { model: arn, url: `/model/${encodeURIComponent(arn)}/converse` });
  }
  const [signed, keyed] = bedrock.requests;
  t.match(signed?.headers, {
    authorization: /^AWS4-HMAC-SHA256 /,
    'x-amz-security-token': bedrock.keys.sessionToken,
  });
  t.equal(keyed?.headers.authorization, `Bearer ${bedrock.bearer}`);
  t.notOk('x-amz-date' in (keyed?.headers ?? {}));
});

t.test('each try is signed anew', async (t) => {
  const env = {
    DRAGOMAN_KEY: 'a-client-key-for-tests-0123456789',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_REGION: region,
  };
  const providers = { bedrock: { allowPrivate: true, baseUrl: bedrock.origin } };
  const cwd = t.testdir({ 'gateway.yaml': JSON.stringify({ providers }) });
  const gateway = await createGateway({
    cwd,
    port: 0,
    env,
    watch: false,
    log: createLog({ level: 'error' }),
  });
  const started = await gateway.start();
  t.teardown(() => gateway.stop({ now: true }));
  bedrock.answer(failure(503, 'ServiceUnavailableException', 'busy'), wholeOf('text'));
  const reply = await fetch(`${started.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${env.DRAGOMAN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages }),
  });
  t.equal(reply.status, 200, await reply.text());
  t.equal(reply.headers.get('x-dragoman-upstream-request-id'), 'req-bedrock');
  t.strictSame(
    bedrock.requests.map(({ refusal }) => refusal),
    [undefined, undefined],
    'with keys and region from the environment',
  );
});

t.test('vectors in OpenAI’s shape; more than Titan makes is refused before anything is sent', async (t) => {
  bedrock.answer(wholeOf('titan-embed'), wholeOf('cohere-embed'));
  const titan = { model: 'bedrock/amazon.titan-embed-text-v2:0', encoding_format: 'float' as const };
  const one = await openai.embeddings.create({ ...titan, input: 'red' });
  t.same(one.data[0]?.embedding, [0.1, -0.2, 0.3]);
  t.equal(one.usage.prompt_tokens, 3);
  const two = await openai.embeddings.create({
    ...titan,
    model: 'bedrock/cohere.embed-v4:0',
    input: ['red', 'blue'],
  });
  t.equal(two.data.length, 2);
  await t.rejects(openai.embeddings.create({ ...titan, input: ['red', 'blue'] }), {
    message: /422.*one vector a request, and this one asks for 2/,
  });
  t.match(
    bedrock.requests.map(({ action, body }) => [action, body]),
    [
      ['invoke', { inputText: 'red' }],
      ['invoke', { texts: ['red', 'blue'] }],
    ],
  );
});

t.test('refusals reach clients with a status of their kind', async (t) => {
  const cases: [status: number, name: string, message: string, seen: number, type: string][] = [
    [400, 'ValidationException', 'Malformed input request.', 400, 'invalid_request_error'],
    [400, 'ValidationException', 'Input is too long for requested model.', 400, 'invalid_request_error'],
    [403, 'AccessDeniedException', 'no access', 403, 'permission_error'],
    [404, 'ResourceNotFoundException', 'no model', 404, 'not_found_error'],
    [429, 'ThrottlingException', 'slow down', 429, 'rate_limit_error'],
    [408, 'ModelTimeoutException', 'too slow', 504, 'timeout_error'],
    [424, 'ModelErrorException', 'broke', 500, 'api_error'],
    [500, 'InternalServerException', 'oops', 500, 'api_error'],
    [503, 'ServiceUnavailableException', 'busy', 503, 'overloaded_error'],
  ];
  const seen: [string, unknown, unknown][] = [];
  for (const [status, name, message] of cases) {
    bedrock.answer(failure(status, name, message), failure(status, name, message));
    const chat = await openai.chat.completions.create({ model, messages }).catch((error) => error);
    const said = await anthropic.messages.create({ model, max_tokens: 9, messages }).catch((error) => error);
    seen.push([name, chat.status, said.error?.error?.type]);
    if (status === 400) t.match(chat.message, message);
  }
  for (const [index, [, name, message, status, type]] of cases.entries()) {
    t.equal(seen[index]?.[1], status, `${name}: ${message}`);
    t.equal(seen[index]?.[2], type, `${name}: ${message}`);
  }
});

t.test(
  'tokens are counted by the service for a model it counts for, and estimated for another',
  async (t) => {
    bedrock.answer(whole({ inputTokens: 42 }));
    const counted = await anthropic.messages.countTokens({ model, messages, system: 'Be brief.' });
    t.equal(counted.input_tokens, 42);
    t.match(bedrock.requests[0], {
      model: claude.replace(/^[a-z]+\./, ''),
      action: 'count-tokens',
      body: { input: { converse: { messages: [{ role: 'user' }], system: [{ text: 'Be brief.' }] } } },
    });
    const reply = await post('/v1/messages/count_tokens', { model: `bedrock/${nova}`, messages });
    t.equal(reply.status, 200);
    t.equal(reply.headers.get('x-dragoman-estimated'), 'true');
    t.equal(bedrock.requests.length, 2);
  },
);

t.test('wrong keys are the gateway’s affair, and show nowhere', async (t) => {
  await t.rejects(openai.chat.completions.create({ model: `wrong/${claude}`, messages }), {
    message: /401.*refused the gateway's credential/,
  });
  t.match(bedrock.requests, [{ refusal: /security token is invalid/ }]);
  t.notMatch(JSON.stringify(lines), /wrong-secret|Signature=/);
});

t.test('a stream that fails, breaks off or is damaged is no answer, for any client', async (t) => {
  const begun = framesOf('text').slice(0, 4);
  const flipped = (response: Parameters<BedrockAnswer>[0]): void => {
    response.end(Buffer.from('this is no message of an event stream'));
  };
  const endings: [name: string, answer: () => BedrockAnswer][] = [
    ['an exception', () => streamOf('failed-stream')],
    ['a cut connection', () => events(begun, (response) => setImmediate(() => response.destroy()))],
    ['an end without messageStop', () => events(begun)],
    ['an end inside a message', () => events(begun, (response) => response.end(Buffer.from([0, 0, 1])))],
    ['damaged bytes', () => events(begun, flipped)],
  ];
  for (const [name, answer] of endings) {
    bedrock.answer(answer(), answer(), answer());
    await t.rejects(openai.chat.completions.stream({ model, messages }).finalChatCompletion(), name);
    await t.rejects(anthropic.messages.stream({ model, max_tokens: 9, messages }).finalMessage(), name);
    const reply = await post('/api/chat', { model, messages, stream: true });
    const written = (await reply.text()).trim().split('\n');
    t.match(JSON.parse(written.at(-1) ?? '{}'), { error: String }, `${name}: ollama`);
  }
});

t.test('an exception before the first event has its own status', async (t) => {
  bedrock.answer(events([{ event: 'throttlingException', data: { message: 'slow down' } }]));
  await t.rejects(openai.chat.completions.create({ model, messages, stream: true }), {
    message: /429.*slow down/,
  });
  bedrock.answer(wholeOf('text'));
  const answer = await openai.chat.completions.stream({ model, messages }).finalChatCompletion();
  t.equal(
    answer.choices[0]?.message.content,
    'Grüße, Rome.',
    'one JSON document where a stream was asked for',
  );
});

t.test('a client that leaves ends the request', async (t) => {
  bedrock.answer(events(framesOf('text').slice(0, 3), () => undefined));
  const coming = bedrock.received();
  const chunks = await openai.chat.completions.create({ model, messages, stream: true });
  for await (const { choices } of chunks) if (choices[0]?.delta.content) chunks.controller.abort();
  const request = await coming;
  await request.closed;
  t.equal(request.aborted, true);
});
