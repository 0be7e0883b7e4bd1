import type { CanonicalRequest, ToolCallPart, ToolResultPart } from '@dragoman/plugin-sdk';
import t from 'tap';
import { told } from '../run.ts';
import { contextFor, makeContext } from './context.ts';
import { encode } from './run.ts';

function call(id: string, name: string): ToolCallPart {
  return { type: 'tool-call', id, name, kind: 'function', input: '{}' };
}
function result(callId: string, text: string): ToolResultPart {
  return { type: 'tool-result', callId, output: [{ type: 'text', text }] };
}

t.test('system text is the instruction, roles are user and model, neighbours are one turn', (t) => {
  const { body, warnings } = encode({
    messages: [
      { role: 'system', parts: [{ type: 'text', text: 'A' }] },
      { role: 'system', parts: [{ type: 'text', text: 'B' }] },
      { role: 'user', parts: [{ type: 'text', text: '1' }] },
      { role: 'user', parts: [{ type: 'text', text: '2' }] },
      {
        role: 'assistant',
        parts: [
          { type: 'text', text: '3' },
          { type: 'text', text: '' },
        ],
      },
    ],
  });
  t.strictSame(body, {
    systemInstruction: { parts: [{ text: 'A' }, { text: 'B' }] },
    contents: [
      { role: 'user', parts: [{ text: '1' }, { text: '2' }] },
      { role: 'model', parts: [{ text: '3' }] },
    ],
  });
  t.strictSame(warnings, []);
  t.end();
});

t.test('system text alone is sent as the user’s, and later system text as a reminder', (t) => {
  const alone = encode({ messages: [{ role: 'system', parts: [{ type: 'text', text: 'A' }] }] });
  t.strictSame(alone.body.contents, [{ role: 'user', parts: [{ text: 'A' }] }]);
  t.strictSame(told(alone.warnings), ['approximated /messages']);
  const late = encode({
    messages: [
      { role: 'user', parts: [{ type: 'text', text: 'Hi' }] },
      { role: 'system', parts: [{ type: 'text', text: 'Now' }] },
    ],
  });
  t.match(late.body.contents, [
    { role: 'user', parts: [{ text: 'Hi' }, { text: /<system-reminder>\nNow\n<\/system-reminder>/ }] },
  ]);
  t.strictSame(told(late.warnings), ['approximated /messages/1/parts/0']);
  t.end();
});

t.test('results follow their calls, in the calls’ order, each once with its last content', (t) => {
  const { body } = encode({
    messages: [
      { role: 'user', parts: [{ type: 'text', text: 'Go' }] },
      { role: 'assistant', parts: [call('1', 'a'), call('2', 'b')] },
      { role: 'user', parts: [{ type: 'text', text: 'Meanwhile' }] },
      { role: 'tool', parts: [result('2', 'two')] },
      { role: 'tool', parts: [result('1', 'old')] },
      { role: 'tool', parts: [result('1', 'one')] },
    ],
  });
  t.match(body.contents, [
    { role: 'user' },
    { role: 'model', parts: [{ functionCall: { id: '1', name: 'a' } }, { functionCall: { id: '2' } }] },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: '1', name: 'a', response: { output: 'one' } } },
        { functionResponse: { id: '2', name: 'b', response: { output: 'two' } } },
      ],
    },
    { role: 'user', parts: [{ text: 'Meanwhile' }] },
  ]);
  t.equal((body.contents as object[]).length, 4);
  t.end();
});

t.test('an id that two turns share answers each call with its own result', (t) => {
  const { body } = encode({
    messages: [
      { role: 'assistant', parts: [call('x', 'a')] },
      { role: 'tool', parts: [result('x', 'first')] },
      { role: 'assistant', parts: [call('x', 'b')] },
      { role: 'tool', parts: [result('x', 'second')] },
    ],
  });
  t.match(body.contents, [
    {},
    { parts: [{ functionResponse: { name: 'a', response: { output: 'first' } } }] },
    {},
    { parts: [{ functionResponse: { name: 'b', response: { output: 'second' } } }] },
  ]);
  t.end();
});

t.test(
  'only the first of parallel calls gets the word for no signature, and only where it is needed',
  (t) => {
    const messages: CanonicalRequest['messages'] = [
      { role: 'assistant', parts: [call('1', 'a'), call('2', 'b')] },
    ];
    const signatures = (model: string) => {
      const contents = encode({ messages }, contextFor(model)).body.contents as { parts: object[] }[];
      return contents[0]?.parts.map((part) => ('thoughtSignature' in part ? part.thoughtSignature : null));
    };
    t.strictSame(signatures('gemini-3-pro-preview'), ['skip_thought_signature_validator', null]);
    t.strictSame(signatures('gemini-2.5-pro'), [null, null]);
    t.end();
  },
);

t.test('signatures go back to their own family only', (t) => {
  const parts = (family: string) => [
    { ...call('1', 'a'), signature: { dialect: 'x', family, value: 'c2ln' } },
    { type: 'reasoning' as const, text: 'Hm', signature: { dialect: 'x', family, value: 'c2ln' } },
  ];
  const own = encode({ messages: [{ role: 'assistant', parts: parts('google') }] });
  t.match(own.body.contents, [
    { parts: [{ thoughtSignature: 'c2ln' }, { text: 'Hm', thought: true, thoughtSignature: 'c2ln' }] },
  ]);
  t.strictSame(own.warnings, []);
  const foreign = encode({ messages: [{ role: 'assistant', parts: parts('anthropic') }] });
  t.match(foreign.body.contents, [{ parts: [{ thoughtSignature: 'skip_thought_signature_validator' }] }]);
  t.strictSame(told(foreign.warnings), [
    'dropped /messages/0/parts/0/signature',
    'dropped /messages/0/parts/1',
  ]);
  t.end();
});

t.test('names the service refuses are changed, kept apart, and given back by the memo', (t) => {
  const tool = (name: string, namespace?: string) => {
    const base = { type: 'function' as const, name, inputSchema: { type: 'object' } };
    return namespace === undefined ? base : { ...base, namespace };
  };
  const { body, memo } = encode({
    tools: [tool('a b'), tool('a_b'), tool('1st'), tool('read', 'fs')],
    toolChoice: { type: 'tool', name: 'a b' },
  });
  const groups = body.tools as { functionDeclarations: { name: string }[] }[];
  const names = groups.flatMap((group) => group.functionDeclarations.map(({ name }) => name));
  t.strictSame([names[0], names[2], names[3]], ['a_b', '_1st', 'fs__read']);
  t.match(names[1], /^a_b_\w{8}$/);
  t.match(memo, {
    toolNames: { a_b: { name: 'a b' }, _1st: { name: '1st' }, fs__read: { name: 'read', namespace: 'fs' } },
  });
  t.match(body.toolConfig, { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['a_b'] } });
  t.end();
});

t.test('choices become modes', (t) => {
  const tools = [{ type: 'function' as const, name: 'f', inputSchema: { type: 'object' } }];
  const mode = (toolChoice: CanonicalRequest['toolChoice'], strict = false) =>
    encode({
      tools: tools.map((tool) => (strict ? { ...tool, strict } : tool)),
      ...(toolChoice === undefined ? {} : { toolChoice }),
    }).body.toolConfig;
  t.equal(mode(undefined), undefined);
  t.equal(mode({ type: 'auto' }), undefined);
  t.match(mode({ type: 'none' }), { functionCallingConfig: { mode: 'NONE' } });
  t.match(mode({ type: 'required' }), { functionCallingConfig: { mode: 'ANY' } });
  t.match(mode({ type: 'auto', only: ['f'] }), {
    functionCallingConfig: { mode: 'VALIDATED', allowedFunctionNames: ['f'] },
  });
  t.match(mode(undefined, true), { functionCallingConfig: { mode: 'VALIDATED' } });
  t.end();
});

t.test('hosted search stands beside functions where the model takes both', (t) => {
  const tools: CanonicalRequest['tools'] = [
    { type: 'function', name: 'f', inputSchema: { type: 'object' } },
    { type: 'web-search', maxUses: 3 },
  ];
  const both = encode({ tools }, contextFor('gemini-3-flash-preview'));
  t.match(both.body, {
    tools: [{ functionDeclarations: [{}] }, { googleSearch: {} }],
    toolConfig: { includeServerSideToolInvocations: true },
  });
  t.strictSame(told(both.warnings), ['dropped /tools/1/maxUses']);
  const one = encode({ tools }, contextFor('gemini-2.5-flash'));
  t.equal((one.body.tools as object[]).length, 1);
  t.ok(told(one.warnings).includes('unsupported /tools/1'));
  t.end();
});

t.test('a free-text tool is a function with one string', (t) => {
  const { body, warnings, memo } = encode({ tools: [{ type: 'custom', name: 'sh', grammar: { x: 1 } }] });
  t.match(body.tools, [
    { functionDeclarations: [{ name: 'sh', parametersJsonSchema: { required: ['input'] } }] },
  ]);
  t.match(memo, { customTools: ['sh'] });
  t.strictSame(told(warnings), ['approximated /tools/0']);
  t.end();
});

t.test('effort is a budget in 2.5 and a level from 3 on, never both', (t) => {
  const think = (model: string, reasoning: NonNullable<CanonicalRequest['reasoning']>) => {
    const { body, warnings } = encode({ reasoning }, contextFor(model));
    const config = body.generationConfig as { thinkingConfig?: object } | undefined;
    return [config?.thinkingConfig, told(warnings)];
  };
  t.strictSame(think('gemini-2.5-flash', { effort: 'medium' }), [{ thinkingBudget: 8192 }, []]);
  t.strictSame(think('gemini-2.5-flash', { effort: 'none' }), [{ thinkingBudget: 0 }, []]);
  t.strictSame(think('gemini-2.5-pro', { effort: 'none' }), [
    { thinkingBudget: 128 },
    ['approximated /reasoning'],
  ]);
  t.strictSame(think('gemini-2.5-flash', { effort: 'auto', visibility: 'summary' }), [
    { thinkingBudget: -1, includeThoughts: true },
    [],
  ]);
  t.strictSame(think('gemini-2.5-pro', { budgetTokens: 99999 }), [
    { thinkingBudget: 32768 },
    ['approximated /reasoning/budgetTokens'],
  ]);
  t.strictSame(think('gemini-3-flash-preview', { effort: 'minimal' }), [{ thinkingLevel: 'MINIMAL' }, []]);
  t.strictSame(think('gemini-3-pro-preview', { effort: 'medium' }), [
    { thinkingLevel: 'HIGH' },
    ['approximated /reasoning/effort'],
  ]);
  t.strictSame(think('gemini-3.1-pro-preview', { effort: 'medium' }), [{ thinkingLevel: 'MEDIUM' }, []]);
  t.strictSame(think('gemini-3-flash-preview', { budgetTokens: 5000 }), [
    { thinkingLevel: 'MEDIUM' },
    ['approximated /reasoning/budgetTokens'],
  ]);
  t.strictSame(think('gemini-flash-latest', { effort: 'low' }), [{ thinkingLevel: 'LOW' }, []]);
  t.strictSame(think('gemini-2.0-flash', { effort: 'high' }), [undefined, ['dropped /reasoning']]);
  t.strictSame(think('gemini-2.0-flash', { effort: 'none' }), [undefined, []], 'it does not think anyway');
  t.end();
});

t.test('the provider’s options overrule what the id says', (t) => {
  const context = contextFor('my-model', {
    provider: {
      id: 'p',
      family: 'google',
      dialect: 'gemini',
      options: { thinking: 'budget', signedCalls: true, fileUrls: true, mediaInResults: true },
    },
  });
  const { body } = encode(
    { reasoning: { effort: 'low' }, messages: [{ role: 'assistant', parts: [call('1', 'a')] }] },
    context,
  );
  t.match(body, {
    generationConfig: { thinkingConfig: { thinkingBudget: 1024 } },
    contents: [{ parts: [{ thoughtSignature: 'skip_thought_signature_validator' }] }],
  });
  t.end();
});

t.test('settings have their places', (t) => {
  const { body, warnings } = encode({
    maxOutputTokens: 10,
    temperature: 0.5,
    topP: 0.9,
    topK: 3,
    candidates: 2,
    seed: 1,
    frequencyPenalty: 0.1,
    presencePenalty: 0,
    stop: ['1', '2', '3', '4', '5', '6'],
    logprobs: { top: 2 },
    modalities: ['text', 'image'],
    serviceTier: 'priority',
    output: { format: 'json', schema: { type: 'object', properties: { a: { const: 'x' } } } },
  });
  t.strictSame(body.generationConfig, {
    maxOutputTokens: 10,
    temperature: 0.5,
    topP: 0.9,
    topK: 3,
    candidateCount: 2,
    frequencyPenalty: 0.1,
    seed: 1,
    stopSequences: ['1', '2', '3', '4', '5'],
    responseLogprobs: true,
    logprobs: 2,
    responseMimeType: 'application/json',
    responseJsonSchema: { type: 'object', properties: { a: { enum: ['x'], type: 'string' } } },
    responseModalities: ['TEXT', 'IMAGE'],
  });
  t.equal(body.serviceTier, 'priority');
  t.strictSame(told(warnings), ['dropped /stop/5']);
  t.notOk('safetySettings' in body, 'no filter is switched off');
  t.end();
});

t.test('JSON beside tools is asked for in words where the model takes only one of them', (t) => {
  const request: Partial<CanonicalRequest> = {
    tools: [{ type: 'function', name: 'f', inputSchema: { type: 'object' } }],
    output: { format: 'json', schema: { type: 'object' } },
  };
  const old = encode(request, contextFor('gemini-2.5-flash'));
  t.equal(old.body.generationConfig, undefined);
  t.match(old.body.systemInstruction, { parts: [{ text: /schema:\n\{"type":"object"\}/ }] });
  t.strictSame(told(old.warnings), ['approximated /output']);
  t.match(encode(request).body.generationConfig, { responseMimeType: 'application/json' });
  t.end();
});

t.test('what the service has no place for is told', (t) => {
  const { warnings } = encode({
    logitBias: { 1: 1 },
    verbosity: 'low',
    audio: { voice: 'alloy' },
    endUser: 'u',
    metadata: { a: 1 },
    promptCacheKey: 'k',
    store: true,
    previousResponseId: 'r',
    serviceTier: 'scale',
    extensions: { 'openai-chat': { prediction: {}, $marker: 1 } },
  });
  t.strictSame(told(warnings), [
    'dropped /serviceTier',
    'dropped /logitBias',
    'dropped /verbosity',
    'dropped /audio',
    'dropped /endUser',
    'dropped /metadata',
    'dropped /promptCacheKey',
    'dropped /store',
    'unsupported /previousResponseId',
    'dropped /extensions/openai-chat/prediction',
  ]);
  t.end();
});

t.test('a value that asks for what happens anyway is no loss', (t) => {
  const { body, warnings } = encode({
    candidates: 1,
    frequencyPenalty: 0,
    presencePenalty: 0,
    verbosity: 'medium',
    modalities: ['text'],
    store: false,
    serviceTier: 'auto',
    toolChoice: { type: 'auto' },
    parallelToolCalls: true,
  });
  t.strictSame(warnings, []);
  t.strictSame(Object.keys(body), ['contents']);
  t.equal(makeContext().provider.family, 'google');
  t.end();
});
