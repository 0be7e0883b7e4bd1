import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { recordings, skipWithoutCorpus } from './corpus.ts';
import { checkConverse } from './strict-bedrock.ts';

const user = (...content: Json[]): JsonObject => ({ role: 'user', content });
const assistant = (...content: Json[]): JsonObject => ({ role: 'assistant', content });
const text = { text: 'a' };
const call = { toolUse: { toolUseId: 'c1', name: 'look', input: {} } };
const result = { toolResult: { toolUseId: 'c1', content: [text] } };
const document = { document: { format: 'pdf', name: 'A', source: { bytes: 'JVBE' } } };
const point = { cachePoint: { type: 'default' } };
const toolConfig = { tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object' } } } }] };

t.test('what the service refuses is refused, with the reason', async (t) => {
  const cases: [body: JsonObject, reason: RegExp, model?: string][] = [
    [{ messages: [] }, /at least one message/],
    [{ messages: [user(text)], max_tokens: 1 }, /max_tokens/],
    [{ messages: [user(text), user(text)] }, /alternate/],
    [{ messages: [assistant(text)] }, /start with a user message/, 'us.amazon.nova-pro-v1:0'],
    [{ messages: [user()] }, /is empty/],
    [{ messages: [user({ text: ' ' })] }, /blank/],
    [{ messages: [user({ text: 'a', cachePoint: {} })] }, /exactly one member/],
    [{ messages: [user(text), assistant(call)], toolConfig }, /Expected toolResult/],
    [{ messages: [user(text), assistant(call), user(text)], toolConfig }, /Expected toolResult/],
    [{ messages: [user(text), assistant(call), user(text, result)], toolConfig }, /come first/],
    [{ messages: [user(text, result)], toolConfig }, /exceeds the number/],
    [{ messages: [user(text), assistant(call), user(result)] }, /toolConfig field must be defined/],
    [{ messages: [user(document)] }, /text block is required/],
    [{ messages: [user(text, document, document)] }, /duplicate/],
    [{ messages: [user(text, document, point)] }, /cachePoint cannot/],
    [{ messages: [user(text, point, text, point, text, point, text, point, text, point)] }, /Too many/],
    [{ messages: [user({ reasoningContent: {} })] }, /cannot contain reasoning/],
    [{ messages: [user({ image: { format: 'png', source: { url: 'https://a' } } })] }, /source/],
    [{ messages: [user(text)], inferenceConfig: { temperature: 1.5 } }, /temperature/],
    [
      { messages: [user(text)], toolConfig: { ...toolConfig, toolChoice: { tool: { name: 'b' } } } },
      /names no tool/,
    ],
    [{ messages: [user(text)], system: [{ text: '' }] }, /blank/],
  ];
  for (const [body, reason, model] of cases) t.match(checkConverse(body, model), reason, String(reason));
  const good = {
    messages: [user(text, document), assistant(text, call), user(result, text, point)],
    toolConfig,
  };
  t.equal(checkConverse(good, 'us.amazon.nova-pro-v1:0'), null);
});

t.test('what the service was seen to take is taken', { skip: skipWithoutCorpus }, async (t) => {
  const refused = recordings('bedrock-converse', { request: true, status: 200 }).flatMap(
    ({ name, request }) => {
      // A tool of the service's own answers in the assistant's turn.
      const isHosted = JSON.stringify(request?.body).includes('server_tool_use');
      const reason = isHosted ? null : checkConverse(request?.body ?? {}, request?.path ?? '');
      return reason === null ? [] : [`${name}: ${reason}`];
    },
  );
  t.strictSame(refused, []);
});
