import type { CanonicalRequest, JsonObject, Message, Part, ToolCallPart } from '@dragoman/plugin-sdk';
import t from 'tap';
import { told } from '../run.ts';
import { withOptions } from './context.ts';
import { encode } from './run.ts';

const text = (value: string): Part => ({ type: 'text', text: value });
const call = (id: string, changes: Partial<ToolCallPart> = {}): Part => ({
  type: 'tool-call',
  id,
  name: 'look',
  kind: 'function',
  input: '{}',
  ...changes,
});
const result = (callId: string, value: string): Part => ({
  type: 'tool-result',
  callId,
  output: [{ type: 'text', text: value }],
});

function messagesOf(messages: Message[], context = withOptions({})) {
  const { body, warnings } = encode({ messages }, context);
  return { messages: body.messages, warnings: told(warnings) };
}

t.test('one text is a string, several are parts, an assistant’s are joined', async (t) => {
  const { messages } = messagesOf([
    { role: 'system', parts: [text('a'), text('b')] },
    { role: 'user', parts: [text('c')] },
    { role: 'assistant', parts: [text('d'), text('e')] },
  ]);
  t.same(messages, [
    {
      role: 'system',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
    { role: 'user', content: 'c' },
    { role: 'assistant', content: 'de' },
  ]);
});

t.test('a service that takes only strings gets strings', async (t) => {
  const { messages } = messagesOf(
    [{ role: 'system', parts: [text('a'), text('b')] }],
    withOptions({ textContent: 'string' }),
  );
  t.same(messages, [{ role: 'system', content: 'a\n\nb' }]);
});

t.test('results stand before the rest of the turn they came in', async (t) => {
  const { messages } = messagesOf([
    { role: 'assistant', parts: [text('x'), call('1'), call('2')] },
    { role: 'user', parts: [text('and'), result('1', 'one'), result('2', 'two')] },
  ]);
  t.match(messages, [
    { role: 'assistant', content: 'x', tool_calls: [{ id: '1' }, { id: '2' }] },
    { role: 'tool', tool_call_id: '1', content: 'one' },
    { role: 'tool', tool_call_id: '2', content: 'two' },
    { role: 'user', content: 'and' },
  ]);
});

t.test(
  'nothing stands between calls and results, and of two results for a call the last counts',
  async (t) => {
    const { messages } = messagesOf([
      { role: 'assistant', parts: [call('1')] },
      { role: 'user', parts: [text('wait')] },
      { role: 'tool', parts: [result('1', 'old')] },
      { role: 'tool', parts: [result('1', 'new')] },
    ]);
    t.match(messages, [
      { role: 'assistant' },
      { role: 'tool', tool_call_id: '1', content: 'new' },
      { role: 'user', content: 'wait' },
    ]);
    t.equal((messages as unknown[]).length, 3);
  },
);

t.test('calls of two turns of the assistant in a row are of one', async (t) => {
  const { messages } = messagesOf([
    { role: 'assistant', parts: [text('a'), call('1')] },
    { role: 'assistant', parts: [text('b'), call('2')] },
    { role: 'user', parts: [result('1', 'x'), result('2', 'y')] },
  ]);
  t.match(messages, [
    { role: 'assistant', content: 'a\n\nb', tool_calls: [{ id: '1' }, { id: '2' }] },
    { role: 'tool' },
    { role: 'tool' },
  ]);
});

t.test('a long id is shortened alike on the call and its result', async (t) => {
  const id = 'x'.repeat(60);
  const { messages } = messagesOf([
    { role: 'assistant', parts: [call(id)] },
    { role: 'tool', parts: [result(id, 'ok')] },
  ]);
  const [assistant, tool] = messages as [{ tool_calls: { id: string }[] }, { tool_call_id: string }];
  t.equal(assistant.tool_calls[0]?.id, tool.tool_call_id);
  t.ok(tool.tool_call_id.length <= 40);
});

t.test('a service with ids of one length gets ids of that length', async (t) => {
  const { messages } = messagesOf(
    [
      { role: 'assistant', parts: [call('call_1'), call('abcdef123')] },
      { role: 'tool', parts: [result('call_1', 'ok')] },
    ],
    withOptions({ toolIdLength: 9 }),
  );
  const [assistant, tool] = messages as [{ tool_calls: { id: string }[] }, { tool_call_id: string }];
  t.match(assistant.tool_calls[0]?.id, /^[A-Za-z0-9]{9}$/);
  t.equal(assistant.tool_calls[0]?.id, tool.tool_call_id);
  t.equal(assistant.tool_calls[1]?.id, 'abcdef123');
});

t.test('a failed result says so in its text, and that is told', async (t) => {
  const failed: Part = {
    type: 'tool-result',
    callId: '1',
    isError: true,
    output: [{ type: 'text', text: 'no disk' }],
  };
  const silent: Part = { type: 'tool-result', callId: '2', isError: true, output: [] };
  const { messages, warnings } = messagesOf([
    { role: 'assistant', parts: [call('1'), call('2')] },
    { role: 'user', parts: [failed, silent] },
  ]);
  t.match(messages, [{}, { content: 'Error: no disk' }, { content: 'Error: the tool failed' }]);
  t.same(warnings, ['approximated /messages/1/parts/0/isError', 'approximated /messages/1/parts/1/isError']);
});

t.test('each call has a result and each result a call, as the service demands', async (t) => {
  const lost: Part = { type: 'tool-result', callId: '0', output: [{ type: 'text', text: 'lost' }] };
  const got: Part = { type: 'tool-result', callId: '1', output: [{ type: 'text', text: 'got' }] };
  const { messages, warnings } = messagesOf([
    { role: 'tool', parts: [lost] },
    { role: 'assistant', parts: [call('1'), call('2')] },
    { role: 'tool', parts: [got] },
    { role: 'user', parts: [text('Never mind the rest')] },
  ]);
  t.match(messages, [
    { role: 'user', content: 'Result of tool call 0: lost' },
    { role: 'assistant' },
    { role: 'tool', tool_call_id: '1', content: 'got' },
    { role: 'tool', tool_call_id: '2', content: 'The call has no result.' },
    { role: 'user', content: 'Never mind the rest' },
  ]);
  t.same(warnings, ['approximated /messages/0/parts/0', 'approximated /messages/1/parts/1']);
});

t.test('an image in a result follows in a user message', async (t) => {
  const image: Part = { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AA==' } };
  const parts: Part[] = [{ type: 'tool-result', callId: '1', output: [image] }];
  const called: Message = { role: 'assistant', parts: [call('1')] };
  const { messages, warnings } = messagesOf([called, { role: 'user', parts }]);
  t.match(messages, [
    { role: 'assistant' },
    { role: 'tool', tool_call_id: '1', content: /follows/ },
    {
      role: 'user',
      content: [{ type: 'text' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }],
    },
  ]);
  t.same(warnings, ['approximated /messages/1/parts/0/output/0']);
  const kept = messagesOf([called, { role: 'user', parts }], withOptions({ toolMedia: true }));
  t.match(kept.messages, [{}, { role: 'tool', content: [{ type: 'image_url' }] }]);
  t.same(kept.warnings, []);
});

t.test('what only others can read is left out and told', async (t) => {
  const foreign: Part = { type: 'opaque', dialect: 'anthropic-messages', value: {} };
  const hosted: Part = { type: 'tool-result', callId: 's', hosted: true, output: [] };
  const { messages, warnings } = messagesOf([
    { role: 'user', parts: [text('a'), foreign] },
    {
      role: 'assistant',
      parts: [
        call('s', { kind: 'hosted' }),
        hosted,
        {
          type: 'reasoning',
          text: 'hm',
          signature: { dialect: 'anthropic-messages', family: 'anthropic', value: 's' },
        },
        { type: 'text', text: 'b', citations: [{ url: 'https://example.com' }] },
      ],
    },
    { role: 'user', parts: [text('c')] },
  ]);
  t.same(messages, [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'b' },
    { role: 'user', content: 'c' },
  ]);
  t.same(warnings, [
    'dropped /messages/0/parts/1',
    'dropped /messages/1/parts/0',
    'dropped /messages/1/parts/1',
    'dropped /messages/1/parts/2',
    'dropped /messages/1/parts/3/citations',
  ]);
});

t.test('reasoning goes where the service reads it, signatures only to their own family', async (t) => {
  const part: Part = {
    type: 'reasoning',
    text: 'hm',
    signature: { dialect: 'x', family: 'anthropic', value: 's' },
  };
  const turn: Message[] = [
    { role: 'assistant', parts: [part, text('a')] },
    { role: 'user', parts: [text('b')] },
  ];
  const plain = messagesOf(turn, withOptions({ reasoningField: 'reasoning_content' }));
  t.same(plain.messages, [
    { role: 'assistant', content: 'a', reasoning_content: 'hm' },
    { role: 'user', content: 'b' },
  ]);
  t.same(plain.warnings, ['dropped /messages/0/parts/0/signature']);
  const foreign = messagesOf(turn, withOptions({ reasoningField: 'reasoning_details' }));
  t.match(foreign.messages, [{ reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }, {}]);
  t.notMatch(foreign.messages, [{ reasoning_details: [{ signature: 's' }] }]);
  const own = withOptions({ reasoningField: 'reasoning_details' });
  own.provider.family = 'anthropic';
  t.match(messagesOf(turn, own).messages, [
    { reasoning_details: [{ signature: 's', format: 'anthropic-claude-v1' }] },
    {},
  ]);
});

t.test('a refusal goes back as one', async (t) => {
  const { messages, warnings } = messagesOf([
    { role: 'assistant', parts: [{ type: 'refusal', text: 'No.' }] },
  ]);
  t.same(messages, [{ role: 'assistant', content: null, refusal: 'No.' }]);
  t.same(warnings, []);
});

t.test('instructions have the role the service wants', async (t) => {
  const turn: Message[] = [{ role: 'system', parts: [text('a')] }];
  t.match(messagesOf(turn).messages, [{ role: 'system' }]);
  t.match(messagesOf(turn, withOptions({ systemRole: 'developer' })).messages, [{ role: 'developer' }]);
});

t.test('what other dialects keep to themselves is told where it has an effect', async (t) => {
  const extensions = { 'anthropic-messages': { container: 'c', nothing: null, $marker: 'x', 'a/b': 1 } };
  const request: Partial<CanonicalRequest> = { extensions };
  t.same(told(encode(request).warnings), [
    'dropped /extensions/anthropic-messages/container',
    'dropped /extensions/anthropic-messages/a~1b',
  ]);
});

t.test(
  'where every turn must hold reasoning, one without gets a stand-in unless the model is not to reason',
  async (t) => {
    const context = withOptions({ reasoningField: 'reasoning_content', reasoningStandIn: ' ' });
    const messages: Message[] = [
      { role: 'user', parts: [text('a')] },
      { role: 'assistant', parts: [call('1')] },
      { role: 'tool', parts: [result('1', 'b')] },
      { role: 'assistant', parts: [{ type: 'reasoning', text: 'Hm' }, call('2')] },
      { role: 'tool', parts: [result('2', 'c')] },
    ];
    const thoughts = (body: JsonObject) =>
      (body.messages as JsonObject[]).flatMap((wire) =>
        wire.role === 'assistant' ? [wire.reasoning_content] : [],
      );
    t.same(thoughts(encode({ messages }, context).body), [' ', 'Hm']);
    t.same(thoughts(encode({ messages, reasoning: { effort: 'none' } }, context).body), [undefined, 'Hm']);
  },
);

t.test('a model that does not reason is sent no earlier reasoning', async (t) => {
  const base = withOptions({ reasoningField: 'reasoning' });
  const plain = { ...base, model: { ...base.model, features: ['tools' as const] } };
  const { body, warnings } = encode(
    {
      messages: [
        { role: 'assistant', parts: [{ type: 'reasoning', text: 'Hm' }, text('a')] },
        { role: 'user', parts: [text('b')] },
      ],
    },
    plain,
  );
  t.same((body.messages as JsonObject[])[0], { role: 'assistant', content: 'a' });
  t.same(told(warnings), ['dropped /messages/0/parts/0']);
});

t.test(
  'a service that goes on with no words of the assistant is told of, one that does is told to',
  async (t) => {
    const messages: Message[] = [
      { role: 'user', parts: [text('Name a colour.')] },
      { role: 'assistant', parts: [text('The colour is')] },
    ];
    t.same(messagesOf(messages).warnings, ['approximated /messages/1']);
    t.same(messagesOf(messages, withOptions({ prefill: 'as-is' })).warnings, []);
    const partial = messagesOf(messages, withOptions({ prefill: 'partial' }));
    t.same(partial.warnings, []);
    t.match((partial.messages as JsonObject[])[1], { partial: true, content: 'The colour is' });
  },
);
