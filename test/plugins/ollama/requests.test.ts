import { TranslateError } from '@dragoman/plugin-sdk';
import t from 'tap';
import { prompt } from './dialects.ts';
import { decode } from './run.ts';

const call = (name: string, more: object = {}) => ({ ...more, function: { name, arguments: {} } });

t.test('a request streams unless it says otherwise', (t) => {
  const messages = [{ role: 'user', content: 'Hi' }];
  t.equal(decode({ model: 'm', messages }).stream, true);
  t.equal(decode({ model: 'm', messages, stream: false }).stream, false);
  t.equal(decode({ model: 'm', prompt: 'Hi' }, prompt).stream, true);
  t.end();
});

t.test('results without ids find their calls by name and then by order', (t) => {
  const { messages } = decode({
    model: 'm',
    messages: [
      { role: 'assistant', content: '', tool_calls: [call('a'), call('b'), call('a')] },
      { role: 'tool', tool_name: 'b', content: '1' },
      { role: 'tool', content: '2' },
      { role: 'tool', name: 'a', content: '3' },
    ],
  });
  const calls = messages[0]?.parts.map((part) => part.type === 'tool-call' && part.id) ?? [];
  const results = messages.slice(1).map(({ parts: [part] }) => part?.type === 'tool-result' && part.callId);
  t.equal(new Set(calls).size, 3, 'each call has an id of its own');
  t.strictSame(results, [calls[1], calls[0], calls[2]]);
  t.end();
});

t.test('a result never finds a call of an earlier turn that nobody answered', (t) => {
  const { messages } = decode({
    model: 'm',
    messages: [
      { role: 'assistant', content: '', tool_calls: [call('a', { id: 'old' })] },
      { role: 'user', content: 'Never mind. Again.' },
      { role: 'assistant', content: '', tool_calls: [call('a', { id: 'new' })] },
      { role: 'tool', tool_name: 'a', content: '1' },
    ],
  });
  t.match(messages[3]?.parts[0], { type: 'tool-result', callId: 'new' });
  t.end();
});

t.test('ids made for calls stay the same when the conversation grows', (t) => {
  const turn = [{ role: 'assistant', content: '', tool_calls: [call('a')] }];
  const before = decode({ model: 'm', messages: turn }).messages[0];
  const after = decode({ model: 'm', messages: [...turn, { role: 'tool', content: '1' }] }).messages[0];
  t.strictSame(before, after);
  t.end();
});

t.test('thinking is switched on, off, or to a level', (t) => {
  const reasoning = (think: boolean | string | null) => decode({ model: 'm', messages: [], think }).reasoning;
  t.strictSame(reasoning(true), { effort: 'auto', visibility: 'full' });
  t.strictSame(reasoning(false), { effort: 'none' });
  t.strictSame(reasoning('low'), { effort: 'low', visibility: 'full' });
  t.equal(reasoning(null), undefined);
  t.end();
});

t.test('images come before the text, with the type their bytes show', (t) => {
  const { messages } = decode({
    model: 'm',
    messages: [{ role: 'user', content: 'What?', images: ['/9j/4AAQ', 'UklGRg==', 'unknown'] }],
  });
  t.match(messages[0]?.parts, [
    { type: 'media', mediaType: 'image/jpeg', source: { type: 'base64', data: '/9j/4AAQ' } },
    { type: 'media', mediaType: 'image/webp' },
    { type: 'media', mediaType: 'image/*' },
    { type: 'text', text: 'What?' },
  ]);
  t.end();
});

t.test('options the hub has no word for are named one by one', (t) => {
  const { extensions, maxOutputTokens, stop } = decode({
    model: 'm',
    messages: [],
    keep_alive: 0,
    options: { num_predict: 9, stop: 'x', num_ctx: 4096, mirostat: 1 },
  });
  t.equal(maxOutputTokens, 9);
  t.strictSame(stop, ['x']);
  t.match(extensions, { ollama: { 'options.num_ctx': 4096, 'options.mirostat': 1, keep_alive: 0 } });
  t.end();
});

t.test('a prompt with a system text is a conversation', (t) => {
  const { messages, output } = decode(
    { model: 'm', system: 'Be brief.', prompt: 'Hi', images: ['R0lGODlh'], format: 'json' },
    prompt,
  );
  t.strictSame(messages, [
    { role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
    {
      role: 'user',
      parts: [
        { type: 'media', mediaType: 'image/gif', source: { type: 'base64', data: 'R0lGODlh' } },
        { type: 'text', text: 'Hi' },
      ],
    },
  ]);
  t.strictSame(output, { format: 'json' });
  t.end();
});

t.test('what the server would refuse is refused, with its place', (t) => {
  const refused: [object, string][] = [
    [{ messages: [] }, '/model'],
    [{ model: 'm', messages: 'Hi' }, '/messages'],
    [{ model: 'm', messages: [{ role: 'critic', content: '' }] }, '/messages/0/role'],
    [{ model: 'm', messages: [{ role: 'user', content: [{ type: 'text' }] }] }, '/messages/0/content'],
    [{ model: 'm', messages: [{ role: 'assistant', tool_calls: [{}] }] }, '/messages/0/tool_calls/0'],
  ];
  for (const [body, path] of refused) {
    try {
      decode(JSON.parse(JSON.stringify(body)));
      t.fail(`${path} is refused`);
    } catch (thrown) {
      t.match(thrown, { code: 'invalid-input', path });
      t.ok(thrown instanceof TranslateError);
    }
  }
  t.end();
});
