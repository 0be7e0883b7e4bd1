import { type CanonicalRequest, type Json, type JsonObject, TranslateError } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeRequest } from '../../../plugins/anthropic/src/decode-request.ts';
import { encodeRequest } from '../../../plugins/anthropic/src/encode-request.ts';
import { makeContext } from './context.ts';

function decode(body: JsonObject, headers: Record<string, string> = {}): CanonicalRequest {
  return decodeRequest({ path: {}, query: {}, headers, body }, makeContext()).output;
}
const hello = { model: 'claude-sonnet-4-5', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] };

function roundTrip(body: JsonObject): Json {
  const context = makeContext({ client: { dialect: 'anthropic-messages' } });
  return JSON.parse(JSON.stringify(encodeRequest(decode(body), context).output.body));
}

t.test('the settings become the hub’s words', (t) => {
  t.match(
    decode({
      ...hello,
      system: 'Be brief.',
      temperature: 0.5,
      top_p: 0.9,
      top_k: 3,
      stop_sequences: ['END'],
      stream: true,
      metadata: { user_id: 'u' },
      service_tier: 'auto',
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    }),
    {
      model: 'claude-sonnet-4-5',
      stream: true,
      maxOutputTokens: 10,
      temperature: 0.5,
      topP: 0.9,
      topK: 3,
      stop: ['END'],
      endUser: 'u',
      serviceTier: 'auto',
      toolChoice: { type: 'required' },
      parallelToolCalls: false,
      messages: [
        { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
        { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
      ],
    },
  );
  t.end();
});

t.test('thinking becomes an effort, a budget or none', (t) => {
  t.strictSame(
    decode({ ...hello, thinking: { type: 'enabled', budget_tokens: 2000, display: 'omitted' } }).reasoning,
    {
      budgetTokens: 2000,
      visibility: 'hidden',
    },
  );
  t.strictSame(decode({ ...hello, thinking: { type: 'disabled' } }).reasoning, { effort: 'none' });
  t.strictSame(decode({ ...hello, thinking: { type: 'adaptive' } }).reasoning, { effort: 'auto' });
  t.strictSame(
    decode({ ...hello, thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }).reasoning,
    {
      effort: 'high',
    },
  );
  t.strictSame(decode({ ...hello, thinking: { type: 'between_tools' } }).reasoning, undefined);
  t.end();
});

t.test('structured output is read in both its places', (t) => {
  const format = { type: 'json_schema', schema: { type: 'object' } };
  const output = { format: 'json', schema: { type: 'object' } };
  t.strictSame(decode({ ...hello, output_config: { format } }).output, output);
  t.strictSame(decode({ ...hello, output_format: format }).output, output);
  t.end();
});

t.test('blocks become parts', (t) => {
  const { messages } = decode({
    ...hello,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look', cache_control: { type: 'ephemeral', ttl: '1h' } },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          { type: 'document', title: 'T', source: { type: 'text', media_type: 'text/plain', data: 'x' } },
          { type: 'document', source: { type: 'file', file_id: 'file_1' } },
          {
            type: 'search_result',
            source: 'https://e.org',
            title: 'S',
            content: [{ type: 'text', text: 'found' }],
          },
          { type: 'container_upload', file_id: 'file_2' },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm', signature: 'Eabc' },
          { type: 'redacted_thinking', data: 'xyz' },
          { type: 'tool_use', id: 't1', name: 'f', input: { a: 1 } },
          { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'q' } },
          { type: 'web_search_tool_result', tool_use_id: 's1', content: [] },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't1', is_error: true, content: [{ type: 'text', text: 'no' }] },
        ],
      },
    ],
  });
  t.match(messages[0]?.parts, [
    { type: 'text', cache: { ttl: '1h' } },
    { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' } },
    { type: 'media', mediaType: 'text/plain', title: 'T', source: { type: 'text', text: 'x' } },
    { type: 'media', source: { type: 'file', family: 'anthropic', value: 'file_1' } },
    { type: 'media', mediaType: 'text/plain', title: 'S', source: { type: 'text', text: 'found' } },
    { type: 'opaque', dialect: 'anthropic-messages', value: { type: 'container_upload', file_id: 'file_2' } },
  ]);
  t.match(messages[1]?.parts, [
    { type: 'reasoning', text: 'Hm', signature: { family: 'anthropic', value: 'Eabc' } },
    { type: 'reasoning', text: '', redacted: true, signature: { value: 'xyz' } },
    { type: 'tool-call', id: 't1', name: 'f', kind: 'function', input: '{"a":1}' },
    { type: 'tool-call', id: 's1', name: 'web_search', kind: 'hosted', input: '{"query":"q"}' },
    {
      type: 'tool-result',
      callId: 's1',
      hosted: true,
      name: 'web_search',
      output: [{ type: 'json', value: [] }],
    },
  ]);
  t.match(messages[2]?.parts, [
    { type: 'tool-result', callId: 't1', isError: true, output: [{ text: 'no' }] },
  ]);
  t.end();
});

t.test('fields and blocks nobody knows come back as they were', (t) => {
  const odd = {
    model: 'claude-sonnet-4-5',
    max_tokens: 10,
    from_the_future: { a: [1] },
    stop_sequences: null,
    service_tier: null,
    temperature: 'warm',
    metadata: { user_id: 'u', more: 1 },
    output_config: {
      effort: 'max',
      task_budget: { total: 1 },
      format: { type: 'json_schema', schema: {}, name: 'n' },
    },
    thinking: { type: 'between_tools' },
    tool_choice: { type: 'auto', mood: 1 },
    context_management: { edits: [] },
    mcp_servers: [{ type: 'url' }],
    container: { id: 'c', skills: [] },
    system: [{ type: 'text', text: 'S', cache_control: { type: 'ephemeral', scope: 'global' } }],
    tools: [
      {
        name: 'f',
        input_schema: { type: 'object' },
        type: 'custom',
        defer_loading: true,
        input_examples: [{}],
      },
      { type: 'bash_20250124', name: 'bash' },
      {
        type: 'web_search_20260209',
        name: 'web_search',
        allowed_domains: null,
        max_uses: 2,
        cache_control: null,
      },
      'not a tool',
    ],
    messages: [
      { role: 'user', content: '', effort: 'low' },
      { role: 'user', content: [] },
      {
        role: 'user',
        content: [
          {
            type: 'document',
            source: { type: 'content', content: 'text' },
            context: 'c',
            citations: { enabled: true },
          },
          { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'x' }] } },
          { type: 'image', source: { type: 'url', url: 'https://e.org/a' }, transformations: {} },
          { type: 'text', text: 'x', citations: null, mood: 2, cache_control: null },
          {
            type: 'search_result',
            source: 's',
            title: 't',
            content: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b' },
            ],
          },
          { type: 'tool_result', tool_use_id: 't', toolset_name: 'n' },
          { type: 'tool_result', tool_use_id: 't', content: [], is_error: false },
          {
            type: 'tool_result',
            tool_use_id: 't',
            content: 'text',
            is_error: null,
            cache_control: { type: 'ephemeral' },
          },
          { type: 'mcp_tool_result', tool_use_id: 'm', is_error: false, content: [] },
          { type: 'text' },
          17,
        ],
      },
      { role: 'system', content: [{ type: 'tool_addition', tool: {} }] },
      {
        role: 'assistant',
        content: [
          { type: 'mcp_tool_use', id: 'm', name: 'n', server_name: 's', input: {} },
          { type: 'tool_use', id: 't', name: 'f', input: {}, caller: { type: 'direct' } },
          { type: 'compaction', content: 'summary' },
        ],
      },
    ],
  };
  t.strictSame(roundTrip(odd), odd);
  t.end();
});

t.test('the beta header goes along', (t) => {
  const request = decode(hello, { 'anthropic-beta': 'context-1m-2025-08-07' });
  t.strictSame(encodeRequest(request, makeContext()).output.headers, {
    'anthropic-beta': 'context-1m-2025-08-07',
  });
  t.end();
});

t.test('a body that is no message request is refused with the place of the fault', (t) => {
  const refusal = (body: Json): string | undefined => {
    try {
      decodeRequest({ path: {}, query: {}, headers: {}, body }, makeContext());
    } catch (error) {
      if (error instanceof TranslateError && error.code === 'invalid-input') return error.path;
    }
    return 'not refused';
  };
  t.equal(refusal('text'), '');
  t.equal(refusal({ messages: [] }), '/model');
  t.equal(refusal({ model: 'm' }), '/messages');
  t.equal(refusal({ model: 'm', messages: [{ role: 'robot', content: 'x' }] }), '/messages/0/role');
  t.equal(refusal({ model: 'm', messages: [{ role: 'user', content: 5 }] }), '/messages/0/content');
  t.equal(refusal({ model: 'm', messages: ['x'] }), '/messages/0');
  t.equal(refusal({ model: 'm', messages: [], system: 5 }), '/system');
  t.end();
});

t.test(
  'a signature of another family crosses the client in an envelope and goes to its owner only',
  async (t) => {
    const { encodeResponse } = await import('../../../plugins/anthropic/src/encode-response.ts');
    const signature = { dialect: 'gemini', family: 'google', value: { thoughtSignature: 'abc' } };
    const reply = encodeResponse(
      {
        id: 'r',
        model: 'm',
        parts: [{ type: 'reasoning', text: 'Hm', signature }],
        finish: { reason: 'stop' },
        usage: {},
      },
      makeContext(),
    ).output as { content: JsonObject[] };
    const request = decode({
      ...hello,
      messages: [{ role: 'assistant', content: reply.content }, ...hello.messages],
    });
    t.strictSame(request.messages[0]?.parts[0]?.signature, signature);
    const { output, warnings } = encodeRequest(request, makeContext());
    t.match(output.body, { messages: [{ role: 'assistant', content: [] }, {}] });
    t.match(warnings, [{ code: 'dropped', path: '/messages/0/parts/0' }]);
    t.end();
  },
);

t.test('the empty signature clients write on the thoughts of others is none', (t) => {
  const content = [{ type: 'thinking', thinking: 'Hm.', signature: '' }];
  const body = { model: 'm', max_tokens: 1, messages: [{ role: 'assistant', content }] };
  t.strictSame(decode(body).messages[0]?.parts, [{ type: 'reasoning', text: 'Hm.' }]);
  t.end();
});
