import { TranslateError } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeRequest } from '../../../../plugins/openai/src/responses/decode-request.ts';
import { makeContext } from './context.ts';
import { decode } from './run.ts';

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, inner) => (key === 'extensions' ? undefined : inner));

t.test('a string is what the user says, and instructions come first', async (t) => {
  t.strictSame(plain(decode({ input: 'Hi', instructions: 'Be brief.' }).messages), [
    { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
    { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
  ]);
});

t.test('developer and system are both the system', async (t) => {
  const input = [
    { role: 'developer', content: 'A' },
    { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'B' }] },
  ];
  t.strictSame(
    decode({ input }).messages.map(({ role }) => role),
    ['system', 'system'],
  );
});

t.test('calls, results and reasoning are messages of their own', async (t) => {
  const input = [
    {
      type: 'reasoning',
      id: 'rs_1',
      summary: [
        { type: 'summary_text', text: 'A' },
        { type: 'summary_text', text: 'B' },
      ],
    },
    { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
    { type: 'custom_tool_call', call_id: 'c2', name: 'g', input: 'ls' },
    { type: 'function_call_output', call_id: 'c1', output: 'one' },
    {
      type: 'custom_tool_call_output',
      call_id: 'c2',
      output: [
        { type: 'input_text', text: 'two' },
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA' },
      ],
    },
  ];
  t.strictSame(plain(decode({ input }).messages), [
    { role: 'assistant', parts: [{ type: 'reasoning', text: 'A\n\nB' }] },
    { role: 'assistant', parts: [{ type: 'tool-call', id: 'c1', name: 'f', kind: 'function', input: '{}' }] },
    { role: 'assistant', parts: [{ type: 'tool-call', id: 'c2', name: 'g', kind: 'custom', input: 'ls' }] },
    { role: 'tool', parts: [{ type: 'tool-result', callId: 'c1', output: [{ type: 'text', text: 'one' }] }] },
    {
      role: 'tool',
      parts: [
        {
          type: 'tool-result',
          callId: 'c2',
          output: [
            { type: 'text', text: 'two' },
            { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' } },
          ],
        },
      ],
    },
  ]);
});

t.test('encrypted reasoning is known by its form, and an envelope by its owner', async (t) => {
  const signatureOf = (encrypted_content: string) =>
    decode({ input: [{ type: 'reasoning', summary: [], encrypted_content }] }).messages[0]?.parts[0]
      ?.signature;
  t.same(signatureOf('gAAAAABo'), { dialect: 'openai-responses', family: 'openai', value: 'gAAAAABo' });
  t.same(signatureOf('other'), { dialect: 'openai-responses', value: 'other' });
  t.same(signatureOf('dragoman:["anthropic-messages","anthropic","EqQB"]'), {
    dialect: 'anthropic-messages',
    family: 'anthropic',
    value: 'EqQB',
  });
  t.same(signatureOf('dragoman:[broken'), { dialect: 'openai-responses', value: 'dragoman:[broken' });
});

t.test('a signature that crossed in an item of its own returns to the part before', async (t) => {
  const input = [
    { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
    { type: 'reasoning', summary: [], encrypted_content: 'dragoman:["gemini","google","sig","previous"]' },
    { type: 'function_call_output', call_id: 'c1', output: 'one' },
  ];
  const { messages } = decode({ input });
  t.equal(messages.length, 2);
  t.same(messages[0]?.parts[0]?.signature, { dialect: 'gemini', family: 'google', value: 'sig' });
});

t.test(
  'the children of a namespace know it, and all tools of the request come before those among the items',
  async (t) => {
    const child = { type: 'function', name: 'send', parameters: { type: 'object' } };
    const request = decode({
      tools: [
        { type: 'namespace', name: 'mail', tools: [child] },
        { type: 'function', name: 'run', parameters: { type: 'object' } },
      ],
      input: [
        {
          type: 'additional_tools',
          role: 'developer',
          tools: [
            { type: 'function', name: 'run', description: 'another' },
            { type: 'function', name: 'late', parameters: { type: 'object' } },
          ],
        },
      ],
    });
    t.strictSame(plain(request.tools), [
      { type: 'function', name: 'send', namespace: 'mail', inputSchema: { type: 'object' } },
      { type: 'function', name: 'run', inputSchema: { type: 'object' } },
      { type: 'function', name: 'late', inputSchema: { type: 'object' } },
    ]);
    t.strictSame(request.messages[0]?.parts, []);
  },
);

t.test('every kind of tool is read', async (t) => {
  const mcp = { type: 'mcp', server_label: 'docs' };
  const { tools } = decode({
    tools: [
      { type: 'custom', name: 'p', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
      { type: 'web_search_preview', user_location: { type: 'approximate', country: 'FR' } },
      { type: 'web_search', filters: { allowed_domains: ['a.org'] } },
      mcp,
    ],
  });
  t.strictSame(plain(tools), [
    { type: 'custom', name: 'p', grammar: { syntax: 'lark', definition: 'start: "x"' } },
    { type: 'web-search', location: { type: 'approximate', country: 'FR' } },
    { type: 'web-search', domains: { allow: ['a.org'] } },
    { type: 'opaque', dialect: 'openai-responses', value: mcp },
  ]);
});

t.test('a choice of tools is read in its flat form', async (t) => {
  t.same(decode({ tool_choice: 'required' }).toolChoice, { type: 'required' });
  t.same(decode({ tool_choice: { type: 'function', name: 'f' } }).toolChoice, { type: 'tool', name: 'f' });
  const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }] };
  t.same(decode({ tool_choice: allowed }).toolChoice, { type: 'required', only: ['f'] });
  const hosted = decode({ tool_choice: { type: 'file_search' } });
  t.equal(hosted.toolChoice, undefined);
  t.same(hosted.extensions?.['openai-responses']?.tool_choice, { type: 'file_search' });
});

t.test('settings have the words of the hub', async (t) => {
  const request = decode({
    reasoning: { effort: 'high', summary: 'detailed' },
    text: {
      verbosity: 'low',
      format: { type: 'json_schema', name: 'n', strict: true, schema: { type: 'object' } },
    },
    max_output_tokens: 9,
    temperature: 0.5,
    top_p: 0.9,
    include: ['message.output_text.logprobs', 'reasoning.encrypted_content'],
    top_logprobs: 3,
    parallel_tool_calls: false,
    safety_identifier: 'u',
    store: true,
    previous_response_id: 'resp_0',
    prompt_cache_key: 'k',
    service_tier: 'flex',
    metadata: { a: 'b' },
  });
  const { model, messages, extensions, ...settings } = request;
  t.strictSame(settings, {
    stream: false,
    maxOutputTokens: 9,
    temperature: 0.5,
    topP: 0.9,
    parallelToolCalls: false,
    reasoning: { effort: 'high', visibility: 'summary' },
    output: { format: 'json', schema: { type: 'object' }, name: 'n', strict: true },
    verbosity: 'low',
    logprobs: { top: 3 },
    endUser: 'u',
    store: true,
    previousResponseId: 'resp_0',
    promptCacheKey: 'k',
    serviceTier: 'flex',
    metadata: { a: 'b' },
  });
});

t.test('who asks to see reasoning expects that there is some', async (t) => {
  t.same(decode({ reasoning: { summary: 'auto' } }).reasoning, { effort: 'auto', visibility: 'summary' });
});

t.test('fields without effect on the answer ask nothing of another dialect, the others do', async (t) => {
  const { extensions } = decode({
    client_metadata: { a: 'b' },
    stream_options: { include_obfuscation: false },
    truncation: 'disabled',
    include: ['reasoning.encrypted_content', 'file_search_call.results'],
    context_management: [{ type: 'compaction' }],
  });
  const asked = Object.keys(extensions?.['openai-responses'] ?? {}).filter((key) => !key.startsWith('$'));
  t.strictSame(asked.sort(), ['context_management', 'include']);
});

t.test('a body that is no request is refused with the place of the fault', async (t) => {
  const refuse = (body: never) =>
    t.throws(() => decodeRequest({ path: {}, query: {}, headers: {}, body }, makeContext()), TranslateError);
  refuse([] as never);
  refuse({ input: 'Hi' } as never);
  refuse({ model: 'm', input: 3 } as never);
});

t.test('a search that may not go out is kept for its own service alone', async (t) => {
  const tool = { type: 'web_search', external_web_access: false };
  t.same(decode({ tools: [tool] }).tools, [{ type: 'opaque', dialect: 'openai-responses', value: tool }]);
});
