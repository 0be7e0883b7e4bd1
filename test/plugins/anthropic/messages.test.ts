import type { Message, Part } from '@dragoman/plugin-sdk';
import t from 'tap';
import { told } from '../run.ts';
import { contextFor } from './context.ts';
import { encode } from './run.ts';

function text(value: string): Part {
  return { type: 'text', text: value };
}
function call(id: string, name = 'get_weather', input = '{"city":"Oslo"}'): Part {
  return { type: 'tool-call', id, name, kind: 'function', input };
}
function result(callId: string, value: string): Part {
  return { type: 'tool-result', callId, output: [{ type: 'text', text: value }] };
}
function user(...parts: Part[]): Message {
  return { role: 'user', parts };
}
function assistant(...parts: Part[]): Message {
  return { role: 'assistant', parts };
}
function system(value: string): Message {
  return { role: 'system', parts: [text(value)] };
}

t.test('leading system messages become separate system blocks', (t) => {
  const { body, warnings } = encode({
    messages: [system('Be brief.'), system('Be kind.'), user(text('Hi'))],
  });
  t.strictSame(body.system, [
    { type: 'text', text: 'Be brief.' },
    { type: 'text', text: 'Be kind.' },
  ]);
  t.strictSame(body.messages, [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]);
  t.strictSame(warnings, []);
  t.end();
});

t.test('a request with nothing but system text gets a user turn, and says so', (t) => {
  const { body, warnings } = encode({ messages: [system('Write a haiku.')] });
  t.match(body.messages, [{ role: 'user', content: [{ type: 'text', text: /\S/ }] }]);
  t.strictSame(told(warnings), ['approximated /messages']);
  t.end();
});

t.test('a conversation the assistant began gets a user turn before it', (t) => {
  const { body, warnings } = encode({ messages: [assistant(text('Welcome!')), user(text('Hi'))] });
  t.match(body.messages, [{ role: 'user' }, { role: 'assistant' }, { role: 'user' }]);
  t.strictSame(told(warnings), ['approximated /messages']);
  t.end();
});

t.test('neighbouring messages of one role become one turn', (t) => {
  const { body } = encode({
    messages: [user(text('One')), user(text('Two')), assistant(text('A')), user(text('B'))],
  });
  t.strictSame(body.messages, [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'One' },
        { type: 'text', text: 'Two' },
      ],
    },
    { role: 'assistant', content: [{ type: 'text', text: 'A' }] },
    { role: 'user', content: [{ type: 'text', text: 'B' }] },
  ]);
  t.end();
});

t.test('results of parallel calls stand first in one user turn, whatever came between', (t) => {
  const { body, warnings } = encode({
    messages: [
      user(text('Weather?')),
      assistant(call('a'), text('Let me look.'), call('b')),
      user(text('Hurry.')),
      { role: 'tool', parts: [result('b', '2')] },
      { role: 'tool', parts: [result('a', '1')] },
    ],
  });
  t.match(body.messages, [
    {},
    {
      role: 'assistant',
      content: [{ type: 'text' }, { type: 'tool_use', id: 'a' }, { type: 'tool_use', id: 'b' }],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'b', content: '2' },
        { type: 'tool_result', tool_use_id: 'a', content: '1' },
        { type: 'text', text: 'Hurry.' },
      ],
    },
  ]);
  t.strictSame(warnings, []);
  t.end();
});

t.test('of two results of one call the last content stands at the first place', (t) => {
  const { body } = encode({
    messages: [
      user(text('?')),
      assistant(call('a'), call('b')),
      { role: 'tool', parts: [result('a', 'old')] },
      { role: 'tool', parts: [result('b', 'B')] },
      { role: 'tool', parts: [result('a', 'new')] },
    ],
  });
  t.match(body.messages, [
    {},
    {},
    {
      content: [
        { tool_use_id: 'a', content: 'new' },
        { tool_use_id: 'b', content: 'B' },
      ],
    },
  ]);
  t.end();
});

t.test('an id used again in a later turn keeps both results', (t) => {
  const { body } = encode({
    messages: [
      user(text('?')),
      assistant(call('a')),
      { role: 'tool', parts: [result('a', 'first')] },
      assistant(call('a')),
      { role: 'tool', parts: [result('a', 'second')] },
    ],
  });
  t.match(body.messages, [
    {},
    {},
    { content: [{ content: 'first' }] },
    {},
    { content: [{ content: 'second' }] },
  ]);
  t.end();
});

t.test('a tool id outside the allowed letters is changed alike in call and result, and stays unique', (t) => {
  const { body } = encode({
    messages: [
      user(text('?')),
      assistant(call('call:1'), call('call_1'), call('')),
      { role: 'tool', parts: [result('call:1', 'x'), result('call_1', 'y'), result('', 'z')] },
    ],
  });
  const messages = body.messages as { content: { id?: string; tool_use_id?: string; content?: string }[] }[];
  const called = messages[1]?.content.map((block) => block.id) ?? [];
  const answered = messages[2]?.content.map((block) => block.tool_use_id) ?? [];
  t.strictSame(answered, called);
  t.equal(new Set(called).size, 3);
  for (const id of called) t.match(id, /^[A-Za-z0-9_-]+$/);
  t.end();
});

t.test('empty messages and blank texts are left out', (t) => {
  const { body, warnings } = encode({
    messages: [user(text('Hi')), assistant(text('')), assistant(), user(text(' \n'), text('There?'))],
  });
  t.strictSame(body.messages, [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Hi' },
        { type: 'text', text: 'There?' },
      ],
    },
  ]);
  t.strictSame(warnings, []);
  t.end();
});

t.test('tool input that is not an object is sent as {}, and said', (t) => {
  const { body, warnings } = encode({
    messages: [
      user(text('?')),
      assistant(call('a', 'f', '{"city": Oslo'), call('b', 'g', '[1]'), call('c', 'h', '')),
    ],
  });
  t.match(body.messages, [{}, { content: [{ input: {} }, { input: {} }, { input: {} }] }]);
  t.strictSame(told(warnings), [
    'approximated /messages/1/parts/0/input',
    'approximated /messages/1/parts/1/input',
  ]);
  t.end();
});

t.test('a system message between turns', (t) => {
  const messages = [
    user(text('One')),
    assistant(text('A')),
    user(text('Two')),
    system('Answer in French.'),
    assistant(text('B')),
    user(text('Three')),
  ];

  t.test('is a reminder in the user’s turn for a model without system turns', (t) => {
    const { body, warnings } = encode({ messages });
    t.match(body.messages, [
      {},
      {},
      {
        role: 'user',
        content: [{ text: 'Two' }, { text: '<system-reminder>\nAnswer in French.\n</system-reminder>' }],
      },
      { role: 'assistant' },
      { role: 'user' },
    ]);
    t.strictSame(told(warnings), ['approximated /messages/3']);
    t.end();
  });

  t.test('keeps its role and place for a model that has them', (t) => {
    const { body, warnings } = encode({ messages }, contextFor('claude-opus-4-8'));
    t.match(body.messages, [
      { role: 'user' },
      { role: 'assistant' },
      { role: 'user' },
      { role: 'system', content: [{ type: 'text', text: 'Answer in French.' }] },
      { role: 'assistant' },
      { role: 'user' },
    ]);
    t.strictSame(warnings, []);
    t.end();
  });

  t.test('moves behind the results of the calls it would have parted', (t) => {
    const { body, warnings } = encode(
      {
        messages: [
          user(text('?')),
          assistant(call('a')),
          system('Hurry.'),
          { role: 'tool', parts: [result('a', '1')] },
        ],
      },
      contextFor('claude-opus-5'),
    );
    t.match(body.messages, [{ role: 'user' }, { role: 'assistant' }, { role: 'user' }, { role: 'system' }]);
    t.strictSame(told(warnings), ['approximated /messages/2']);
    t.end();
  });
  t.end();
});

t.test('an assistant turn at the end', (t) => {
  const messages = [user(text('Count.')), assistant(text('1, 2, '))];

  t.test('is continued by an older model, without the white space it refuses', (t) => {
    const { body, warnings } = encode({ messages }, contextFor('claude-haiku-4-5'));
    t.match(body.messages, [{}, { role: 'assistant', content: [{ text: '1, 2,' }] }]);
    t.equal((body.messages as unknown[]).length, 2);
    t.strictSame(warnings, []);
    t.end();
  });

  t.test('is followed by a user turn for a newer one', (t) => {
    const { body, warnings } = encode({ messages }, contextFor('claude-opus-4-6'));
    t.match(body.messages, [{}, { role: 'assistant' }, { role: 'user', content: [{ text: 'Continue.' }] }]);
    t.strictSame(told(warnings), ['approximated /messages/1']);
    t.end();
  });
  t.end();
});
