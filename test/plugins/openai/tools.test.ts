import type { FunctionTool, JsonObject, Tool } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeResponse } from '../../../plugins/openai/src/decode-response.ts';
import { told } from '../run.ts';
import { makeContext, withOptions } from './context.ts';
import { chunk, done, encode, events, finish } from './run.ts';

const tool = (name: string, changes: Partial<FunctionTool> = {}): Tool => ({
  type: 'function',
  name,
  inputSchema: { type: 'object', properties: {} },
  ...changes,
});

t.test('a choice of none stays one, and a named tool is named', async (t) => {
  t.equal(encode({ tools: [tool('f')], toolChoice: { type: 'none' } }).body.tool_choice, 'none');
  const named = encode({ tools: [tool('f')], toolChoice: { type: 'tool', name: 'f' } });
  t.same(named.body.tool_choice, { type: 'function', function: { name: 'f' } });
  const one = encode({ tools: [tool('f')], parallelToolCalls: false });
  t.equal(one.body.parallel_tool_calls, false);
});

t.test('nothing is said of tools when there are none', async (t) => {
  const { body } = encode({ tools: [], toolChoice: { type: 'auto' }, parallelToolCalls: false });
  t.match(body, { tools: undefined, tool_choice: undefined, parallel_tool_calls: undefined });
});

t.test('a choice among some tools', async (t) => {
  const request = { tools: [tool('f'), tool('g')], toolChoice: { type: 'required' as const, only: ['g'] } };
  t.match(encode(request).body.tool_choice, {
    allowed_tools: { mode: 'required', tools: [{ function: { name: 'g' } }] },
  });
  const restricted = encode(request, withOptions({ allowedTools: false })).body;
  t.equal(restricted.tool_choice, 'required');
  t.match(restricted.tools, [{ function: { name: 'g' } }]);
  t.equal((restricted.tools as unknown[]).length, 1);
});

t.test('every object of a schema has properties, and the root is an object', async (t) => {
  const inputSchema: JsonObject = {
    type: 'object',
    properties: { a: { type: 'array', items: { type: 'object' } } },
  };
  const [first] = encode({ tools: [tool('f', { inputSchema })] }).body.tools as { function: JsonObject }[];
  t.same(first?.function.parameters, {
    type: 'object',
    properties: { a: { type: 'array', items: { type: 'object', properties: {} } } },
  });
  const [bare] = encode({ tools: [tool('f', { inputSchema: {} })] }).body.tools as { function: JsonObject }[];
  t.same(bare?.function.parameters, { type: 'object', properties: {} });
  t.same(
    inputSchema.properties,
    { a: { type: 'array', items: { type: 'object' } } },
    'the original is as it was',
  );
});

t.test('names the service refuses are changed, one for each, and changed back in replies', async (t) => {
  const long = 'mcp__server__'.padEnd(90, 'x');
  const tools = [tool('a.b'), tool('a_b'), tool(long), tool('look', { namespace: 'files' })];
  const { body, memo = null } = encode({ tools });
  const names = (body.tools as { function: { name: string } }[]).map(({ function: { name } }) => name);
  t.equal(new Set(names).size, 4);
  for (const name of names) t.match(name, /^[\w-]{1,64}$/);
  t.equal(names[3], 'files__look');
  const context = makeContext({ memo });
  const calls = names.map((name, index) => ({
    id: `c${index}`,
    type: 'function',
    function: { name, arguments: '{}' },
  }));
  const whole = decodeResponse(
    {
      status: 200,
      headers: {},
      body: { choices: [{ index: 0, message: { role: 'assistant', tool_calls: calls } }] },
    },
    context,
  ).output;
  t.match(whole.parts, [
    { name: 'a.b' },
    { name: 'a_b' },
    { name: long },
    { name: 'look', namespace: 'files' },
  ]);
  const streamed = events(
    [...calls.map((call, index) => chunk({ tool_calls: [{ index, ...call }] })), finish('tool_calls'), done],
    context,
  );
  const started = streamed.flatMap((event) => (event.type === 'part-start' ? [event.part] : []));
  t.match(started, [{ name: 'a.b' }, { name: 'a_b' }, { name: long }, { name: 'look', namespace: 'files' }]);
});

t.test('a free-text tool is one, or a function with one string whose calls are unwrapped', async (t) => {
  const note: Tool = { type: 'custom', name: 'note', description: 'Takes a note' };
  t.match(encode({ tools: [note] }).body.tools, [{ type: 'custom', custom: { name: 'note' } }]);
  const { body, memo = null, warnings } = encode({ tools: [note] }, withOptions({ customTools: false }));
  t.match(body.tools, [{ type: 'function', function: { parameters: { required: ['input'] } } }]);
  t.same(told(warnings), ['approximated /tools/0']);
  const context = makeContext({ memo });
  const call = { id: 'c', type: 'function', function: { name: 'note', arguments: '{"input":"milk"}' } };
  const whole = decodeResponse(
    {
      status: 200,
      headers: {},
      body: { choices: [{ index: 0, message: { role: 'assistant', tool_calls: [call] } }] },
    },
    context,
  ).output;
  t.match(whole.parts, [{ kind: 'custom', input: 'milk' }]);
  const streamed = events(
    [
      chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'note', arguments: '{"inp' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: 'ut":"milk"}' } }] }),
      finish('tool_calls'),
      done,
    ],
    context,
  );
  const inputs = streamed.flatMap((event) => (event.type === 'part-delta' ? [event.delta] : []));
  t.same(inputs, [{ type: 'tool-input', text: 'milk' }]);
});

t.test('search is offered to models that search, else told', async (t) => {
  const search: Tool = {
    type: 'web-search',
    domains: { allow: ['example.com'] },
    maxUses: 3,
    location: { type: 'approximate', city: 'Rome' },
  };
  const model = 'gpt-4o-search-preview';
  const able = encode({ model, tools: [search] });
  t.same(able.body.web_search_options, {
    user_location: { type: 'approximate', approximate: { city: 'Rome' } },
  });
  t.same(told(able.warnings), ['dropped /tools/0/domains', 'dropped /tools/0/maxUses']);
  const unable = encode({ model: 'gpt-4o', tools: [search] });
  t.equal(unable.body.tools, undefined);
  t.same(told(unable.warnings), ['unsupported /tools/0']);
});

t.test('a server tool of another dialect is left out and told, never an empty function', async (t) => {
  const computer: Tool = {
    type: 'opaque',
    dialect: 'anthropic-messages',
    value: { type: 'computer_20250124' },
  };
  const { body, warnings } = encode({ tools: [computer, tool('f')] });
  t.equal((body.tools as unknown[]).length, 1);
  t.same(told(warnings), ['unsupported /tools/0']);
});

t.test('a service that does not know strict is spared it', async (t) => {
  const strict = [tool('f', { strict: true })];
  t.match(encode({ tools: strict }).body.tools, [{ function: { strict: true } }]);
  t.match(encode({ tools: strict }, withOptions({ strict: false })).body.tools, [
    { function: { strict: undefined } },
  ]);
});
