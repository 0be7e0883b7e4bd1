import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EmbedRequest, type Frame, foldEvents, type Json, type JsonObject } from '@dragoman/plugin-sdk';
import { loadFixtures, testContext } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import anthropic from '../../../plugins/anthropic/src/index.ts';
import { told } from '../run.ts';
import { bedrock, claude, contextFor, fixtures, nova } from './run.ts';

const recordings = loadFixtures(fixtures, 'bedrock-converse');
const manifest = JSON.parse(readFileSync(join(fixtures, '..', 'plugin.json'), 'utf8'));
const context = contextFor(claude);

function whole(name: string, headers: Record<string, string> = {}) {
  const { response } = recordings.find((each) => each.name === name) ?? {};
  return bedrock.decodeResponse({ status: 200, headers, body: response?.body ?? null }, context).output;
}

function stream(items: Frame[], end: 'complete' | 'cut' | undefined = 'complete') {
  const input = end === undefined ? { state: null, items } : { state: null, items, end };
  return bedrock.decodeStream(input, context).output.items;
}

t.test('thinking of a Claude is Anthropic’s, hidden thinking the text its own API would give', (t) => {
  t.match(whole('thinking').parts, [
    { text: 'Easy: 2 + 2.', signature: { family: 'anthropic', value: 'EqoBCkgIARABGAIiQL' } },
    { redacted: true, signature: { family: 'anthropic', value: 'EmwKAhgBEgy3va3pzix/LafPsn4' } },
    { text: '4' },
  ]);
  const bytes = Buffer.from([0xff, 0x00]).toString('base64');
  const message = { content: [{ reasoningContent: { redactedContent: bytes } }] };
  const body = { output: { message }, stopReason: 'end_turn' };
  const { parts } = bedrock.decodeResponse({ status: 200, headers: {}, body }, context).output;
  const sent = bedrock.encodeRequest(
    { model: 'm', stream: false, messages: [{ role: 'assistant', parts }] },
    context,
  ).output.body as JsonObject;
  t.strictSame(
    (sent.messages as JsonObject[])[0]?.content,
    message.content,
    'bytes that are no text go back',
  );
  t.end();
});

t.test('thinking of a Claude goes on at Anthropic’s own API', (t) => {
  const own = anthropic.dialects['anthropic-messages'];
  const there = testContext('anthropic-messages', { model: { ...context.model, id: 'claude-sonnet-4-5' } });
  const provider = { ...there.provider, family: 'anthropic' };
  const messages = [
    { role: 'user' as const, parts: [{ type: 'text' as const, text: 'a' }] },
    { role: 'assistant' as const, parts: whole('thinking').parts },
    { role: 'user' as const, parts: [{ type: 'text' as const, text: 'b' }] },
  ];
  const { output } = own.encodeRequest({ model: 'm', stream: false, messages }, { ...there, provider });
  t.match(((output.body as JsonObject).messages as JsonObject[])[1]?.content, [
    { type: 'thinking', thinking: 'Easy: 2 + 2.', signature: 'EqoBCkgIARABGAIiQL' },
    { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix/LafPsn4' },
    { type: 'text', text: '4' },
  ]);
  t.end();
});

t.test('a tool of the service is a block of its own, which goes back as it came', (t) => {
  const { response } = recordings.find(({ name }) => name === 'hosted-tool') ?? {};
  const { output: reply } = (response?.body ?? {}) as { output?: { message: { content: Json[] } } };
  const content = reply?.message.content ?? [];
  const { parts } = whole('hosted-tool');
  t.match(parts, [
    { type: 'opaque', value: content[0] },
    { type: 'opaque', value: content[1] },
    { text: '42' },
  ]);
  const request = { model: 'm', stream: false, messages: [{ role: 'assistant' as const, parts }] };
  const { output, warnings } = bedrock.encodeRequest(request, context);
  t.strictSame(((output.body as JsonObject).messages as JsonObject[])[0]?.content, content);
  t.strictSame(told(warnings), []);
  t.end();
});

t.test('usage counts what the cache gave and took', (t) => {
  t.match(whole('cache').usage, {
    inputTokens: 1810,
    outputTokens: 5,
    cacheReadTokens: 1500,
    cacheWriteTokens: 300,
    cacheWrite1hTokens: 200,
    cacheWrite5mTokens: 100,
  });
  t.end();
});

t.test('reasons for the end, and what the service tells beside the answer', (t) => {
  t.match(whole('guardrail'), {
    finish: { reason: 'content-filter', raw: 'guardrail_intervened' },
    extensions: { 'bedrock-converse': { metrics: { latencyMs: 400 }, trace: { guardrail: {} } } },
  });
  t.match(whole('stop-sequence', { 'x-amzn-requestid': 'r-1' }), {
    id: 'r-1',
    model: claude,
    finish: { reason: 'stop', stopSequence: ', three' },
    serviceTier: 'flex',
  });
  const reasons: Record<string, string> = {
    end_turn: 'stop',
    max_tokens: 'length',
    tool_use: 'tool-calls',
    content_filtered: 'content-filter',
    model_context_window_exceeded: 'context-length',
    something_new: 'other',
    constructor: 'other',
  };
  for (const [stopReason, reason] of Object.entries(reasons)) {
    const body = { output: { message: { content: [] } }, stopReason };
    t.match(bedrock.decodeResponse({ status: 200, headers: {}, body }, context).output.finish, {
      reason,
      raw: stopReason,
    });
  }
  const broken = { output: { message: { content: [] } }, stopReason: 'malformed_model_output' };
  t.throws(() => bedrock.decodeResponse({ status: 200, headers: {}, body: broken }, context), {
    code: 'upstream',
    upstream: { kind: 'server', message: /malformed_model_output/ },
  });
  t.throws(() => bedrock.decodeResponse({ status: 200, headers: {}, body: {} }, context), {
    code: 'invalid-input',
  });
  t.end();
});

t.test('tools have the client’s names again, and free text is unwrapped', (t) => {
  const memo = { customTools: ['sql'], toolNames: { ns__a: { name: 'a', namespace: 'ns' } } };
  const named = { ...context, memo };
  const content: Json = [
    { toolUse: { toolUseId: '1', name: 'ns__a', input: {} } },
    { toolUse: { toolUseId: '2', name: 'sql', input: { input: 'select 1' } } },
  ];
  const body = { output: { message: { content } }, stopReason: 'tool_use' };
  const { parts } = bedrock.decodeResponse({ status: 200, headers: {}, body }, named).output;
  const expected = [
    { name: 'a', namespace: 'ns', kind: 'function', input: '{}' },
    { name: 'sql', kind: 'custom', input: 'select 1' },
  ];
  t.match(parts, expected);
  const items: Frame[] = ['{"inp', 'ut":"select 1"}'].map((input) => ({
    event: 'contentBlockDelta',
    data: { contentBlockIndex: 1, delta: { toolUse: { input } } },
  }));
  const start = (index: number, name: string): Frame => ({
    event: 'contentBlockStart',
    data: { contentBlockIndex: index, start: { toolUse: { toolUseId: String(index + 1), name } } },
  });
  const ended = { event: 'messageStop', data: { stopReason: 'tool_use' } };
  const frames = [start(0, 'ns__a'), start(1, 'sql'), ...items, ended];
  const { output } = bedrock.decodeStream({ state: null, items: frames, end: 'complete' }, named);
  t.match(foldEvents(output.items).parts, expected);
  t.end();
});

t.test('a stream the model broke off is a failure', (t) => {
  const frames: Frame[] = [
    { event: 'messageStart', data: { role: 'assistant' } },
    { event: 'messageStop', data: { stopReason: 'malformed_tool_use' } },
    { event: 'metadata', data: { usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } } },
  ];
  t.match(stream(frames).at(-1), { type: 'error', error: { kind: 'server', message: /malformed_tool_use/ } });
  t.end();
});

t.test('a stream is whole with its figures, or when it ends by itself behind messageStop', (t) => {
  const [text] = recordings.filter(({ name }) => name === 'text');
  const frames = text?.frames ?? [];
  t.equal(stream(frames.slice(0, -1)).at(-1)?.type, 'response-end');
  t.equal(stream(frames.slice(0, -1), 'cut').at(-1)?.type, 'error', 'the figures were still to come');
  t.match(stream(frames.slice(0, -2)).at(-1), { type: 'error', error: { message: /before messageStop/ } });
  t.equal(stream([...frames, { event: 'contentBlockDelta', data: {} }]).at(-1)?.type, 'response-end');
  t.match(stream([]), [{ type: 'error' }]);
  t.end();
});

t.test('exceptions in a stream are errors of their kind', (t) => {
  const kinds: [name: string, data: Json, kind: string][] = [
    ['throttlingException', { message: 'Slow down.' }, 'rate-limit'],
    ['modelStreamErrorException', { message: 'x', originalStatusCode: 503 }, 'overloaded'],
    ['modelTimeoutException', { message: 'x' }, 'timeout'],
    ['serviceUnavailableException', {}, 'overloaded'],
    ['internalServerException', { message: 'x' }, 'server'],
    ['validationException', { message: 'Input is too long for requested model.' }, 'context-length'],
    ['validationException', { message: 'Malformed input request.' }, 'invalid-request'],
    ['someNewException', 'not JSON', 'server'],
    ['error', { code: 'ThrottlingException', message: 'x' }, 'rate-limit'],
    ['error', { code: 'InternalFailure', message: '' }, 'server'],
  ];
  for (const [event, data, kind] of kinds) {
    const events = stream([
      { event: 'messageStart', data: {} },
      { event, data },
    ]);
    t.match(events, [{ type: 'response-start' }, { type: 'error', error: { kind } }], `${event} ${kind}`);
    t.equal(events.length, 2);
  }
  t.end();
});

t.test('errors have the kind their name says, else the one of their status', (t) => {
  const read = (status: number, type: string | undefined, message: string, more: JsonObject = {}) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'x-amzn-errortype': type };
    return bedrock.decodeError({ status, headers, body: { message, ...more } }, context).output;
  };
  const cases: [status: number, type: string | undefined, message: string, kind: string][] = [
    [403, 'AccessDeniedException', 'no', 'permission'],
    [403, 'UnrecognizedClientException', 'no', 'authentication'],
    [403, 'ExpiredTokenException', 'no', 'authentication'],
    [404, 'ResourceNotFoundException', 'no', 'not-found'],
    [400, 'ValidationException', 'The provided model identifier is invalid.', 'not-found'],
    [400, 'ValidationException', 'prompt is too long: 200049 tokens > 200000 maximum', 'context-length'],
    [400, 'ValidationException', 'The text field is blank.', 'invalid-request'],
    [400, 'ServiceQuotaExceededException', 'no', 'quota'],
    [408, 'ModelTimeoutException', 'no', 'timeout'],
    [424, 'ModelErrorException', 'no', 'server'],
    [429, 'ThrottlingException', 'Too many tokens, please wait before trying again.', 'rate-limit'],
    [429, 'ThrottlingException', 'Too many tokens per day, please wait before trying again.', 'quota'],
    [429, 'ModelNotReadyException', 'no', 'overloaded'],
    [500, 'InternalServerException', 'no', 'server'],
    [503, 'ServiceUnavailableException', 'no', 'overloaded'],
    [413, undefined, 'no', 'too-large'],
    [429, undefined, 'no', 'rate-limit'],
    [418, undefined, 'no', 'invalid-request'],
    [302, undefined, 'no', 'unknown'],
  ];
  for (const [status, type, message, kind] of cases)
    t.equal(read(status, type, message).kind, kind, `${status} ${type}: ${message}`);
  t.match(read(424, 'ModelErrorException', 'no', { originalStatusCode: 429 }), { kind: 'rate-limit' });
  t.match(read(400, undefined, 'no', { __type: 'com.amazon.coral.service#ThrottlingException' }), {
    kind: 'rate-limit',
    code: 'ThrottlingException',
  });
  const refused =
    'The signature does not match.\n\nThe Canonical String for this request should have been\nsecret';
  t.equal(read(403, 'InvalidSignatureException', refused).message, 'The signature does not match.');
  const page = bedrock.decodeError(
    { status: 503, headers: { 'retry-after': '7' }, body: '<html></html>' },
    context,
  ).output;
  t.match(page, { kind: 'overloaded', retryAfterMs: 7000, message: /status 503/ });
  t.end();
});

function embed(request: Partial<EmbedRequest>, model: string) {
  const { output, warnings } = bedrock.encodeEmbedRequest(
    { model: 'm', input: ['a'], ...request },
    contextFor(model),
  );
  return { body: output.body, warnings: told(warnings) };
}
const titan = 'amazon.titan-embed-text-v2:0';
const image = { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AA' } } as const;

t.test('Titan makes one vector a request, and is not asked for more', (t) => {
  t.strictSame(embed({ dimensions: 256 }, titan), {
    body: { inputText: 'a', dimensions: 256 },
    warnings: [],
  });
  t.throws(() => embed({ input: ['a', 'b', 'c'] }, titan), {
    code: 'unsupported',
    path: '/input/1',
    message: /asks for 3: send them one by one/,
  });
  t.strictSame(
    embed({ dimensions: 256, task: 'query', endUser: 'x' }, 'amazon.titan-embed-text-v1').warnings,
    ['dropped /task', 'dropped /dimensions', 'dropped /endUser'],
  );
  t.strictSame(embed({ input: [image], dimensions: 384 }, 'amazon.titan-embed-image-v1').body, {
    inputImage: 'AA',
    embeddingConfig: { outputEmbeddingLength: 384 },
  });
  t.throws(() => embed({ input: [[1, 2]] }, titan), { code: 'unsupported', path: '/input/0' });
  t.throws(() => embed({}, nova), { code: 'unsupported', path: '/model' });
  t.end();
});

t.test('Cohere makes as many as it is asked for', (t) => {
  const v4 = 'cohere.embed-v4:0';
  t.strictSame(embed({ input: ['a', 'b'], dimensions: 512, task: 'RETRIEVAL_QUERY' }, v4).body, {
    input_type: 'search_query',
    embedding_types: ['float'],
    texts: ['a', 'b'],
    output_dimension: 512,
  });
  t.match(embed({ input: ['a', image] }, v4).body, {
    inputs: [
      { content: [{ type: 'text', text: 'a' }] },
      { content: [{ type: 'image_url', image_url: 'data:image/png;base64,AA' }] },
    ],
  });
  const v3 = 'cohere.embed-english-v3';
  t.strictSame(embed({ dimensions: 512, task: 'poetry' }, v3).warnings, [
    'approximated /task',
    'dropped /dimensions',
  ]);
  t.throws(() => embed({ input: ['a', image] }, v3), { code: 'unsupported', path: '/input/1' });
  t.throws(() => embed({ input: Array(97).fill('a') }, v3), { code: 'unsupported', path: '/input/96' });
  t.end();
});

t.test('vectors and their cost are read', (t) => {
  const read = (name: string) => {
    const { response } = recordings.find((each) => each.name === name) ?? {};
    const headers = response?.headers ?? {};
    return bedrock.decodeEmbedResponse({ status: 200, headers, body: response?.body ?? null }, context)
      .output;
  };
  t.match(read('titan-embed'), { vectors: [[0.1, -0.2, 0.3]], usage: { inputTokens: 3 } });
  t.match(read('cohere-embed'), {
    vectors: [
      [0.1, 0.2],
      [0.3, 0.4],
    ],
    usage: { inputTokens: 6 },
  });
  const bad = { status: 200, headers: {}, body: { embeddings: { float: [['x']] } } };
  t.throws(() => bedrock.decodeEmbedResponse(bad, context), { code: 'invalid-input' });
  t.end();
});

t.test('the headers that are read are those that are asked for', (t) => {
  t.strictSame(manifest.permissions.responseHeaders, [
    'retry-after',
    'x-amzn-bedrock-input-token-count',
    'x-amzn-errortype',
    'x-amzn-requestid',
  ]);
  t.end();
});
