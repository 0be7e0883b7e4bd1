import type { CanonicalResponse, Json, JsonObject, Part } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeResponse } from '../../../plugins/anthropic/src/decode-response.ts';
import { encodeResponse } from '../../../plugins/anthropic/src/encode-response.ts';
import { foreignContext, makeContext } from './context.ts';

function encode(changes: Partial<CanonicalResponse>, memo?: Json): JsonObject {
  const response: CanonicalResponse = {
    id: 'chatcmpl-1',
    model: 'gpt-4o',
    parts: [{ type: 'text', text: 'Hi' }],
    finish: { reason: 'stop' },
    usage: {},
    ...changes,
  };
  const context = memo === undefined ? makeContext() : makeContext({ memo });
  return encodeResponse(response, context).output as JsonObject;
}
const callPart: Part = { type: 'tool-call', id: 'c', name: 'f', kind: 'function', input: '{"a":1}' };

function decode(body: JsonObject, memo?: Json): CanonicalResponse {
  const whole = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    usage: {},
    ...body,
  };
  const context = memo === undefined ? makeContext() : makeContext({ memo });
  return decodeResponse({ status: 200, headers: {}, body: whole }, context).output;
}

t.test('usage counts all input in the hub and only the fresh on the wire', (t) => {
  const wire = {
    input_tokens: 10,
    cache_read_input_tokens: 100,
    cache_creation_input_tokens: 20,
    cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 15 },
    output_tokens: 7,
    output_tokens_details: { thinking_tokens: 3 },
    service_tier: 'priority',
  };
  const response = decode({ usage: wire, stop_reason: 'end_turn' });
  t.match(response.usage, {
    inputTokens: 130,
    cacheReadTokens: 100,
    cacheWriteTokens: 20,
    cacheWrite5mTokens: 5,
    cacheWrite1hTokens: 15,
    outputTokens: 7,
    reasoningTokens: 3,
  });
  t.equal(response.serviceTier, 'priority');
  const { raw, ...foreign } = response.usage;
  t.strictSame(encode({ usage: foreign, serviceTier: 'priority' }).usage, wire);
  t.strictSame(encode({ usage: response.usage }).usage, wire, 'its own object comes back as it was');
  t.strictSame(encode({ usage: {} }).usage, {
    input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 0,
  });
  t.end();
});

t.test('every stop reason is understood', (t) => {
  const reason = (stop_reason: string) => decode({ stop_reason }).finish.reason;
  t.equal(reason('end_turn'), 'stop');
  t.equal(reason('stop_sequence'), 'stop');
  t.equal(reason('max_tokens'), 'length');
  t.equal(reason('tool_use'), 'tool-calls');
  t.equal(reason('pause_turn'), 'pause');
  t.equal(reason('refusal'), 'refusal');
  t.equal(reason('model_context_window_exceeded'), 'context-length');
  t.equal(reason('something_new'), 'other');
  t.equal(decode({ stop_reason: 'stop_sequence', stop_sequence: 'END' }).finish.stopSequence, 'END');
  t.end();
});

t.test('every finish has a stop reason', (t) => {
  const word = (reason: CanonicalResponse['finish']['reason'], parts: Part[] = []) =>
    encode({ finish: { reason, raw: 'WORD' }, parts }).stop_reason;
  t.equal(word('stop'), 'end_turn');
  t.equal(word('length'), 'max_tokens');
  t.equal(word('tool-calls', [callPart]), 'tool_use');
  t.equal(word('tool-calls'), 'end_turn', 'no tool_use without a tool block');
  t.equal(word('stop', [callPart]), 'tool_use', 'and always with one');
  t.equal(word('content-filter'), 'refusal');
  t.equal(word('refusal'), 'refusal');
  t.equal(word('stop', [{ type: 'refusal', text: 'No.' }]), 'refusal');
  t.equal(word('context-length'), 'model_context_window_exceeded');
  t.equal(word('pause'), 'pause_turn');
  t.equal(word('error'), 'end_turn');
  t.equal(word('other'), 'end_turn');
  t.match(encode({ finish: { reason: 'stop', stopSequence: 'END' } }), {
    stop_reason: 'stop_sequence',
    stop_sequence: 'END',
  });
  t.end();
});

t.test('a stop reason nobody knows comes back to its own clients', (t) => {
  const response = decode({ stop_reason: 'something_new', content: [{ type: 'text', text: 'x' }] });
  t.equal(encode(response).stop_reason, 'something_new');
  t.end();
});

t.test('parts of other dialects become blocks clients can read', (t) => {
  const parts: Part[] = [
    { type: 'reasoning', text: 'Hm' },
    { type: 'text', text: 'See', citations: [{ url: 'https://e.org', title: 'E', quote: 'q' }] },
    { type: 'refusal', text: 'No' },
    { type: 'json', value: { a: 1 } },
    callPart,
    { ...callPart, id: 'd', input: '{"a":' },
    { ...callPart, id: 'e', input: '' },
    { ...callPart, id: 'f', kind: 'custom', input: 'free' },
  ];
  t.strictSame(encode({ parts }).content, [
    { type: 'thinking', thinking: 'Hm', signature: '' },
    {
      type: 'text',
      text: 'See',
      citations: [
        {
          type: 'web_search_result_location',
          url: 'https://e.org',
          title: 'E',
          cited_text: 'q',
          encrypted_index: '',
        },
      ],
    },
    { type: 'text', text: 'No' },
    { type: 'text', text: '{"a":1}' },
    { type: 'tool_use', id: 'c', name: 'f', input: { a: 1 } },
    { type: 'tool_use', id: 'd', name: 'f', input: { input: '{"a":' } },
    { type: 'tool_use', id: 'e', name: 'f', input: {} },
    { type: 'tool_use', id: 'f', name: 'f', input: { input: 'free' } },
  ]);
  t.end();
});

t.test('what a client of this dialect cannot read is told', (t) => {
  const { warnings } = encodeResponse(
    {
      id: 'r',
      model: 'm',
      parts: [
        { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: '' } },
        { type: 'opaque', dialect: 'gemini', value: 1 },
      ],
      candidates: [{ parts: [], finish: { reason: 'stop' } }],
      finish: { reason: 'stop' },
      usage: {},
    },
    foreignContext(),
  );
  t.match(warnings, [{ path: '/parts/0' }, { path: '/parts/1' }, { path: '/candidates' }]);
  t.end();
});

t.test('a signature on a call follows it in a redacted block and comes back to the call', (t) => {
  const signature = { dialect: 'gemini', family: 'google', value: 'abc' };
  const message = encode({
    parts: [
      { ...callPart, signature },
      { type: 'text', text: 'Hi' },
    ],
  });
  t.match(message.content, [{ type: 'tool_use' }, { type: 'redacted_thinking' }, { type: 'text' }]);
  t.match(decode(message).parts, [{ type: 'tool-call', signature }, { type: 'text' }]);
  t.equal(decode(message).parts.length, 2);
  t.end();
});

t.test('a client of the API of 2026-10-21 gets every field, if only as null', (t) => {
  const message = encode({}, { version: '2026-10-21' });
  t.match(message, { container: null, diagnostics: null, stop_details: null });
  for (const field of ['cache_creation', 'server_tool_use', 'service_tier', 'speed', 'inference_geo']) {
    t.equal((message.usage as JsonObject)[field], null, field);
  }
  t.notOk('container' in encode({}, { version: '2023-06-01' }));
  t.end();
});

t.test('a call of a free-text tool is unwrapped', (t) => {
  const content = [{ type: 'tool_use', id: 'c', name: 'patch', input: { input: '*** Begin' } }];
  t.match(decode({ content, stop_reason: 'tool_use' }, { customTools: ['patch'] }).parts, [
    { type: 'tool-call', kind: 'custom', input: '*** Begin' },
  ]);
  t.end();
});

t.test('the tool that stood in for a format is the answer', (t) => {
  const content = [{ type: 'tool_use', id: 'c', name: 'json_answer', input: { age: 3 } }];
  const response = decode({ content, stop_reason: 'tool_use' }, { answerTool: 'json_answer' });
  t.strictSame(response.parts, [{ type: 'text', text: '{"age":3}' }]);
  t.equal(response.finish.reason, 'stop');
  t.end();
});

t.test('something else than a message is not taken for one', (t) => {
  t.throws(() => decodeResponse({ status: 200, headers: {}, body: '<html>' }, makeContext()), {
    code: 'invalid-input',
  });
  t.end();
});

t.test('log probabilities, which this dialect has no place for, are reported as lost', (t) => {
  const response: CanonicalResponse = {
    id: 'chatcmpl-1',
    model: 'gpt-4o',
    parts: [{ type: 'text', text: 'Hi', logprobs: [{ token: 'Hi', logprob: -0.1 }] }],
    finish: { reason: 'stop' },
    usage: {},
  };
  t.match(encodeResponse(response, foreignContext()).warnings, [
    { code: 'dropped', path: '/parts/0/logprobs' },
  ]);
  t.end();
});
