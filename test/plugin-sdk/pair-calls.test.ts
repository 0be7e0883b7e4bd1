import {
  type Message,
  type Part,
  pairCalls,
  startPlace,
  type ToolCallPart,
  type ToolResultPart,
} from '@dragoman/plugin-sdk';
import t from 'tap';

function call(id: string, kind: ToolCallPart['kind'] = 'function'): ToolCallPart {
  return { type: 'tool-call', id, name: 'f', kind, input: '{}' };
}
function result(callId: string, text = 'r'): ToolResultPart {
  return { type: 'tool-result', callId, output: [{ type: 'text', text }] };
}
const said = (...parts: Part[]): Message => ({ role: 'user', parts });
const asked = (...parts: Part[]): Message => ({ role: 'assistant', parts });
const hi: Part = { type: 'text', text: 'Hi' };

function pair(...messages: Message[]) {
  const place = startPlace();
  const paired = pairCalls(messages, place);
  return { paired, isSame: paired === messages, warnings: place.warnings.map(({ path }) => path) };
}

t.test('what is whole stays the same list', async (t) => {
  t.ok(pair(said(hi)).isSame);
  t.ok(pair(said(hi), asked(call('a'), call('b')), said(result('b'), result('a'))).isSame);
  t.ok(pair(asked(call('a')), said(result('a')), asked(call('a')), said(result('a'))).isSame, 'one id twice');
  t.ok(pair(asked(call('a')), said(hi), asked(hi), said(result('a'))).isSame, 'a late result');
  t.ok(pair(said(hi), asked(call('a'))).isSame, 'calls at the end wait for their results');
  t.ok(pair(asked(call('a', 'hosted')), said(hi)).isSame, 'the provider ran it');
  t.ok(pair(asked({ ...result('a'), hosted: true }), said(hi)).isSame);
});

t.test('a call nobody answered gets a result that says so, after what the turn says', async (t) => {
  const { paired, warnings } = pair(asked(call('a'), call('b')), asked(hi), said(hi, result('b')), said(hi));
  t.match(paired[2]?.parts, [hi, { callId: 'b' }, { callId: 'a', output: [{ text: /no result/ }] }]);
  t.equal(paired.length, 4);
  t.strictSame(warnings, ['/messages/0/parts/0']);
  const again = pair(asked(call('a')), said(hi), asked(call('a')), said(result('a')));
  t.match(again.paired, [{}, { parts: [hi, { callId: 'a' }] }, {}, { parts: { length: 1 } }]);
  t.strictSame(again.warnings, ['/messages/0/parts/0'], 'one id twice');
});

t.test('a result of no call is text, and what is no text stands at the end of its turn', async (t) => {
  const image = { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AA==' } } as const;
  const lost: ToolResultPart = { ...result('a', 'x'), name: 'look', isError: true, cache: {} };
  lost.output.push(image, { type: 'json', value: { y: 1 } });
  const { paired, warnings } = pair(said(lost, hi), { role: 'tool', parts: [result('b')] });
  t.strictSame(paired, [
    said({ type: 'text', text: 'Error of tool call look: x\n{"y":1}', cache: {} }, hi, image),
    said({ type: 'text', text: 'Result of tool call b: r' }),
  ]);
  t.strictSame(warnings, ['/messages/0/parts/0', '/messages/1/parts/0']);
  t.match(lost.output, { length: 3 }, 'the original is as it was');
});
