import type { JsonObject, MediaPart, Part } from '@dragoman/plugin-sdk';
import t from 'tap';
import { forModel } from '../context.ts';
import { told } from '../run.ts';
import { withOptions } from './context.ts';
import { again, decode, encode } from './run.ts';

function mediaOf(part: JsonObject): Part | undefined {
  return decode({ messages: [{ role: 'user', content: [part] }] }).messages[0]?.parts[0];
}

function wireOf(part: Omit<MediaPart, 'type'>, context = withOptions({})) {
  const messages = [{ role: 'user' as const, parts: [{ type: 'media' as const, ...part }] }];
  const { body, warnings } = encode({ messages }, context);
  const [message] = body.messages as { content: JsonObject[] }[];
  return { part: message?.content[0], warnings: told(warnings) };
}

t.test('media is read with its type and its source', async (t) => {
  t.match(mediaOf({ type: 'image_url', image_url: { url: 'https://example.com/a', detail: 'low' } }), {
    mediaType: 'image/*',
    source: { type: 'url', url: 'https://example.com/a' },
    detail: 'low',
  });
  t.match(mediaOf({ type: 'image_url', image_url: { url: 'data:image/webp;base64,AAAA' } }), {
    mediaType: 'image/webp',
    source: { type: 'base64', data: 'AAAA' },
  });
  t.match(mediaOf({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } }), {
    mediaType: 'audio/mpeg',
  });
  t.match(mediaOf({ type: 'file', file: { filename: 'a.csv', file_data: 'AAAA' } }), {
    mediaType: 'text/csv',
    filename: 'a.csv',
    source: { type: 'base64', data: 'AAAA' },
  });
  t.match(mediaOf({ type: 'file', file: { file_id: 'file-1' } }), {
    source: { type: 'file', dialect: 'openai-chat', value: 'file-1' },
  });
  t.match(mediaOf({ type: 'hologram', hologram: {} }), { type: 'opaque', value: { type: 'hologram' } });
});

t.test('odd forms of media come back as they came', async (t) => {
  const content = [
    { type: 'image_url', image_url: 'https://example.com/a.png' },
    { type: 'image_url', image_url: { url: 'data:image/png;charset=x;base64,AAAA', extra: 1 } },
    { type: 'image_url', image_url: { url: 'data:image/svg+xml,<svg/>' } },
    { type: 'image_url', image_url: { url: 'data:application/octet-stream;base64,AAAA' }, note: 'x' },
    { type: 'document_url', document_url: 'https://example.com/a.pdf' },
    { type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } },
    { type: 'file', file: { file_data: 'https://example.com/a.pdf', filename: 'a.pdf' } },
    { type: 'file', file: { filename: 'a.png', file_data: 'data:image/png;base64,AAAA' } },
    { type: 'input_audio', input_audio: { data: 'AAAA', format: 'pcm16' } },
    { type: 'image_url', image_url: 5 },
    { type: 'thinking', thinking: [{ type: 'text', text: 'a' }] },
    'a string',
  ];
  const body = { messages: [{ role: 'user', content }] };
  t.same(again(body).messages, body.messages);
});

t.test('media of other dialects is written where the service has a place for it', async (t) => {
  t.same(wireOf({ mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' }, detail: 'high' }).part, {
    type: 'image_url',
    image_url: { url: 'data:image/png;base64,AAAA', detail: 'high' },
  });
  t.same(
    wireOf({ mediaType: 'application/pdf', source: { type: 'base64', data: 'AAAA' }, title: 'Report' }).part,
    {
      type: 'file',
      file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'Report.pdf' },
    },
  );
  t.same(wireOf({ mediaType: 'audio/wav', source: { type: 'base64', data: 'AAAA' } }).part, {
    type: 'input_audio',
    input_audio: { data: 'AAAA', format: 'wav' },
  });
  const document = wireOf({ mediaType: 'text/plain', source: { type: 'text', text: 'Once' }, title: 'Tale' });
  t.match(document, { warnings: ['approximated /messages/0/parts/0'] });
});

t.test('media the service does not take is left out and told', async (t) => {
  const lost: Omit<MediaPart, 'type'>[] = [
    { mediaType: 'video/mp4', source: { type: 'base64', data: 'AAAA' } },
    { mediaType: 'application/pdf', source: { type: 'url', url: 'https://example.com/a.pdf' } },
    { mediaType: 'audio/wav', source: { type: 'url', url: 'https://example.com/a.wav' } },
    { mediaType: 'image/png', source: { type: 'file', dialect: 'anthropic-messages', value: 'f' } },
  ];
  for (const part of lost) t.same(wireOf(part).warnings, ['unsupported /messages/0/parts/0'], part.mediaType);
  const options = withOptions({ video: true, fileUrls: true });
  t.match(wireOf({ mediaType: 'video/mp4', source: { type: 'base64', data: 'AAAA' } }, options).part, {
    type: 'video_url',
  });
  t.match(
    wireOf(
      { mediaType: 'application/pdf', source: { type: 'url', url: 'https://example.com/a.pdf' } },
      options,
    ).part,
    { file: { file_data: 'https://example.com/a.pdf' } },
  );
});

const cached: Part = { type: 'text', text: 'long', cache: { ttl: '1h' } };
const turns = [
  { role: 'system' as const, parts: [cached] },
  { role: 'user' as const, parts: [cached] },
];

t.test('a breakpoint a client wrote is one, on a part, a message or a tool', async (t) => {
  const control = { type: 'ephemeral' };
  const request = decode({
    messages: [
      {
        role: 'user',
        content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      },
      { role: 'user', content: 'b', cache_control: control },
      { role: 'user', content: [{ type: 'text', text: 'c', prompt_cache_breakpoint: { mode: 'explicit' } }] },
    ],
    tools: [
      { type: 'function', function: { name: 'f' }, cache_control: control },
      { type: 'function', function: { name: 'g', cache_control: control } },
    ],
  });
  t.same(
    request.messages.map(({ parts }) => parts[0]?.cache),
    [{ ttl: '1h' }, {}, {}],
  );
  t.match(request.tools, [{ cache: {} }, { cache: {} }]);
});

t.test('breakpoints are sent only where the service takes them', async (t) => {
  const silent = encode({ messages: turns }, withOptions({}));
  t.notMatch(JSON.stringify(silent.body), /cache/);
  const lost = [0, 1].map((at) => `approximated /messages/${at}/parts/0/cache`);
  t.same(told(silent.warnings), lost, 'each is told');
  const anthropicLike = encode({ messages: turns }, withOptions({ cacheControl: true }));
  t.match(anthropicLike.body.messages, [{ content: [{ cache_control: { type: 'ephemeral', ttl: '1h' } }] }]);
  const rules = withOptions({
    cacheControl: false,
    modelRules: [{ models: ['new'], cacheBreakpoints: true }],
  });
  const official = encode({ messages: turns }, forModel('new-2026-01-01', rules));
  t.match(official.body.messages, [{ content: [{ prompt_cache_breakpoint: { mode: 'explicit' } }] }]);
  t.same(told(official.warnings), []);
});

t.test('a service that refuses cache_control never sees it, not even from its own clients', async (t) => {
  const body = {
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }] },
      { role: 'user', content: 'b', cache_control: { type: 'ephemeral' } },
      { role: 'user', content: [{ type: 'text', text: 'c', cache_control: { type: 'odd' } }] },
      { role: 'tool', tool_call_id: 'x', content: 'd', cache_control: { type: 'odd' } },
    ],
    tools: [
      { type: 'function', function: { name: 'f' }, cache_control: { type: 'ephemeral' } },
      { type: 'function', function: { name: 'g' }, cache_control: { type: 'odd' } },
      { type: 'function', function: { name: 'h', cache_control: { type: 'ephemeral' } } },
    ],
  };
  t.notMatch(JSON.stringify(again(body, withOptions({ cacheControl: false }))), /cache_control/);
});
