import type { Message, Part } from '@dragoman/plugin-sdk';
import t from 'tap';
import { told } from '../../run.ts';
import { makeContext, withOptions } from './context.ts';
import { decode, encode } from './run.ts';

const user = (...parts: Part[]): Message => ({ role: 'user', parts });
const assistant = (...parts: Part[]): Message => ({ role: 'assistant', parts });
const call = (id: string, changes = {}): Part => ({
  type: 'tool-call',
  id,
  name: 'f',
  kind: 'function',
  input: '{}',
  ...changes,
});
const result = (callId: string, text: string): Part => ({
  type: 'tool-result',
  callId,
  output: [{ type: 'text', text }],
});

t.test('system text is said by the developer, where it stood', async (t) => {
  const messages: Message[] = [
    { role: 'system', parts: [{ type: 'text', text: 'A' }] },
    user({ type: 'text', text: 'Hi' }),
    { role: 'system', parts: [{ type: 'text', text: 'B' }] },
  ];
  const roles = (context = makeContext()) =>
    (encode({ messages }, context).body.input as { role: string }[]).map(({ role }) => role);
  t.strictSame(roles(), ['developer', 'user', 'developer']);
  t.strictSame(roles(withOptions({ systemRole: 'system' })), ['system', 'user', 'system']);
});

t.test('nothing is stored unless the client asked for it', async (t) => {
  t.equal(encode({}).body.store, false);
  t.equal(encode({ store: true }).body.store, true);
  t.notOk('store' in encode(decode({})).body, 'and a request of this dialect means what it says');
});

t.test('a turn becomes items in its own order', async (t) => {
  const messages = [
    assistant(
      { type: 'text', text: 'A' },
      call('c1'),
      { type: 'text', text: 'B' },
      call('c2', { kind: 'custom', name: 'g', input: 'ls' }),
    ),
    user(result('c1', 'one'), result('c2', 'two'), { type: 'text', text: 'C' }),
  ];
  t.strictSame(encode({ messages }).body.input, [
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'A', annotations: [] }] },
    { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'B', annotations: [] }] },
    { type: 'custom_tool_call', call_id: 'c2', name: 'g', input: 'ls' },
    { type: 'function_call_output', call_id: 'c1', output: 'one' },
    { type: 'custom_tool_call_output', call_id: 'c2', output: 'two' },
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'C' }] },
  ]);
});

t.test('long ids are cut alike in a call and its result', async (t) => {
  const id = `call_${'x'.repeat(90)}`;
  const { body } = encode({ messages: [assistant(call(id)), user(result(id, 'one'))] });
  const [first, second] = body.input as { call_id: string }[];
  t.ok((first?.call_id.length ?? 0) <= 64);
  t.equal(first?.call_id, second?.call_id);
});

t.test('of several results for one call the last one counts, at the place of the first', async (t) => {
  const messages = [
    assistant(call('c1'), call('c2')),
    user(result('c1', 'old'), result('c2', 'two'), result('c1', 'new')),
  ];
  const outputs = (encode({ messages }).body.input as { output?: string }[]).flatMap(
    ({ output }) => output ?? [],
  );
  t.strictSame(outputs, ['new', 'two']);
});

t.test('an id that is used again has results of its own', async (t) => {
  const messages = [
    assistant(call('c1')),
    user(result('c1', 'one')),
    assistant(call('c1')),
    user(result('c1', 'two')),
  ];
  const outputs = (encode({ messages }).body.input as { output?: string }[]).flatMap(
    ({ output }) => output ?? [],
  );
  t.strictSame(outputs, ['one', 'two']);
});

t.test('results keep their images, and say that they failed', async (t) => {
  const messages = [
    assistant(call('c1'), call('c2')),
    user(
      {
        type: 'tool-result',
        callId: 'c1',
        output: [
          { type: 'text', text: 'see' },
          { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' } },
        ],
      },
      { type: 'tool-result', callId: 'c2', isError: true, output: [{ type: 'text', text: 'no' }] },
    ),
  ];
  const { body, warnings } = encode({ messages });
  t.strictSame((body.input as { output?: unknown }[]).slice(2), [
    {
      type: 'function_call_output',
      call_id: 'c1',
      output: [
        { type: 'input_text', text: 'see' },
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
      ],
    },
    { type: 'function_call_output', call_id: 'c2', output: 'Error: no' },
  ]);
  t.strictSame(told(warnings), ['approximated /messages/1/parts/1/isError']);
});

t.test('images, documents and files', async (t) => {
  const messages = [
    user(
      {
        type: 'media',
        mediaType: 'image/*',
        source: { type: 'url', url: 'https://a.org/b.png' },
        detail: 'high',
      },
      {
        type: 'media',
        mediaType: 'application/pdf',
        source: { type: 'base64', data: 'AAAA' },
        title: 'Report',
      },
      { type: 'media', mediaType: 'application/pdf', source: { type: 'url', url: 'https://a.org/c.pdf' } },
      { type: 'media', mediaType: 'text/plain', source: { type: 'text', text: 'words' }, title: 'Notes' },
      { type: 'media', mediaType: 'audio/wav', source: { type: 'base64', data: 'AAAA' } },
      { type: 'media', mediaType: 'image/png', source: { type: 'file', dialect: 'gemini', value: 'f' } },
    ),
  ];
  const { body, warnings } = encode({ messages });
  t.strictSame((body.input as { content: unknown }[])[0]?.content, [
    { type: 'input_image', image_url: 'https://a.org/b.png', detail: 'high' },
    { type: 'input_file', file_data: 'data:application/pdf;base64,AAAA', filename: 'Report.pdf' },
    { type: 'input_file', file_url: 'https://a.org/c.pdf' },
    { type: 'input_text', text: 'Notes\n\nwords' },
  ]);
  t.strictSame(told(warnings), [
    'approximated /messages/0/parts/1/title',
    'approximated /messages/0/parts/3',
    'unsupported /messages/0/parts/4',
    'unsupported /messages/0/parts/5',
  ]);
});

t.test('reasoning returns to the family that signed it, without the id it is not bound to', async (t) => {
  const signed = (family: string): Part => ({
    type: 'reasoning',
    text: 'Hm.',
    signature: { dialect: 'openai-responses', family, value: 'gAAAA1' },
  });
  t.strictSame(encode({ messages: [assistant(signed('openai'))] }).body.input, [
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: 'gAAAA1' },
  ]);
  const foreign = encode({ messages: [assistant(signed('anthropic'))] });
  t.strictSame(foreign.body.input, []);
  t.strictSame(told(foreign.warnings), ['dropped /messages/0/parts/0']);
});

t.test('unsigned reasoning goes only to a service that takes it as text', async (t) => {
  const messages = [assistant({ type: 'reasoning', text: 'Hm.' })];
  t.strictSame(told(encode({ messages }).warnings), ['dropped /messages/0/parts/0']);
  t.strictSame(encode({ messages }, withOptions({ reasoningText: true })).body.input, [
    { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm.' }] },
  ]);
});

t.test('a client of this dialect never sends another family’s signature to a service', async (t) => {
  const input = [
    {
      type: 'reasoning',
      summary: [],
      encrypted_content: 'dragoman:["anthropic-messages","anthropic","EqQB"]',
    },
    { role: 'user', content: 'Hi' },
  ];
  const { body, warnings } = encode(decode({ input }));
  t.strictSame(body.input, [{ role: 'user', content: 'Hi' }]);
  t.strictSame(told(warnings), ['dropped /messages/0/parts/0']);
});

t.test('tools are flat, and strict only when asked', async (t) => {
  const inputSchema = { type: 'object', properties: {} };
  const { body } = encode({
    tools: [
      { type: 'function', name: 'f', description: 'd', inputSchema },
      { type: 'function', name: 'g', inputSchema, strict: true },
      { type: 'custom', name: 'p', grammar: { syntax: 'lark', definition: 'x' } },
      { type: 'web-search', domains: { allow: ['a.org'] }, location: { country: 'FR' } },
    ],
    toolChoice: { type: 'auto', only: ['f', 'p'] },
    parallelToolCalls: false,
  });
  t.strictSame(body.tools, [
    { type: 'function', name: 'f', description: 'd', parameters: inputSchema, strict: false },
    { type: 'function', name: 'g', parameters: inputSchema, strict: true },
    { type: 'custom', name: 'p', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
    {
      type: 'web_search',
      filters: { allowed_domains: ['a.org'] },
      user_location: { type: 'approximate', country: 'FR' },
    },
  ]);
  t.strictSame(body.tool_choice, {
    type: 'allowed_tools',
    mode: 'auto',
    tools: [
      { type: 'function', name: 'f' },
      { type: 'custom', name: 'p' },
    ],
  });
  t.equal(body.parallel_tool_calls, false);
});

t.test('where free text is not taken, it is wrapped, and its calls too', async (t) => {
  const { body, warnings, memo } = encode(
    {
      tools: [{ type: 'custom', name: 'p' }],
      messages: [
        assistant(call('c1', { kind: 'custom', name: 'p', input: 'ls' })),
        user(result('c1', 'one')),
      ],
    },
    withOptions({ customTools: false }),
  );
  t.match(body.tools, [{ type: 'function', name: 'p' }]);
  t.match(body.input, [
    { type: 'function_call', arguments: '{"input":"ls"}' },
    { type: 'function_call_output', output: 'one' },
  ]);
  t.strictSame(told(warnings), ['approximated /tools/0']);
  t.same(memo, { wrapped: ['p'] });
});

t.test('the amount of reasoning, what is seen of it, and its encrypted form', async (t) => {
  const { body, warnings } = encode({ reasoning: { budgetTokens: 4000, visibility: 'summary' } });
  t.same(body.reasoning, { effort: 'medium', summary: 'auto' });
  t.same(body.include, ['reasoning.encrypted_content']);
  t.strictSame(told(warnings), ['approximated /reasoning/budgetTokens']);
  const model = { ...makeContext().model, features: ['stream' as const] };
  const still = encode({ reasoning: { effort: 'high' } }, makeContext({ model }));
  t.notOk(
    'reasoning' in still.body || 'include' in still.body,
    'a model that does not reason is not asked to',
  );
  t.strictSame(told(still.warnings), ['dropped /reasoning']);
});

t.test('a schema, wordiness, limits and log probabilities', async (t) => {
  const { body, warnings } = encode({
    output: { format: 'json', schema: { type: 'object' }, name: 'my answer', strict: true },
    verbosity: 'low',
    maxOutputTokens: 5,
    logprobs: { top: 2 },
  });
  t.same(body.text, {
    format: { type: 'json_schema', name: 'my_answer', schema: { type: 'object' }, strict: true },
    verbosity: 'low',
  });
  t.equal(body.max_output_tokens, 16);
  t.equal(body.top_logprobs, 2);
  t.same(body.include, ['reasoning.encrypted_content', 'message.output_text.logprobs']);
  t.strictSame(told(warnings), ['approximated /maxOutputTokens']);
});

t.test('sampling is left out for a model that refuses it, and that is said', async (t) => {
  const rules = [{ models: ['gpt-5.4'], defaultEffort: 'none', sampling: 'without-reasoning' }];
  const context = withOptions({ modelRules: rules });
  t.equal(encode({ temperature: 0.5 }, context).body.temperature, 0.5);
  const { body, warnings } = encode({ temperature: 0.5, topP: 1, reasoning: { effort: 'low' } }, context);
  t.notOk('temperature' in body || 'top_p' in body);
  t.strictSame(told(warnings), ['dropped /temperature']);
});

t.test('every field without a place is told of, and none that asks for nothing', async (t) => {
  const { warnings } = encode({
    topK: 5,
    seed: 1,
    stop: ['x'],
    frequencyPenalty: 1,
    presencePenalty: 1,
    logitBias: { 1: 2 },
    candidates: 2,
    modalities: ['text', 'audio'],
    audio: { voice: 'v' },
    serviceTier: 'unheard-of',
    extensions: { 'anthropic-messages': { container: 'c', $marker: 1, empty: null } },
  });
  t.strictSame(told(warnings).sort(), [
    'dropped /extensions/anthropic-messages/container',
    'dropped /frequencyPenalty',
    'dropped /logitBias',
    'dropped /presencePenalty',
    'dropped /seed',
    'dropped /serviceTier',
    'dropped /stop',
    'dropped /topK',
    'unsupported /audio',
    'unsupported /candidates',
    'unsupported /modalities',
  ]);
  const quiet = encode({
    candidates: 1,
    frequencyPenalty: 0,
    stop: [],
    modalities: ['text'],
    serviceTier: 'auto',
  });
  t.strictSame(quiet.warnings, []);
});
