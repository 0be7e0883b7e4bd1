import t from 'tap';
import { claudeCodeHeaders, claudeCodeRequest } from '../cases/claude-code.ts';
import { readEnd } from '../helpers/broken-streams.ts';
import { startPair } from '../helpers/gateway.ts';

const signature = 'EqQBCkgIARABGAIiQL2Umlw';
const pair = await startPair(t, {}, { signatures: [signature] });
t.beforeEach(() => {
  pair.upstream.requests.length = 0;
});

async function ask(model: string) {
  const headers = { ...claudeCodeHeaders, 'x-api-key': pair.key };
  const reply = await pair.post('/v1/messages?beta=true', claudeCodeRequest(model, signature), headers);
  const text = await reply.text();
  return { reply, text, sent: pair.upstream.requests[0] };
}

t.test('Claude Code talks to Anthropic as if nothing stood between', async (t) => {
  const { reply, text, sent } = await ask('anthropic/claude-sonnet-4-5');
  t.equal(reply.status, 200, text);
  t.same(sent?.body, claudeCodeRequest('claude-sonnet-4-5', signature));
  t.equal(sent?.headers['anthropic-beta'], claudeCodeHeaders['anthropic-beta']);
  t.same(sent?.query, { beta: 'true' });
  t.equal(sent?.headers['x-api-key'], pair.upstream.key);
  t.equal(reply.headers.get('x-dragoman-warnings'), null);
  t.ok(readEnd(text).isSuccess);
});

t.test('Claude Code loses nothing where its requests are translated to Anthropic again', async (t) => {
  const { reply, text, sent } = await ask('anthropic-twin/claude-sonnet-4-5');
  t.equal(reply.status, 200, text);
  t.same(sent?.body, claudeCodeRequest('claude-sonnet-4-5', signature));
  t.equal(sent?.headers['anthropic-beta'], claudeCodeHeaders['anthropic-beta']);
});

t.test('Claude Code talks to an OpenAI model', async (t) => {
  const { reply, text, sent } = await ask('openai/gpt-4o');
  t.equal(reply.status, 200, text);
  t.ok(readEnd(text).isSuccess);
  const { messages, tools, ...settings } = sent?.body ?? {};
  t.match(messages, [
    { role: 'system' },
    { role: 'user' },
    {
      role: 'assistant',
      content: /I will list them/,
      tool_calls: [
        { id: 'toolu_01List', type: 'function', function: { name: 'Bash', arguments: '{"command":"ls"}' } },
        { id: 'toolu_02Read', type: 'function', function: { name: 'Read' } },
      ],
    },
    { role: 'tool', tool_call_id: 'toolu_01List' },
    { role: 'tool', tool_call_id: 'toolu_02Read' },
  ]);
  t.equal((tools as unknown[]).length, 12, 'a tool that loads late is offered at once');
  const all = JSON.stringify(sent?.body);
  t.notMatch(all, /cache_control|defer_loading|context_management|anthropic|EqQB/);
  t.match(all, /You are Claude Code/);
  t.notMatch(all, /billing-header/, 'a line for accounts is nothing for a model');
  t.match(settings, { stream: true, stream_options: { include_usage: true } });
  t.notOk(sent?.headers['anthropic-beta']);
  t.same(sent?.query, {}, 'nor the query');
});

t.test('Claude Code talks to a model of OpenAI that reasons', async (t) => {
  const { reply, text, sent } = await ask('openai/gpt-5');
  t.equal(reply.status, 200, text);
  t.match(sent?.body, { max_completion_tokens: 32_000, reasoning_effort: String });
});

t.test('Claude Code talks to offline', async (t) => {
  const { reply, text } = await ask('offline/chat');
  t.equal(reply.status, 200, text);
  t.ok(readEnd(text).isSuccess);
  const pieces = [...text.matchAll(/"text_delta","text":("(?:[^"\\]|\\.)*")/g)].map(([, json = '""']) =>
    JSON.parse(json),
  );
  t.match(pieces.join(''), /File does not exist/);
});

t.test('its token counts reach Anthropic', async (t) => {
  const {
    max_tokens: _limit,
    stream: _stream,
    metadata: _metadata,
    ...counted
  } = claudeCodeRequest('anthropic/claude-sonnet-4-5', signature);
  const headers = { ...claudeCodeHeaders, 'x-api-key': pair.key };
  const reply = await pair.post('/v1/messages/count_tokens?beta=true', counted, headers);
  t.equal(reply.status, 200);
  t.same(await reply.json(), { input_tokens: 7 });
});
