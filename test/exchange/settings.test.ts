import type { JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { startPair } from '../helpers/gateway.ts';

const pair = await startPair(t);
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});
const schema = { type: 'object' as const, properties: {} };
const chatTool = { type: 'function' as const, function: { name: 'weather', parameters: schema } };
const claudeTool = { name: 'weather', input_schema: schema };
const messages = [{ role: 'user' as const, content: 'Hi' }];

/** What an Anthropic client's settings are for an OpenAI provider. */
async function toOpenai(settings: JsonObject, model = 'gpt-4o') {
  const reply = await pair.post('/v1/messages', {
    model: `openai/${model}`,
    max_tokens: 100,
    messages,
    ...settings,
  });
  return { reply, text: await reply.text(), sent: pair.upstream.requests.at(-1)?.body ?? {} };
}

/** What an OpenAI client's settings are for Claude. */
async function toClaude(settings: JsonObject, model = 'claude-sonnet-4-5') {
  const reply = await pair.post('/v1/chat/completions', {
    model: `anthropic/${model}`,
    messages,
    ...settings,
  });
  return { reply, text: await reply.text(), sent: pair.upstream.requests.at(-1)?.body ?? {} };
}

t.test('what an Anthropic client says of tools holds for an OpenAI provider', async (t) => {
  for (const [choice, wanted, parallel] of [
    [{ type: 'auto' }, 'auto', undefined],
    [{ type: 'any' }, 'required', undefined],
    [{ type: 'none' }, 'none', undefined],
    [{ type: 'tool', name: 'weather' }, { type: 'function', function: { name: 'weather' } }, undefined],
    [{ type: 'auto', disable_parallel_tool_use: true }, 'auto', false],
  ] as const) {
    const { sent } = await toOpenai({ tools: [claudeTool], tool_choice: choice });
    t.same(sent.tool_choice ?? 'auto', wanted);
    t.equal(sent.parallel_tool_calls, parallel, JSON.stringify(choice));
  }
});

t.test('what an OpenAI client says of tools holds for Claude', async (t) => {
  for (const [choice, wanted] of [
    ['auto', { type: 'auto' }],
    ['required', { type: 'any' }],
    ['none', { type: 'none' }],
    [
      { type: 'function', function: { name: 'weather' } },
      { type: 'tool', name: 'weather' },
    ],
  ] as const) {
    const { sent } = await toClaude({ tools: [chatTool], tool_choice: choice });
    t.same(sent.tool_choice ?? { type: 'auto' }, wanted);
  }
  const { sent } = await toClaude({ tools: [chatTool], parallel_tool_calls: false });
  t.same(sent.tool_choice, { type: 'auto', disable_parallel_tool_use: true });
});

t.test('sampling settings of an Anthropic client all reach an OpenAI provider', async (t) => {
  const { sent, reply } = await toOpenai({ temperature: 0.3, top_p: 0.9, stop_sequences: ['END'] });
  t.match(sent, { temperature: 0.3, top_p: 0.9, stop: ['END'] });
  t.equal(reply.headers.get('x-dragoman-warnings'), null);
});

t.test('sampling settings of an OpenAI client reach Claude', async (t) => {
  const { sent } = await toClaude({
    temperature: 0.3,
    stop: 'END',
    max_completion_tokens: 77,
    user: 'someone',
  });
  t.match(sent, {
    temperature: 0.3,
    stop_sequences: ['END'],
    max_tokens: 77,
    metadata: { user_id: 'someone' },
  });
});

t.test('a limit for Claude is made where the client gave none, and is no loss', async (t) => {
  const { sent, reply } = await toClaude({});
  t.equal(sent.max_tokens, 32_000);
  t.equal(reply.headers.get('x-dragoman-warnings'), null);
  const { sent: unknown } = await toClaude({}, 'some-model');
  t.equal(unknown.max_tokens, 4096);
});

t.test('a model that reasons gets no limit it refuses', async (t) => {
  const { sent, text, reply } = await toOpenai({ temperature: 0.3 }, 'gpt-5');
  t.equal(reply.status, 200, text);
  t.equal(sent.max_completion_tokens, 100);
  t.equal(sent.max_tokens, undefined);
  t.equal(sent.temperature, undefined);
  t.match(JSON.parse(reply.headers.get('x-dragoman-warnings') ?? '[]'), [
    { code: 'dropped', path: '/temperature' },
  ]);
});

t.test("that a tool failed is told to OpenAI's model", async (t) => {
  const { sent } = await toOpenai({
    tools: [claudeTool],
    messages: [
      ...messages,
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} }] },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'no such city', is_error: true }],
      },
    ],
  });
  t.match((sent.messages as JsonObject[]).at(-1), { role: 'tool', content: /error.*no such city/i });
});

t.test("a tool that only Anthropic runs is no empty function for OpenAI's model", async (t) => {
  const tools = [{ type: 'bash_20250124', name: 'bash' }, claudeTool];
  const { sent, reply } = await toOpenai({ tools });
  t.match(sent.tools, [{ function: { name: 'weather' } }]);
  t.equal((sent.tools as unknown[]).length, 1);
  t.match(JSON.parse(reply.headers.get('x-dragoman-warnings') ?? '[]'), [{ path: '/tools/0' }]);
});

t.test('text, results and text of one turn keep their order for OpenAI', async (t) => {
  const { sent } = await toOpenai({
    system: [
      { type: 'text', text: 'One' },
      { type: 'text', text: 'Two' },
    ],
    tools: [claudeTool],
    messages: [
      ...messages,
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Wait' },
          { type: 'tool_use', id: 'toolu_1', name: 'weather', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'Sunny' },
          { type: 'text', text: 'Thanks' },
        ],
      },
    ],
  });
  const roles = (sent.messages as JsonObject[]).map(({ role }) => role);
  t.same(roles, ['system', 'user', 'assistant', 'tool', 'user']);
});

t.test('roles, names and results of an OpenAI client are turns for Claude', async (t) => {
  const call = (id: string) => ({ id, type: 'function', function: { name: 'weather', arguments: '' } });
  const { sent, reply, text } = await toClaude({
    tools: [chatTool],
    messages: [
      { role: 'developer', content: 'Be brief' },
      { role: 'user', content: 'One' },
      { role: 'user', content: 'Two' },
      { role: 'assistant', content: null, tool_calls: [call('call:1'), call('call:2')] },
      { role: 'tool', tool_call_id: 'call:2', content: 'B' },
      { role: 'tool', tool_call_id: 'call:1', content: '' },
      { role: 'user', content: 'Three' },
    ],
  });
  t.equal(reply.status, 200, text);
  t.match(sent, {
    system: [{ type: 'text', text: 'Be brief' }],
    messages: [
      { role: 'user', content: [{ text: 'One' }, { text: 'Two' }] },
      { role: 'assistant', content: [{ id: /^[\w-]+$/, input: {} }, { id: /^[\w-]+$/ }] },
      { role: 'user', content: [{ type: 'tool_result' }, { type: 'tool_result' }, { text: 'Three' }] },
    ],
  });
});
