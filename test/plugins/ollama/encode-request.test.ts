import type { CanonicalRequest, Part, Tool } from '@dragoman/plugin-sdk';
import t from 'tap';
import { chat, prompt } from './dialects.ts';
import { context, decode, encode } from './run.ts';

const tool = (name: string, more: object = {}): Tool => ({
  type: 'function',
  name,
  inputSchema: { type: 'object', properties: {} },
  ...more,
});
const user = (...parts: Part[]): Pick<CanonicalRequest, 'messages'> => ({
  messages: [{ role: 'user', parts }],
});

t.test('whether to stream is always said to the server', (t) => {
  t.equal(encode({ stream: false }).body.stream, false);
  t.equal(encode({ stream: true }).body.stream, true);
  t.end();
});

t.test('settings go where the server has them', (t) => {
  const { body, warnings } = encode({
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    seed: 1,
    stop: ['x'],
    maxOutputTokens: 7,
    frequencyPenalty: 0.1,
    presencePenalty: 0.2,
    logprobs: { top: 3 },
    output: { format: 'json', schema: { type: 'object' } },
  });
  t.strictSame(body.options, {
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    seed: 1,
    frequency_penalty: 0.1,
    presence_penalty: 0.2,
    num_predict: 7,
    stop: ['x'],
  });
  t.match(body, { format: { type: 'object' }, logprobs: true, top_logprobs: 3 });
  t.equal(encode({ output: { format: 'json' } }).body.format, 'json');
  t.strictSame(warnings, []);
  t.end();
});

t.test('the operator’s context window and time to live are for clients of other dialects', (t) => {
  const config = { contextTokens: 32768, keepAlive: '1h' };
  t.match(encode({}, { config }).body, { keep_alive: '1h', options: { num_ctx: 32768 } });
  const own = decode({ model: 'm', messages: [] });
  const { output } = chat.encodeRequest(own, { ...context, config });
  t.strictSame(Object.keys(output.body ?? {}).sort(), ['messages', 'model']);
  t.end();
});

t.test('parts in an order one message cannot hold take several', (t) => {
  const image: Part = { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AA' } };
  const { body, warnings } = encode(
    user({ type: 'text', text: 'This' }, image, { type: 'text', text: 'or that?' }),
  );
  t.strictSame(body.messages, [
    { role: 'user', content: 'This' },
    { role: 'user', content: 'or that?', images: ['AA'] },
  ]);
  t.strictSame(warnings, []);
  t.end();
});

t.test('an assistant’s turn has thinking, text and calls with objects', (t) => {
  const { body, warnings } = encode({
    messages: [
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'Hm.' },
          { type: 'text', text: 'Let me see.' },
          { type: 'tool-call', id: 'c1', name: 'f', kind: 'function', input: '{"a":1}' },
        ],
      },
      {
        role: 'user',
        parts: [
          { type: 'text', text: 'And?' },
          { type: 'tool-result', callId: 'c1', output: [{ type: 'json', value: [1] }] },
        ],
      },
    ],
  });
  t.strictSame(body.messages, [
    {
      role: 'assistant',
      content: 'Let me see.',
      thinking: 'Hm.',
      tool_calls: [{ id: 'c1', function: { name: 'f', arguments: { a: 1 } } }],
    },
    { role: 'tool', content: '[1]', tool_name: 'f', tool_call_id: 'c1' },
    { role: 'user', content: 'And?' },
  ]);
  t.strictSame(warnings, []);
  t.end();
});

t.test('media the server cannot read are told', (t) => {
  const { body, warnings } = encode(
    user(
      { type: 'media', mediaType: 'image/png', source: { type: 'url', url: 'https://a.example/b.png' } },
      { type: 'media', mediaType: 'application/pdf', source: { type: 'base64', data: 'JVBERi0=' } },
      { type: 'media', mediaType: 'text/plain', title: 'Notes', source: { type: 'text', text: 'Buy milk.' } },
      { type: 'media', mediaType: 'text/csv', source: { type: 'base64', data: 'YSxi' } },
    ),
  );
  t.strictSame(body.messages, [{ role: 'user', content: 'Notes\n\nBuy milk.\n\na,b' }]);
  t.strictSame(warnings, [
    'unsupported /messages/0/parts/0',
    'unsupported /messages/0/parts/1',
    'approximated /messages/0/parts/2',
    'approximated /messages/0/parts/3',
  ]);
  t.end();
});

t.test('a choice of tools is told by which are offered', (t) => {
  const tools = [tool('a'), tool('b')];
  const offered = (toolChoice: CanonicalRequest['toolChoice']) => {
    const { body, warnings } = encode(toolChoice === undefined ? { tools } : { tools, toolChoice });
    const list = (body.tools ?? []) as { function: { name: string } }[];
    return { names: list.map((each) => each.function.name), warnings };
  };
  t.strictSame(offered({ type: 'auto' }), { names: ['a', 'b'], warnings: [] });
  t.strictSame(offered({ type: 'none' }), {
    names: [],
    warnings: ['approximated /toolChoice', 'approximated /tools/0', 'approximated /tools/1'],
  });
  t.strictSame(offered({ type: 'required' }), { names: ['a', 'b'], warnings: ['dropped /toolChoice'] });
  t.strictSame(offered({ type: 'tool', name: 'b' }), {
    names: ['b'],
    warnings: ['approximated /toolChoice', 'approximated /tools/0'],
  });
  t.strictSame(offered({ type: 'auto', only: ['a'] }), { names: ['a'], warnings: ['approximated /tools/1'] });
  t.end();
});

t.test('tools the server does not have are told, and named back in the reply', (t) => {
  const { body, warnings, memo } = encode({
    parallelToolCalls: false,
    tools: [
      tool('find', { namespace: 'crm', strict: true, cache: {} }),
      { type: 'custom', name: 'sql', description: 'Runs SQL', grammar: { syntax: 'lark' } },
      { type: 'web-search' },
      { type: 'opaque', dialect: 'openai-responses', value: { type: 'computer' } },
    ],
  });
  t.match(body.tools, [
    { function: { name: 'crm__find' } },
    { function: { name: 'sql', parameters: { required: ['input'] } } },
  ]);
  t.strictSame(warnings, [
    'dropped /tools/0/strict',
    'approximated /tools/0/cache',
    'approximated /tools/1',
    'unsupported /tools/2',
    'unsupported /tools/3',
    'dropped /parallelToolCalls',
  ]);
  const { output } = chat.decodeResponse(
    {
      status: 200,
      headers: {},
      body: {
        message: {
          content: '',
          tool_calls: [
            { function: { name: 'crm__find', arguments: {} } },
            { function: { name: 'sql', arguments: { input: 'SELECT 1' } } },
          ],
        },
      },
    },
    { ...context, memo: JSON.parse(JSON.stringify(memo)) },
  );
  t.match(output.parts, [
    { name: 'find', namespace: 'crm', kind: 'function' },
    { name: 'sql', kind: 'custom', input: 'SELECT 1' },
  ]);
  t.end();
});

t.test('thinking is asked for in the server’s levels', (t) => {
  const think = (reasoning: CanonicalRequest['reasoning']) => {
    const { body, warnings } = encode(reasoning === undefined ? {} : { reasoning });
    return [body.think, ...warnings];
  };
  t.strictSame(think({ effort: 'none' }), [false]);
  t.strictSame(think({ effort: 'auto' }), [true]);
  t.strictSame(think({ effort: 'medium', visibility: 'full' }), ['medium']);
  t.strictSame(think({ effort: 'xhigh' }), ['high', 'approximated /reasoning/effort']);
  t.strictSame(think({ budgetTokens: 4000 }), ['medium', 'approximated /reasoning/budgetTokens']);
  t.strictSame(think({ budgetTokens: 0 }), [false]);
  t.strictSame(think({ effort: 'low', visibility: 'hidden' }), ['low', 'dropped /reasoning/visibility']);
  t.end();
});

t.test('a model that does not think is not asked to: the server would refuse the request', (t) => {
  const reasoning: CanonicalRequest['reasoning'] = { effort: 'high' };
  const deaf = { model: { ...context.model, features: ['stream' as const] } };
  t.match(encode({ reasoning }, deaf), { body: { think: undefined }, warnings: ['dropped /reasoning'] });
  const unknown = { model: { ...context.model, features: [] } };
  t.match(encode({ reasoning }, unknown), { body: { think: 'high' }, warnings: [] });
  const provider = { ...context.provider, options: { think: false } };
  t.match(encode({ reasoning }, { provider }), {
    body: { think: undefined },
    warnings: ['dropped /reasoning'],
  });
  t.end();
});

t.test('what the server has no place for is told', (t) => {
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
  const { warnings } = encode({
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
          { type: 'tool-result', callId: '2', isError: true, output: [] },
          { type: 'opaque', dialect: 'gemini', value: {} },
        ],
      },
    ],
  });
  t.strictSame(warnings.sort(), [
    'approximated /messages/0/parts/2/cache',
    'approximated /messages/0/parts/3',
    'approximated /messages/0/parts/5/input',
    'dropped /messages/0/name',
    'dropped /messages/0/parts/0/signature',
    'dropped /messages/0/parts/1',
    'dropped /messages/0/parts/2/citations',
    'dropped /messages/0/parts/4',
    'dropped /messages/0/parts/6/isError',
    'dropped /messages/0/parts/7',
  ]);
  t.end();
});

t.test('a prompt goes back to its own endpoint', (t) => {
  const request = decode({ model: 'm', prompt: 'Hi', raw: true, stream: false }, prompt);
  t.strictSame(chat.encodeRequest(request, context).output, {
    endpoint: 'generate',
    body: { model: 'test-model', prompt: 'Hi', stream: false, raw: true },
  });
  t.end();
});
