import type { Message, Part } from '@dragoman/plugin-sdk';
import t from 'tap';
import { told } from '../run.ts';
import { makeContext } from './context.ts';
import { encode } from './run.ts';

function text(value: string): Part {
  return { type: 'text', text: value };
}
function call(id: string, name = 'get_weather', input = '{"city":"Oslo"}'): Part {
  return { type: 'tool-call', id, name, kind: 'function', input };
}
function user(...parts: Part[]): Message {
  return { role: 'user', parts };
}
function assistant(...parts: Part[]): Message {
  return { role: 'assistant', parts };
}

t.test('images and documents', (t) => {
  const { body, warnings } = encode({
    messages: [
      user(
        { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' }, detail: 'high' },
        { type: 'media', mediaType: 'image/*', source: { type: 'url', url: 'https://example.org/a.png' } },
        {
          type: 'media',
          mediaType: 'application/pdf',
          source: { type: 'base64', data: 'JVBE' },
          filename: 'report.pdf',
        },
        { type: 'media', mediaType: 'text/csv', source: { type: 'base64', data: 'YSxiCg==' } },
        { type: 'media', mediaType: 'audio/wav', source: { type: 'base64', data: 'UklG' } },
        {
          type: 'media',
          mediaType: 'image/png',
          source: { type: 'file', dialect: 'openai-chat', value: 'file-1' },
        },
      ),
    ],
  });
  t.strictSame((body.messages as { content: unknown[] }[])[0]?.content, [
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } },
    {
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' },
      title: 'report.pdf',
    },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b\n' } },
  ]);
  t.strictSame(told(warnings), [
    'dropped /messages/0/parts/0/detail',
    'unsupported /messages/0/parts/4',
    'unsupported /messages/0/parts/5',
  ]);
  t.end();
});

t.test('an image is of the type its bytes tell, whatever it is said to be', (t) => {
  const image = (mediaType: string, data: string): Part => ({
    type: 'media',
    mediaType,
    source: { type: 'base64', data },
  });
  const parts = [
    image('image/jpeg', 'iVBORw0KGgo='),
    image('image/*', '/9j/4AA'),
    image('image/jpg', 'AAAA'),
  ];
  const { body } = encode({ messages: [user(...parts)] });
  t.match((body.messages as { content: unknown[] }[])[0]?.content, [
    { source: { media_type: 'image/png' } },
    { source: { media_type: 'image/jpeg' } },
    { source: { media_type: 'image/jpeg' } },
  ]);
  t.end();
});

t.test('media in an assistant turn is refused by the service, so it is left out and said', (t) => {
  const image: Part = { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' } };
  const { warnings } = encode({
    messages: [user(text('Draw')), assistant(text('Here'), image), user(text('More'))],
  });
  t.strictSame(told(warnings), ['unsupported /messages/1/parts/1']);
  t.end();
});

t.test('a tool result keeps its blocks, its failure and its place in the path of a warning', (t) => {
  const { body, warnings } = encode({
    messages: [
      user(text('?')),
      assistant(call('a')),
      user({
        type: 'tool-result',
        callId: 'a',
        isError: true,
        output: [
          { type: 'text', text: 'See' },
          { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' } },
          { type: 'json', value: { ok: false } },
          { type: 'opaque', dialect: 'gemini', value: 1 },
        ],
      }),
    ],
  });
  t.match(body.messages, [
    {},
    {},
    {
      content: [
        {
          type: 'tool_result',
          is_error: true,
          content: [{ text: 'See' }, { type: 'image' }, { type: 'text', text: '{"ok":false}' }],
        },
      ],
    },
  ]);
  t.strictSame(told(warnings), ['dropped /messages/2/parts/0/output/3']);
  t.end();
});

t.test('reasoning is replayed with a signature of the provider’s own family only', (t) => {
  const signed = (family: string): Part => ({
    type: 'reasoning',
    text: 'Hm.',
    signature: { dialect: 'bedrock-converse', family, value: 'sig' },
  });
  const { body, warnings } = encode({
    messages: [
      user(text('?')),
      assistant(signed('anthropic'), signed('openai'), { type: 'reasoning', text: 'Unsigned.' }, text('A')),
      user(text('!')),
    ],
  });
  t.match(body.messages, [
    {},
    {
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
        { type: 'text', text: 'A' },
      ],
    },
    {},
  ]);
  t.strictSame(told(warnings), ['dropped /messages/1/parts/1', 'dropped /messages/1/parts/2']);
  t.end();
});

t.test('a compatible service that checks no signatures gets all reasoning', (t) => {
  const { body, warnings } = encode(
    {
      messages: [user(text('?')), assistant({ type: 'reasoning', text: 'Hm.' }, text('A')), user(text('!'))],
    },
    makeContext({
      provider: {
        id: 'kimi',
        family: 'kimi',
        dialect: 'anthropic-messages',
        options: { signatures: 'any' },
      },
    }),
  );
  t.match(body.messages, [{}, { content: [{ type: 'thinking', thinking: 'Hm.', signature: '' }, {}] }, {}]);
  t.strictSame(warnings, []);
  t.end();
});

t.test('cache breakpoints are kept up to the four the service takes', (t) => {
  const cached = (value: string): Part => ({ type: 'text', text: value, cache: {} });
  const { body, warnings } = encode({
    messages: [
      user(
        cached('1'),
        cached('2'),
        cached('3'),
        { type: 'text', text: '4', cache: { ttl: '1h' } },
        cached('5'),
      ),
    ],
  });
  const blocks = (body.messages as { content: { cache_control?: unknown }[] }[])[0]?.content ?? [];
  t.strictSame(
    blocks.map((block) => block.cache_control),
    [
      { type: 'ephemeral' },
      { type: 'ephemeral' },
      { type: 'ephemeral' },
      { type: 'ephemeral', ttl: '1h' },
      undefined,
    ],
  );
  t.strictSame(told(warnings), ['dropped /messages/0/parts/4/cache']);
  t.end();
});
