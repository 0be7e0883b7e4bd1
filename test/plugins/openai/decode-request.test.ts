import type { JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeRequest } from '../../../plugins/openai/src/decode-request.ts';
import { makeContext } from './context.ts';
import { again, decode } from './run.ts';

const context = makeContext();

function refuse(body: unknown): { code?: string; path?: string } {
  try {
    decodeRequest({ path: {}, query: {}, headers: {}, body: body as JsonObject }, context);
  } catch (thrown) {
    return thrown as { code?: string; path?: string };
  }
  return {};
}

t.test('a request that cannot be read names the place', async (t) => {
  const cases: [unknown, string][] = [
    ['text', ''],
    [{ messages: [] }, '/model'],
    [{ model: 'm' }, '/messages'],
    [{ model: 'm', messages: ['hi'] }, '/messages/0'],
    [{ model: 'm', messages: [{ role: 'robot', content: '' }] }, '/messages/0/role'],
    [{ model: 'm', messages: [{ role: 'toString', content: '' }] }, '/messages/0/role'],
    [{ model: 'm', messages: [{ role: 'user', content: 5 }] }, '/messages/0/content'],
    [{ model: 'm', messages: [{ role: 'tool', content: 'x' }] }, '/messages/0/tool_call_id'],
  ];
  for (const [body, path] of cases) t.match(refuse(body), { code: 'invalid-input', path });
});

t.test('settings have the words of the hub', async (t) => {
  const request = decode({
    max_tokens: 5,
    temperature: 0.1,
    top_p: 0.2,
    n: 2,
    logprobs: true,
    top_logprobs: 3,
    stop: 'END',
    seed: 4,
    user: 'u',
    reasoning_effort: 'high',
    verbosity: 'low',
    response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true, schema: {} } },
  });
  t.match(request, {
    maxOutputTokens: 5,
    temperature: 0.1,
    topP: 0.2,
    candidates: 2,
    logprobs: { top: 3 },
    stop: ['END'],
    seed: 4,
    endUser: 'u',
    reasoning: { effort: 'high' },
    verbosity: 'low',
    output: { format: 'json', name: 'x', strict: true, schema: {} },
  });
});

t.test('of two limits the newer counts, and both come back', async (t) => {
  const body = { model: 'any', messages: [], max_completion_tokens: 9, max_tokens: 5 };
  t.equal(decode(body).maxOutputTokens, 9);
  t.same(again(body), { ...body, model: 'gpt-5.4' });
});

t.test('unknown fields and values of another type are kept, never refused', async (t) => {
  const body = {
    messages: [{ role: 'user', content: 'Hi', mood: 'good' }],
    client_metadata: { a: 1 },
    temperature: null,
    stop: null,
    tools: null,
    response_format: { type: 'grammar', grammar: 'x' },
  };
  const request = decode(body);
  t.equal(request.temperature, undefined);
  t.same(again(body), { ...body, model: 'gpt-5.4' });
});

t.test('developer instructions are the system’s', async (t) => {
  const body = { messages: [{ role: 'developer', content: 'Be brief' }] };
  t.match(decode(body).messages, [{ role: 'system', parts: [{ type: 'text', text: 'Be brief' }] }]);
  t.same(again(body).messages, body.messages);
});

t.test('a tool message is a result, a function message too', async (t) => {
  const request = decode({
    messages: [
      { role: 'assistant', content: null, function_call: { name: 'now', arguments: '{}' } },
      { role: 'function', name: 'now', content: 'noon' },
      {
        role: 'assistant',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'ok' }] },
    ],
  });
  const [called, answered, , result] = request.messages.map(({ parts }) => parts[0]);
  t.match(called, { type: 'tool-call', name: 'now', input: '{}' });
  t.match(answered, { type: 'tool-result', name: 'now', output: [{ type: 'text', text: 'noon' }] });
  t.ok(called?.type === 'tool-call' && answered?.type === 'tool-result' && called.id === answered.callId);
  t.match(result, { type: 'tool-result', callId: 'c1', output: [{ type: 'text', text: 'ok' }] });
});

t.test('an id made for a call without one is the same in the next turn', async (t) => {
  const call = { role: 'assistant', content: null, function_call: { name: 'now', arguments: '{}' } };
  const first = decode({ messages: [call] }, makeContext({ requestId: 'a' }));
  const second = decode(
    { messages: [call, { role: 'user', content: 'x' }] },
    makeContext({ requestId: 'b' }),
  );
  t.same(first.messages[0], second.messages[0]);
});

t.test('tool choices', async (t) => {
  const choose = (choice: JsonObject | string) => decode({ tool_choice: choice }).toolChoice;
  t.same(choose('none'), { type: 'none' });
  t.same(choose('any'), { type: 'required' });
  t.same(choose({ type: 'function', function: { name: 'f' } }), { type: 'tool', name: 'f' });
  t.same(choose({ type: 'custom', custom: { name: 'c' } }), { type: 'tool', name: 'c' });
  t.same(
    choose({
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'f' } }] },
    }),
    { type: 'required', only: ['f'] },
  );
  t.equal(choose({ type: 'mcp', server_label: 'x' }), undefined);
});

t.test('search options are a tool, with a place', async (t) => {
  const place = { type: 'approximate', approximate: { city: 'Rome', country: 'IT' } };
  const body = { web_search_options: { search_context_size: 'low', user_location: place } };
  t.match(decode(body).tools, [
    { type: 'web-search', location: { type: 'approximate', city: 'Rome', country: 'IT' } },
  ]);
  t.same(again(body).web_search_options, body.web_search_options);
});

t.test('how compatible services are told to reason', async (t) => {
  const reason = (body: JsonObject) => decode(body).reasoning;
  t.same(reason({ thinking: { type: 'disabled' } }), { effort: 'none' });
  t.same(reason({ thinking: { type: 'enabled' } }), { effort: 'auto' });
  t.same(reason({ enable_thinking: true, thinking_budget: 100 }), { budgetTokens: 100 });
  t.same(reason({ reasoning: { max_tokens: 100, exclude: true } }), {
    budgetTokens: 100,
    visibility: 'hidden',
  });
  t.same(reason({ reasoning: { effort: 'low' } }), { effort: 'low' });
});

t.test('earlier reasoning is read from every field, signatures with their family', async (t) => {
  const parts = (message: JsonObject) =>
    decode({ messages: [{ role: 'assistant', content: 'x', ...message }] }).messages[0]?.parts;
  t.match(parts({ reasoning_content: 'a' })?.[0], { type: 'reasoning', text: 'a' });
  t.match(parts({ reasoning: 'b' })?.[0], { type: 'reasoning', text: 'b' });
  const detail = { type: 'reasoning.text', text: 'c', signature: 'sig', format: 'anthropic-claude-v1' };
  t.match(parts({ reasoning: 'c', reasoning_details: [detail] }), [
    { type: 'reasoning', text: 'c', signature: { family: 'anthropic', value: 'sig' } },
    { type: 'text' },
  ]);
});

t.test('the reply steps learn whether usage was asked for', async (t) => {
  const memo = (body: JsonObject) =>
    decodeRequest({ path: {}, query: {}, headers: {}, body: { model: 'm', messages: [], ...body } }, context)
      .memo;
  t.same(memo({ stream: true }), { includeUsage: false });
  t.same(memo({ stream: true, stream_options: { include_usage: true } }), { includeUsage: true });
  t.equal(memo({}), undefined);
});
