import type { CanonicalRequest, Part, Tool } from '@dragoman/plugin-sdk';
import t from 'tap';
import { cohere, context, encode } from './run.ts';

const tool = (name: string, more: object = {}): Tool => ({
  type: 'function',
  name,
  inputSchema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
  ...more,
});
const user = (...parts: Part[]): Pick<CanonicalRequest, 'messages'> => ({
  messages: [{ role: 'user', parts }],
});

t.test('settings go where the service has them', (t) => {
  const { body, warnings } = encode({
    stream: true,
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    seed: 1,
    stop: ['x'],
    maxOutputTokens: 7,
    frequencyPenalty: 0.1,
    presencePenalty: 0.2,
    logprobs: {},
  });
  t.strictSame(body, {
    model: 'test-model',
    stream: true,
    messages: [{ role: 'user', content: 'Hi' }],
    max_tokens: 7,
    temperature: 0.5,
    seed: 1,
    p: 0.9,
    k: 40,
    frequency_penalty: 0.1,
    presence_penalty: 0.2,
    stop_sequences: ['x'],
    logprobs: true,
  });
  t.strictSame(warnings, []);
  t.end();
});

t.test('what is out of the service’s range is brought into it and told', (t) => {
  const { body, warnings } = encode({
    topP: 1,
    topK: 1000,
    frequencyPenalty: -0.5,
    presencePenalty: 2,
    stop: ['1', '2', '3', '4', '5', '6'],
    logprobs: { top: 3 },
  });
  t.match(body, {
    p: 0.99,
    k: 500,
    frequency_penalty: 0,
    presence_penalty: 1,
    stop_sequences: { length: 5 },
  });
  t.strictSame(warnings, [
    'approximated /topK',
    'approximated /frequencyPenalty',
    'approximated /presencePenalty',
    'dropped /stop/5',
    'dropped /logprobs/top',
  ]);
  t.end();
});

t.test('a conversation with calls goes with its plan, and results right behind the calls', (t) => {
  const { body, warnings } = encode({
    messages: [
      { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'Hm.' },
          { type: 'text', text: 'I will look.' },
          { type: 'tool-call', id: 'c1', name: 'f', kind: 'function', input: '{"a":1}' },
        ],
      },
      { role: 'assistant', parts: [{ type: 'tool-call', id: 'c2', name: 'g', kind: 'function', input: '' }] },
      { role: 'user', parts: [{ type: 'text', text: 'Hurry.' }] },
      {
        role: 'tool',
        parts: [{ type: 'tool-result', callId: 'c1', output: [{ type: 'text', text: 'old' }] }],
      },
      {
        role: 'tool',
        parts: [{ type: 'tool-result', callId: 'c2', output: [{ type: 'json', value: [1] }] }],
      },
      {
        role: 'tool',
        parts: [{ type: 'tool-result', callId: 'c1', output: [{ type: 'text', text: 'new' }] }],
      },
    ],
  });
  t.strictSame(body.messages, [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'assistant',
      tool_plan: 'I will look.',
      content: [{ type: 'thinking', thinking: 'Hm.' }],
      tool_calls: [
        { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
        { id: 'c2', type: 'function', function: { name: 'g', arguments: '{}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'new' },
    { role: 'tool', tool_call_id: 'c2', content: '[1]' },
    { role: 'user', content: 'Hurry.' },
  ]);
  t.strictSame(warnings, []);
  t.end();
});

t.test('images go as addresses or data, and documents beside the conversation', (t) => {
  const { body, warnings } = encode(
    user(
      { type: 'text', text: 'Compare.' },
      { type: 'media', mediaType: 'image/png', detail: 'low', source: { type: 'base64', data: 'AA' } },
      { type: 'media', mediaType: 'image/*', source: { type: 'url', url: 'https://a.example/b' } },
      { type: 'media', mediaType: 'text/plain', title: 'Notes', source: { type: 'text', text: 'Milk.' } },
      { type: 'media', mediaType: 'text/csv', source: { type: 'base64', data: 'YSxi' } },
      { type: 'media', mediaType: 'application/pdf', source: { type: 'base64', data: 'JVBERi0=' } },
    ),
  );
  t.strictSame(body.messages, [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Compare.' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'low' } },
        { type: 'image_url', image_url: { url: 'https://a.example/b' } },
      ],
    },
  ]);
  t.strictSame(body.documents, [
    { id: 'doc_0', data: { title: 'Notes', text: 'Milk.' } },
    { id: 'doc_1', data: { text: 'a,b' } },
  ]);
  t.strictSame(warnings, [
    'approximated /messages/0/parts/3',
    'approximated /messages/0/parts/4',
    'unsupported /messages/0/parts/5',
  ]);
  t.end();
});

t.test('documents beside JSON are text, because the service refuses them together', (t) => {
  const document: Part = { type: 'media', mediaType: 'text/plain', source: { type: 'text', text: 'Milk.' } };
  const { body } = encode({ ...user(document), output: { format: 'json' } });
  t.equal(body.documents, undefined);
  t.match(body, { messages: [{ content: 'Milk.' }], response_format: { type: 'json_object' } });
  t.end();
});

t.test('JSON is asked for by format, or in the system text beside tools', (t) => {
  const output: CanonicalRequest['output'] = { format: 'json', schema: { type: 'object' } };
  t.strictSame(encode({ output }).body.response_format, {
    type: 'json_object',
    json_schema: { type: 'object' },
  });
  const { body, warnings } = encode({ output, tools: [tool('a')] });
  t.equal(body.response_format, undefined);
  t.match(body.messages, [{ role: 'system', content: /\{"type":"object"\}/ }, { role: 'user' }]);
  t.strictSame(warnings, ['approximated /output']);
  t.end();
});

t.test('a choice of tools is demanded, forbidden, or told by which are offered', (t) => {
  const tools = [tool('a'), tool('b')];
  const chosen = (toolChoice: CanonicalRequest['toolChoice']) => {
    const { body, warnings } = encode(toolChoice === undefined ? { tools } : { tools, toolChoice });
    const list = (body.tools ?? []) as { function: { name: string } }[];
    return [body.tool_choice, list.map((each) => each.function.name).join(), ...warnings];
  };
  t.strictSame(chosen(undefined), [undefined, 'a,b']);
  t.strictSame(chosen({ type: 'auto' }), [undefined, 'a,b']);
  t.strictSame(chosen({ type: 'none' }), ['NONE', 'a,b']);
  t.strictSame(chosen({ type: 'required' }), ['REQUIRED', 'a,b']);
  t.strictSame(chosen({ type: 'tool', name: 'b' }), [
    'REQUIRED',
    'b',
    'approximated /toolChoice',
    'approximated /tools/0',
  ]);
  t.strictSame(chosen({ type: 'auto', only: ['a'] }), [undefined, 'a', 'approximated /tools/1']);
  t.strictSame(encode({ toolChoice: { type: 'required' } }).warnings, ['dropped /toolChoice']);
  t.end();
});

t.test('tools are strict all together or not at all', (t) => {
  const strict = { strict: true };
  t.match(encode({ tools: [tool('a', strict)] }), { body: { strict_tools: true }, warnings: [] });
  const mixed = encode({ tools: [tool('a', strict), tool('b')] });
  t.match(mixed, { body: { strict_tools: undefined }, warnings: ['dropped /tools/0/strict'] });
  const empty = encode({ tools: [tool('a', { ...strict, inputSchema: { type: 'object' } })] });
  t.match(empty, { body: { strict_tools: undefined }, warnings: ['dropped /tools/0/strict'] });
  t.end();
});

t.test('names the service refuses are changed, and changed back in the reply', (t) => {
  const { body, memo, warnings } = encode({
    tools: [
      tool('get.weather'),
      tool('get weather'),
      tool('find', { namespace: 'crm' }),
      { type: 'custom', name: 'sql', description: 'Runs SQL' },
    ],
  });
  const names = (body.tools as { function: { name: string } }[]).map((each) => each.function.name);
  t.equal(new Set(names).size, 4);
  for (const name of names) t.match(name, /^[A-Za-z0-9_-]{1,64}$/);
  t.strictSame(warnings, ['approximated /tools/3']);
  const calls = names.map((name, index) => ({
    id: `c${index}`,
    type: 'function',
    function: { name, arguments: '{"input":"x"}' },
  }));
  const reply = { status: 200, headers: {}, body: { message: { tool_calls: calls } } };
  const { output } = cohere.decodeResponse(reply, { ...context, memo: JSON.parse(JSON.stringify(memo)) });
  t.match(output.parts, [
    { name: 'get.weather', kind: 'function', input: '{"input":"x"}' },
    { name: 'get weather' },
    { name: 'find', namespace: 'crm' },
    { name: 'sql', kind: 'custom', input: 'x' },
  ]);
  t.end();
});

t.test('thinking has a budget', (t) => {
  const think = (reasoning: CanonicalRequest['reasoning']) => {
    const { body, warnings } = encode(reasoning === undefined ? {} : { reasoning });
    return [body.thinking, ...warnings];
  };
  t.strictSame(think({ effort: 'none' }), [{ type: 'disabled' }]);
  t.strictSame(think({ effort: 'auto' }), [{ type: 'enabled' }]);
  t.strictSame(think({ budgetTokens: 500 }), [{ type: 'enabled', token_budget: 500 }]);
  t.strictSame(think({ budgetTokens: 0 }), [{ type: 'disabled' }]);
  t.strictSame(think({ effort: 'low', visibility: 'hidden' }), [
    { type: 'enabled', token_budget: 1024 },
    'dropped /reasoning/visibility',
    'approximated /reasoning/effort',
  ]);
  t.strictSame(think({ effort: 'max' }), [{ type: 'enabled' }, 'approximated /reasoning/effort']);
  t.end();
});

t.test('a model that does not think is neither asked to nor sent thoughts', (t) => {
  const deaf = { model: { ...context.model, features: ['stream' as const] } };
  const messages: CanonicalRequest['messages'] = [
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'Hm.' },
        { type: 'text', text: 'Hi' },
      ],
    },
    { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
  ];
  const { body, warnings } = encode({ messages, reasoning: { effort: 'high' } }, deaf);
  t.match(body, { thinking: undefined, messages: [{ role: 'assistant', content: 'Hi' }, { role: 'user' }] });
  t.strictSame(warnings, ['dropped /messages/0/parts/0', 'dropped /reasoning']);
  t.strictSame(encode({ reasoning: { effort: 'none' } }, deaf).warnings, []);
  const named = (id: string) =>
    encode({ reasoning: { effort: 'auto' } }, { model: { ...context.model, id, features: [] } });
  t.strictSame(named('command-a-reasoning-08-2025').body.thinking, { type: 'enabled' });
  t.equal(named('command-a-03-2025').body.thinking, undefined);
  t.end();
});

t.test('the operator’s settings go where the service takes them', (t) => {
  const config = { safetyMode: 'STRICT', citations: 'FAST' };
  t.match(encode({}, { config }).body, { safety_mode: 'STRICT', citation_options: { mode: 'FAST' } });
  t.equal(encode({ tools: [tool('a')] }, { config }).body.safety_mode, undefined);
  t.end();
});

t.test('what the service has no place for is told', (t) => {
  const losses: [Partial<CanonicalRequest>, string][] = [
    [{ logitBias: { 50256: -100 } }, 'dropped /logitBias'],
    [{ candidates: 2 }, 'unsupported /candidates'],
    [{ verbosity: 'low' }, 'dropped /verbosity'],
    [{ modalities: ['text', 'audio'] }, 'unsupported /modalities'],
    [{ audio: { voice: 'alloy' } }, 'unsupported /audio'],
    [{ endUser: 'ann' }, 'dropped /endUser'],
    [{ metadata: { team: 'a' } }, 'dropped /metadata'],
    [{ serviceTier: 'flex' }, 'dropped /serviceTier'],
    [{ promptCacheKey: 'k' }, 'dropped /promptCacheKey'],
    [{ store: true }, 'dropped /store'],
    [{ previousResponseId: 'resp_1' }, 'unsupported /previousResponseId'],
    [{ extensions: { gemini: { safety: [1], $form: 1 } } }, 'dropped /extensions/gemini/safety'],
    [{ tools: [tool('a')], parallelToolCalls: false }, 'dropped /parallelToolCalls'],
    [{ tools: [{ type: 'web-search' }] }, 'unsupported /tools/0'],
    [{ tools: [{ type: 'opaque', dialect: 'gemini', value: {} }] }, 'unsupported /tools/0'],
    [{ tools: [tool('a', { cache: {} })] }, 'approximated /tools/0/cache'],
    [{ tools: [tool('a', { inputSchema: { type: 'string' } })] }, 'approximated /tools/0/inputSchema'],
  ];
  for (const [request, warning] of losses) t.strictSame(encode(request).warnings, [warning]);
  const usual = {
    candidates: 1,
    verbosity: 'medium',
    modalities: ['text'],
    store: false,
    serviceTier: 'auto',
  };
  t.strictSame(encode({ ...usual, metadata: {}, logitBias: {} }).warnings, []);
  t.end();
});

t.test('what a part cannot carry is told where it stands', (t) => {
  const signature = { dialect: 'anthropic-messages', family: 'anthropic', value: 's' };
  const image: Part = { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AA' } };
  const { body, warnings } = encode({
    messages: [
      {
        role: 'assistant',
        name: 'bot',
        parts: [
          { type: 'reasoning', text: 'Hm.', signature },
          { type: 'reasoning', text: '', redacted: true, signature },
          { type: 'text', text: 'a', citations: [{ url: 'https://a.example' }], cache: {} },
          { type: 'refusal', text: 'No.' },
          { type: 'tool-call', id: '1', name: 'web', kind: 'hosted', input: '{}' },
          { type: 'tool-call', id: '2', name: 'f', kind: 'function', input: '{"a":' },
          { type: 'opaque', dialect: 'gemini', value: {} },
          image,
        ],
      },
      { role: 'user', parts: [{ type: 'tool-result', callId: '2', isError: true, output: [image] }] },
      { role: 'system', parts: [image] },
    ],
  });
  t.match(body.messages, [
    { role: 'assistant', tool_plan: 'a\n\nNo.' },
    { role: 'tool', content: '' },
  ]);
  t.strictSame(warnings.sort(), [
    'approximated /messages/0/parts/2/cache',
    'approximated /messages/0/parts/3',
    'approximated /messages/0/parts/5/input',
    'dropped /messages/0/name',
    'dropped /messages/0/parts/0/signature',
    'dropped /messages/0/parts/1',
    'dropped /messages/0/parts/2/citations',
    'dropped /messages/0/parts/4',
    'dropped /messages/0/parts/6',
    'dropped /messages/1/parts/0/isError',
    'dropped /messages/2/parts/0',
    'unsupported /messages/0/parts/7',
    'unsupported /messages/1/parts/0/output/0',
  ]);
  t.end();
});

t.test('a conversation of system texts alone gets a user turn', (t) => {
  const { body, warnings } = encode({
    messages: [{ role: 'system', parts: [{ type: 'text', text: 'Say hi.' }] }],
  });
  t.match(body.messages, [{ role: 'system' }, { role: 'user', content: String }]);
  t.strictSame(warnings, ['approximated /messages']);
  t.end();
});
