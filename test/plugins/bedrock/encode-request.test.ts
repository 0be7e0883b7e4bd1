import type { CanonicalRequest, Message, Part, Tool } from '@dragoman/plugin-sdk';
import t from 'tap';
import { checkConverse } from '../../helpers/strict-bedrock.ts';
import { bedrock, claude, contextFor, encode, nova } from './run.ts';

const text = (value: string): Part => ({ type: 'text', text: value });
const user = (...parts: Part[]): Message => ({ role: 'user', parts });
const assistant = (...parts: Part[]): Message => ({ role: 'assistant', parts });
const call = (id: string, name = 'look'): Part => ({
  type: 'tool-call',
  id,
  name,
  kind: 'function',
  input: '{}',
});
const result = (callId: string, ...output: Part[]): Part => ({ type: 'tool-result', callId, output }) as Part;
const tool = { type: 'function', name: 'look', inputSchema: { type: 'object', properties: {} } } as const;
const image = (mediaType: string, data = 'iVBORw0KGgo='): Part => ({
  type: 'media',
  mediaType,
  source: { type: 'base64', data },
});
const llama = 'meta.llama3-3-70b-instruct-v1:0';
const old = 'anthropic.claude-3-haiku-20240307-v1:0';
const newest = 'us.anthropic.claude-opus-4-7';

t.test('turns: systems first, one side after the other, results right behind their calls', (t) => {
  const { body, warnings } = encode({
    messages: [
      { role: 'system', parts: [text('Be brief.')] },
      user(text('Hi')),
      user(text('there')),
      assistant(call('c:1'), text('I look.'), call('c2')),
      user(text('Well?')),
      { role: 'tool', parts: [result('c:1', text('old'))] },
      { role: 'tool', parts: [result('c2', text('two')), result('c:1', text('one'))] },
      { role: 'system', parts: [text('Hurry.')] },
    ],
    tools: [tool],
  });
  const { toolUseId } = (body.messages as never as { content: { toolUse: { toolUseId: string } }[] }[])[1]
    ?.content[1]?.toolUse ?? { toolUseId: '' };
  t.match(toolUseId, /^c_1_\w{8}$/, 'which c_1 is not');
  t.strictSame(body.system, [{ text: 'Be brief.' }]);
  t.strictSame(body.messages, [
    { role: 'user', content: [{ text: 'Hi' }, { text: 'there' }] },
    {
      role: 'assistant',
      content: [
        { text: 'I look.' },
        { toolUse: { toolUseId, name: 'look', input: {} } },
        { toolUse: { toolUseId: 'c2', name: 'look', input: {} } },
      ],
    },
    {
      role: 'user',
      content: [
        { toolResult: { toolUseId, content: [{ text: 'one' }] } },
        { toolResult: { toolUseId: 'c2', content: [{ text: 'two' }] } },
        { text: 'Well?' },
        { text: '<system-reminder>\nHurry.\n</system-reminder>' },
      ],
    },
  ]);
  t.strictSame(warnings, ['approximated /messages/7']);
  t.equal(checkConverse(body), null);
  t.end();
});

t.test('what the service would refuse for want of a turn gets one', (t) => {
  const bare = encode({ messages: [{ role: 'system', parts: [text('Go.')] }] });
  t.strictSame(bare.body.messages, [{ role: 'user', content: [{ text: 'Follow the instructions above.' }] }]);
  t.strictSame(bare.warnings, ['approximated /messages']);
  const messages = [user(text('Count.')), assistant(text('One, '))];
  t.match(encode({ messages }).body.messages, [{}, { content: [{ text: 'One,' }] }]);
  for (const model of [newest, nova]) {
    const { body, warnings } = encode({ messages }, model);
    t.match(body.messages, [{}, {}, { role: 'user', content: [{ text: 'Continue.' }] }], model);
    t.strictSame(warnings, ['approximated /messages/1'], model);
  }
  t.match(encode({ messages: [assistant(text('Hello'))] }, nova).body.messages, { length: 3 });
  t.strictSame(encode({ messages: [user(text(' \n'), text('a'))] }).body.messages, [
    { role: 'user', content: [{ text: 'a' }] },
  ]);
  t.end();
});

t.test('models that take results alone get them alone', (t) => {
  const messages = [user(text('Hi')), assistant(call('c1')), user(result('c1', text('ok')), text('Well?'))];
  const { body, warnings } = encode({ messages, tools: [tool] }, 'us.writer.palmyra-x4-v1:0');
  t.match(body.messages, [{}, {}, {}, { role: 'assistant', content: [{ text: '.' }] }, { role: 'user' }]);
  t.strictSame(warnings, ['approximated /messages']);
  t.equal(checkConverse(body), null);
  t.end();
});

t.test('a conversation with calls gets tools when the client sends none any more', (t) => {
  const messages = [user(text('Hi')), assistant(call('c1')), user(result('c1', text('ok')))];
  for (const request of [{ messages }, { messages, tools: [] }]) {
    const { body, warnings } = encode(request);
    t.match(body.toolConfig, { tools: [{ toolSpec: { name: 'look' } }], toolChoice: undefined });
    t.strictSame(warnings, ['approximated /tools']);
  }
  const none = encode({ messages, tools: [tool], toolChoice: { type: 'none' } });
  t.match(none.body.toolConfig, { tools: [{ toolSpec: { name: 'look' } }], toolChoice: undefined });
  t.strictSame(none.warnings, ['approximated /toolChoice']);
  const fresh = encode({ tools: [tool], toolChoice: { type: 'none' } });
  t.equal(fresh.body.toolConfig, undefined);
  t.strictSame(fresh.warnings, ['approximated /toolChoice', 'approximated /tools']);
  t.end();
});

t.test('tools: names, free text, strictness, choice', (t) => {
  const { body, memo, warnings } = encode({
    tools: [
      { ...tool, name: 'a.b', namespace: 'ns', description: '', strict: true },
      { type: 'custom', name: 'sql', grammar: 'x' },
      { type: 'web-search' },
      { ...tool, inputSchema: { type: 'string' } },
    ],
    toolChoice: { type: 'tool', name: 'a.b', namespace: 'ns' },
    parallelToolCalls: false,
  });
  const config = body.toolConfig as { tools: { toolSpec: { name: string } }[]; toolChoice: object };
  const name = config.tools[0]?.toolSpec.name ?? '';
  t.match(name, /^ns__a_b_\w{8}$/);
  t.strictSame(config.tools[0], {
    toolSpec: {
      name,
      strict: true,
      inputSchema: { json: { type: 'object', properties: {}, additionalProperties: false } },
    },
  });
  t.strictSame(config.toolChoice, { tool: { name } });
  t.strictSame(memo, { customTools: ['sql'], toolNames: { [name]: { name: 'a.b', namespace: 'ns' } } });
  t.strictSame(warnings, [
    'approximated /tools/1',
    'unsupported /tools/2',
    'approximated /tools/3/inputSchema',
    'dropped /parallelToolCalls',
  ]);
  const some = encode(
    { tools: [tool, { ...tool, name: 'b' }], toolChoice: { type: 'required', only: ['b'] } },
    llama,
  );
  t.match(some.body.toolConfig, { tools: [{ toolSpec: { name: 'b' } }] });
  t.strictSame(some.warnings, ['approximated /tools/0', 'approximated /toolChoice']);
  const choices: [CanonicalRequest['toolChoice'], string, unknown, string[]][] = [
    [{ type: 'auto' }, claude, { auto: {} }, []],
    [{ type: 'required' }, claude, { any: {} }, []],
    [{ type: 'required', only: ['look'] }, nova, { tool: { name: 'look' } }, []],
    [{ type: 'auto', only: ['look'] }, nova, { auto: {} }, []],
    [{ type: 'auto', only: ['other'] }, nova, { auto: {} }, ['dropped /toolChoice/only']],
    [
      { type: 'tool', name: 'look' },
      'mistral.mistral-large-2407-v1:0',
      { any: {} },
      ['approximated /toolChoice'],
    ],
    [{ type: 'required' }, llama, undefined, ['approximated /toolChoice']],
    [{ type: 'auto' }, llama, undefined, []],
    [{ type: 'required' }, 'us.anthropic.claude-opus-5-5', undefined, ['approximated /toolChoice']],
  ];
  for (const [toolChoice, model, expected, told] of choices) {
    const encoded = encode({ tools: [tool], ...(toolChoice === undefined ? {} : { toolChoice }) }, model);
    t.strictSame((encoded.body.toolConfig as { toolChoice: unknown }).toolChoice, expected, model);
    t.strictSame(encoded.warnings, told, model);
  }
  t.strictSame(encode({ tools: [{ ...tool, strict: true }] }, old).warnings, ['dropped /tools/0/strict']);
  const limited: Tool = {
    ...tool,
    strict: true,
    inputSchema: { type: 'object', properties: { a: { type: 'integer', minimum: 1 } } },
  };
  t.strictSame(encode({ tools: [limited] }).warnings, ['approximated /tools/0/inputSchema']);
  t.end();
});

t.test('media by kind, format and place', (t) => {
  const pdf: Part = { type: 'media', mediaType: 'application/pdf', source: { type: 'base64', data: 'JVBE' } };
  const { body, warnings } = encode({
    messages: [
      user(
        image('image/jpg'),
        image('image/*', '/9j/4AA'),
        { ...pdf, title: 'Q3: Report.pdf' } as Part,
        { ...pdf, filename: 'Q3 Report pdf.pdf' } as Part,
        { type: 'media', mediaType: 'text/x-notes', source: { type: 'text', text: 'Grüße 🐧' } },
        { type: 'media', mediaType: 'video/mp4', source: { type: 'url', url: 's3://bucket/a.mp4' } },
        { type: 'media', mediaType: 'audio/wav', source: { type: 'base64', data: 'UklG' } },
        { type: 'media', mediaType: 'image/png', source: { type: 'url', url: 'https://a.example/x.png' } },
        { type: 'media', mediaType: 'image/tiff', source: { type: 'base64', data: 'SUkq' } },
      ),
    ],
  });
  t.strictSame((body.messages as { content: unknown }[])[0]?.content, [
    { text: 'See the document.' },
    // It is called a JPEG, but its bytes are a PNG's.
    { image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } },
    { image: { format: 'jpeg', source: { bytes: '/9j/4AA' } } },
    { document: { format: 'pdf', name: 'Q3 Report pdf', source: { bytes: 'JVBE' } } },
    { document: { format: 'pdf', name: 'Q3 Report pdf (2)', source: { bytes: 'JVBE' } } },
    { document: { format: 'txt', name: 'Document 3', source: { bytes: 'R3LDvMOfZSDwn5Cn' } } },
    { video: { format: 'mp4', source: { s3Location: { uri: 's3://bucket/a.mp4' } } } },
    { audio: { format: 'wav', source: { bytes: 'UklG' } } },
  ]);
  t.strictSame(warnings, [
    'approximated /messages/0/parts/2/title',
    'unsupported /messages/0/parts/7',
    'unsupported /messages/0/parts/8',
    'approximated /messages',
  ]);
  t.equal(checkConverse(body), null);
  t.end();
});

t.test('an address on the web is told to be one, whatever it is of', (t) => {
  const source = { type: 'url', url: 'https://a.example/x' } as const;
  const messages = [user(text('?'), { type: 'media', mediaType: 'image/*', source })];
  const { warnings } = bedrock.encodeRequest({ model: 'any', stream: false, messages }, contextFor(claude));
  t.match(warnings, [{ message: /fetches no other address/ }]);
  t.end();
});

t.test('results hold images, values and failures as far as the model takes them', (t) => {
  const messages = [
    user(text('Hi')),
    assistant(call('c1')),
    user({
      type: 'tool-result',
      callId: 'c1',
      isError: true,
      output: [{ type: 'json', value: { a: 1 } }, { type: 'json', value: [1] }, image('image/png') as never],
    }),
  ];
  const picture = { image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } };
  const here = encode({ messages, tools: [tool] });
  t.strictSame((here.body.messages as { content: unknown }[])[2]?.content, [
    {
      toolResult: {
        toolUseId: 'c1',
        content: [{ json: { a: 1 } }, { text: '[1]' }, picture],
        status: 'error',
      },
    },
  ]);
  const there = encode({ messages, tools: [tool] }, llama);
  t.strictSame((there.body.messages as { content: unknown }[])[2]?.content, [
    { toolResult: { toolUseId: 'c1', content: [{ json: { a: 1 } }, { text: '[1]' }] } },
    picture,
  ]);
  t.strictSame(there.warnings, [
    'approximated /messages/2/parts/0/output/2',
    'dropped /messages/2/parts/0/isError',
  ]);
  t.end();
});

t.test('cache points: behind texts and tools, before documents, four at most, as long as asked', (t) => {
  const cache = { ttl: '1h' as const };
  const pdf = {
    type: 'media',
    mediaType: 'application/pdf',
    source: { type: 'base64', data: 'JVBE' },
  } as const;
  const request = {
    messages: [
      { role: 'system' as const, parts: [{ ...text('S'), cache } as Part] },
      user({ ...text('a'), cache: {} } as Part, { ...pdf, cache: {} }, { ...text('b'), cache: {} } as Part),
    ],
    tools: [{ ...tool, cache }],
  };
  const { body, warnings } = encode(request);
  const hour = { cachePoint: { type: 'default', ttl: '1h' } };
  const point = { cachePoint: { type: 'default' } };
  t.strictSame((body.toolConfig as { tools: unknown[] }).tools[1], hour);
  t.strictSame(body.system, [{ text: 'S' }, hour]);
  const { content } = (body.messages as { content: object[] }[])[0] ?? { content: [] };
  const kinds = content.map((block) => Object.keys(block)[0]);
  t.strictSame(kinds, ['text', 'cachePoint', 'document', 'text', 'cachePoint']);
  t.strictSame(content[1], point);
  t.strictSame(warnings, ['approximated /messages/1/parts/1/cache']);
  const many = user(...[...'abcdef'].map((each): Part => ({ ...text(each), cache: {} }) as Part));
  t.strictSame(encode({ messages: [many] }).warnings, [
    'dropped /messages/0/parts/4/cache',
    'dropped /messages/0/parts/5/cache',
  ]);
  t.strictSame(encode(request, nova).warnings, [
    'approximated /messages/0/parts/0/cache/ttl',
    'approximated /messages/1/parts/1/cache',
    'dropped /tools/0/cache',
  ]);
  t.equal(encode(request, llama).warnings.length, 5);
  t.end();
});

t.test('thinking goes back to its own family only', (t) => {
  const signed = (family: string, dialect: string, value: string, redacted?: true): Part => ({
    type: 'reasoning',
    text: redacted ? '' : 'Hm.',
    ...(redacted ? { redacted } : {}),
    signature: { dialect, family, value },
  });
  const messages = (part: Part) => [user(text('a')), assistant(part, text('b')), user(text('c'))];
  const contentOf = (part: Part, model = claude) => {
    const { body, warnings } = encode({ messages: messages(part) }, model);
    return { blocks: (body.messages as { content: unknown[] }[])[1]?.content.slice(0, -1), warnings };
  };
  for (const dialect of ['bedrock-converse', 'anthropic-messages']) {
    t.strictSame(contentOf(signed('anthropic', dialect, 'SIG')), {
      blocks: [{ reasoningContent: { reasoningText: { text: 'Hm.', signature: 'SIG' } } }],
      warnings: [],
    });
    t.strictSame(contentOf(signed('anthropic', dialect, 'hidden', true)).blocks, [
      { reasoningContent: { redactedContent: Buffer.from('hidden').toString('base64') } },
    ]);
  }
  const dropped = { blocks: [], warnings: ['dropped /messages/1/parts/0'] };
  t.strictSame(contentOf(signed('google', 'gemini', 'SIG')), dropped);
  t.strictSame(contentOf(signed('anthropic', 'anthropic-messages', 'SIG'), nova), dropped);
  t.strictSame(contentOf({ type: 'reasoning', text: 'unsigned' }), dropped);
  t.end();
});

t.test('how much to think, in the words of each maker', (t) => {
  const thinking = (
    reasoning: NonNullable<CanonicalRequest['reasoning']>,
    model: string,
    more: Partial<CanonicalRequest> = {},
  ) => {
    const { body, warnings } = encode({ reasoning, ...more }, model);
    return [body.additionalModelRequestFields, warnings];
  };
  const budget = (budget_tokens: number) => ({ thinking: { type: 'enabled', budget_tokens } });
  t.strictSame(thinking({ effort: 'high' }, claude), [budget(24_576), []]);
  t.strictSame(thinking({ effort: 'high' }, claude, { maxOutputTokens: 4000 }), [budget(3000), []]);
  t.strictSame(thinking({ budgetTokens: 500 }, claude), [
    budget(1024),
    ['approximated /reasoning/budgetTokens'],
  ]);
  t.strictSame(thinking({ effort: 'low' }, claude, { maxOutputTokens: 1000 }), [
    undefined,
    ['dropped /reasoning'],
  ]);
  const forced = { tools: [tool], toolChoice: { type: 'required' as const } };
  t.strictSame(thinking({ effort: 'low' }, claude, forced), [undefined, ['approximated /reasoning']]);
  t.strictSame(thinking({ effort: 'none' }, claude), [{ thinking: { type: 'disabled' } }, []]);
  t.strictSame(thinking({ effort: 'xhigh' }, newest), [
    { thinking: { type: 'adaptive' }, output_config: { effort: 'xhigh' } },
    [],
  ]);
  t.strictSame(thinking({ effort: 'auto' }, newest), [{ thinking: { type: 'adaptive' } }, []]);
  t.strictSame(thinking({ budgetTokens: 9000 }, 'us.anthropic.claude-sonnet-4-6'), [
    { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
    ['approximated /reasoning/budgetTokens'],
  ]);
  t.strictSame(thinking({ effort: 'none' }, newest), [undefined, []]);
  t.strictSame(thinking({ effort: 'none' }, 'anthropic.claude-fable-5'), [
    { output_config: { effort: 'low' } },
    ['approximated /reasoning'],
  ]);
  t.strictSame(thinking({ effort: 'max' }, nova), [
    { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' } },
    ['approximated /reasoning/effort'],
  ]);
  t.strictSame(thinking({ effort: 'high' }, nova, { maxOutputTokens: 900 }), [
    { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' } },
    ['approximated /reasoning/effort'],
  ]);
  t.strictSame(thinking({ effort: 'minimal' }, 'openai.gpt-oss-120b-1:0'), [
    { reasoning_effort: 'low' },
    ['approximated /reasoning/effort'],
  ]);
  t.strictSame(thinking({ effort: 'high' }, 'qwen.qwen3-32b-v1:0'), [{ reasoning_config: 'high' }, []]);
  t.strictSame(thinking({ effort: 'high' }, llama), [undefined, ['dropped /reasoning']]);
  t.strictSame(thinking({ effort: 'low', visibility: 'hidden' }, claude), [
    budget(1024),
    ['dropped /reasoning/visibility'],
  ]);
  t.end();
});

t.test('sampling, where the model takes it', (t) => {
  const asked = { temperature: 1.5, topP: 0.9, topK: 20, maxOutputTokens: 50, stop: ['END', ' '] };
  const first = encode({ ...asked, stream: true }, old);
  t.match(first.body, {
    inferenceConfig: { maxTokens: 50, temperature: 1, topP: 0.9, stopSequences: ['END'] },
    additionalModelRequestFields: { top_k: 20 },
    additionalModelResponseFieldPaths: ['/delta/stop_sequence'],
  });
  t.strictSame(first.warnings, ['approximated /temperature', 'dropped /stop/1']);
  t.match(encode(asked).body.additionalModelResponseFieldPaths, ['/stop_sequence']);
  t.strictSame(encode({ temperature: 0.5, topP: 0.9 }).warnings, ['dropped /topP']);
  t.strictSame(encode({ ...asked, stop: [] }, newest).body.inferenceConfig, { maxTokens: 50 });
  t.match(encode({ topK: 20 }, nova).body, {
    additionalModelRequestFields: { inferenceConfig: { topK: 20 } },
  });
  t.strictSame(encode({ topK: 20 }, llama).warnings, ['dropped /topK']);
  t.strictSame(encode({ temperature: 0, reasoning: { effort: 'low' } }).warnings, ['dropped /temperature']);
  t.end();
});

t.test('JSON: a schema the model is held to, or a line for the system text', (t) => {
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer', minimum: 1, description: 'How many' } },
    additionalProperties: true,
  };
  const output = { format: 'json' as const, schema, name: 'count', description: 'A count' };
  const held = encode({ output });
  const { jsonSchema } = (
    held.body.outputConfig as never as { textFormat: { structure: { jsonSchema: never } } }
  ).textFormat.structure;
  t.match(jsonSchema, { name: 'count', description: 'A count' });
  t.strictSame(JSON.parse((jsonSchema as { schema: string }).schema), {
    type: 'object',
    properties: { n: { type: 'integer', description: 'How many\n\n{minimum: 1}' } },
    additionalProperties: false,
  });
  t.strictSame(held.warnings, ['approximated /output/schema']);
  const open = encode({ output }, 'qwen.qwen3-32b-v1:0');
  t.strictSame(open.warnings, []);
  for (const model of [nova, old, llama]) {
    const asked = encode({ output }, model);
    t.match(asked.body.system, [{ text: /JSON object.*schema:\n\{"type":"object"/s }], model);
    t.strictSame(asked.warnings, ['approximated /output'], model);
  }
  t.strictSame(encode({ output: { format: 'json' } }).warnings, ['approximated /output']);
  t.end();
});

t.test('tiers and metadata have places, what has none is told', (t) => {
  const { body, warnings } = encode({
    serviceTier: 'flex',
    metadata: { run: 'a-1', count: 3, note: 'ünï' },
    candidates: 2,
    seed: 1,
    logprobs: {},
    logitBias: { 1: 1 },
    frequencyPenalty: 0.5,
    presencePenalty: 0.5,
    verbosity: 'low',
    modalities: ['text', 'audio'],
    audio: { format: 'wav' },
    endUser: 'ann',
    promptCacheKey: 'k',
    store: true,
    previousResponseId: 'r',
    extensions: { 'openai-chat': { prediction: { type: 'content' } } },
  });
  t.match(body, { serviceTier: { type: 'flex' }, requestMetadata: { run: 'a-1', end_user: 'ann' } });
  t.strictSame(warnings.sort(), [
    'approximated /endUser',
    'dropped /extensions/openai-chat/prediction',
    'dropped /frequencyPenalty',
    'dropped /logitBias',
    'dropped /logprobs',
    'dropped /metadata',
    'dropped /metadata',
    'dropped /presencePenalty',
    'dropped /promptCacheKey',
    'dropped /seed',
    'dropped /store',
    'dropped /verbosity',
    'unsupported /audio',
    'unsupported /candidates',
    'unsupported /modalities',
    'unsupported /previousResponseId',
  ]);
  t.strictSame(encode({ serviceTier: 'scale' }).warnings, ['dropped /serviceTier']);
  t.strictSame(encode({ serviceTier: 'auto' }), encode({}));
  t.end();
});

t.test('what only the operator can ask for comes from the provider’s config', (t) => {
  const config = {
    latency: 'optimized',
    serviceTier: 'priority',
    guardrail: 'gr1',
    guardrailTrace: 'enabled',
    guardrailStream: 'async',
    modelFields: { anthropic_beta: ['x'] },
  };
  const { body } = encode({ stream: true, topK: 3 }, claude, { config });
  t.match(body, {
    performanceConfig: { latency: 'optimized' },
    serviceTier: { type: 'priority' },
    guardrailConfig: {
      guardrailIdentifier: 'gr1',
      guardrailVersion: 'DRAFT',
      trace: 'enabled',
      streamProcessingMode: 'async',
    },
    additionalModelRequestFields: { top_k: 3, anthropic_beta: ['x'] },
  });
  const whole = encode({}, claude, { config });
  t.notOk('streamProcessingMode' in (whole.body.guardrailConfig as object));
  t.end();
});

t.test('an id that says nothing is known by the name the operator gave it', (t) => {
  const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc';
  const model = { id: arn, name: 'Claude Sonnet 4.5', input: [], output: [], features: [] };
  t.match(encode({ topK: 3 }, arn, { model }).body, { additionalModelRequestFields: { top_k: 3 } });
  t.strictSame(encode({ topK: 3 }, arn).warnings, ['dropped /topK']);
  t.end();
});
