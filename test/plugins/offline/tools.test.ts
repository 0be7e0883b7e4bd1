import type { CanonicalRequest, FunctionTool, Message } from '@dragoman/plugin-sdk';
import t from 'tap';
import { ask, respond, user } from './context.ts';
import { type Folded, foldStrictly } from './folded.ts';

const weather: FunctionTool = {
  type: 'function',
  name: 'weather',
  inputSchema: {
    type: 'object',
    required: ['city', 'unit'],
    properties: { city: { type: 'string', minLength: 4 }, unit: { enum: ['celsius', 'fahrenheit'] } },
  },
};
const time: FunctionTool = { type: 'function', name: 'time', inputSchema: {} };
const call: Message = {
  role: 'assistant',
  parts: [{ type: 'tool-call', id: 'c1', name: 'weather', kind: 'function', input: '{}' }],
};
const result: Message = {
  role: 'tool',
  parts: [
    { type: 'tool-result', callId: 'c1', name: 'weather', output: [{ type: 'text', text: '12 degrees' }] },
  ],
};

const fold = (more: Partial<CanonicalRequest>, model?: string): Folded =>
  foldStrictly(respond(ask('Weather?', more), model).output);
const names = (folded: Folded): string[] =>
  folded.parts.map(({ start }) => (start.type === 'tool-call' ? start.name : start.type));

t.test('the first tool is called with valid arguments in several deltas', async (t) => {
  const folded = fold({ tools: [weather] });
  t.same(names(folded), ['weather']);
  t.same(JSON.parse(folded.parts[0]?.text ?? ''), { city: 'aaaa', unit: 'celsius' });
  t.ok((folded.parts[0]?.deltas.length ?? 0) >= 3);
  t.same(folded.finish, { reason: 'tool-calls' });
});

t.test('two tools are called where parallel calls are allowed, with ids of their own', async (t) => {
  const folded = fold({ tools: [weather, time, weather], candidates: 2 });
  t.same(names(folded), ['weather', 'time', 'weather', 'time']);
  const ids = folded.parts.map(({ start }) => (start.type === 'tool-call' ? start.id : ''));
  t.equal(new Set(ids).size, 4);
  t.ok(ids.every((id) => /^call_[0-9A-Za-z]{24}$/.test(id)));
  t.same(names(fold({ tools: [weather, time], parallelToolCalls: true })), ['weather', 'time']);
  t.same(names(fold({ tools: [weather, time], parallelToolCalls: false })), ['weather']);
});

t.test('the choice of tools is honoured', async (t) => {
  const tools = [weather, time];
  t.same(names(fold({ tools, toolChoice: { type: 'none' } })), ['text']);
  t.same(names(fold({ tools, toolChoice: { type: 'required' } })), ['weather', 'time']);
  t.same(names(fold({ tools, toolChoice: { type: 'auto', only: ['time'] } })), ['time']);
  t.same(names(fold({ tools, toolChoice: { type: 'tool', name: 'time' } })), ['time']);
  t.throws(() => fold({ tools, toolChoice: { type: 'tool', name: 'absent' } }), {
    code: 'invalid-input',
    path: '/toolChoice/name',
  });
});

t.test('a tool without a schema gets an empty object', async (t) => {
  t.equal(fold({ tools: [time] }).parts[0]?.text, '{}');
});

t.test('a tool of free text gets the user text, and a namespace is kept', async (t) => {
  const folded = fold({
    tools: [
      { type: 'custom', name: 'shell' },
      { ...time, namespace: 'clock' },
    ],
  });
  t.match(folded.parts[0]?.start, { type: 'tool-call', kind: 'custom', name: 'shell' });
  t.equal(folded.parts[0]?.text, 'Weather?');
  t.match(folded.parts[1]?.start, { kind: 'function', namespace: 'clock' });
});

t.test('a tool that has answered is not called again, and its answer is told', async (t) => {
  const turns = [user('Weather?'), call, result];
  t.match(
    fold({ tools: [weather], messages: turns }).parts[0]?.text,
    /You said: Weather\? The tool weather answered: 12 degrees$/,
  );
  const inUserMessage: Message = {
    role: 'user',
    parts: [
      { type: 'tool-result', callId: 'c1', isError: true, output: [{ type: 'json', value: { code: 5 } }] },
      { type: 'text', text: 'and now?' },
    ],
  };
  const folded = fold({ tools: [weather], messages: [user('Weather?'), call, inUserMessage] });
  t.match(folded.parts[0]?.text, /You said: and now\? The tool failed: \{"code":5\}$/);
  t.same(names(fold({ tools: [weather], messages: turns, toolChoice: { type: 'required' } })), ['text']);
});

t.test('a later question calls the tool anew', async (t) => {
  const messages: Message[] = [
    user('Weather?'),
    call,
    result,
    { role: 'assistant', parts: [{ type: 'text', text: '12' }] },
    user('And tomorrow?'),
  ];
  t.same(names(fold({ tools: [weather], messages })), ['weather']);
});

t.test('the model reason thinks before it calls', async (t) => {
  t.same(names(fold({ tools: [weather] }, 'reason')), ['reasoning', 'weather']);
});

t.test('a tool is called before the JSON asked for is written', async (t) => {
  const output: CanonicalRequest['output'] = { format: 'json', schema: { type: 'object' } };
  t.same(names(fold({ tools: [weather], output })), ['weather']);
  t.equal(fold({ tools: [weather], output, messages: [user('x'), call, result] }).parts[0]?.text, '{}');
});

t.test('a limit may end a call in the middle of its arguments', async (t) => {
  const folded = fold({ tools: [weather], maxOutputTokens: 4 });
  t.equal(folded.parts[0]?.text, '{"city":');
  t.same(folded.finish, { reason: 'length' });
  t.same(fold({ tools: [weather], maxOutputTokens: 2 }).parts, []);
});

t.test('tools and tool results count as input', async (t) => {
  const plain = fold({}).usage.inputTokens ?? 0;
  t.ok((fold({ tools: [weather] }).usage.inputTokens ?? 0) > plain + 20);
  t.ok((fold({ messages: [user('Weather?'), call, result] }).usage.inputTokens ?? 0) > plain);
});
