import type { MediaPart } from '@dragoman/plugin-sdk';
import { decodeBase64Text, encodeBase64Text } from '@dragoman/plugin-sdk';
import t from 'tap';
import { told } from '../run.ts';
import { contextFor, makeContext } from './context.ts';
import { encode } from './run.ts';

function send(part: Partial<MediaPart>, model = 'gemini-3-flash-preview') {
  const media: MediaPart = {
    type: 'media',
    mediaType: 'image/png',
    source: { type: 'base64', data: 'aGk=' },
    ...part,
  };
  const { body, warnings } = encode({ messages: [{ role: 'user', parts: [media] }] }, contextFor(model));
  const [content] = body.contents as { parts: object[] }[];
  return { part: content?.parts[0], warnings: told(warnings) };
}

t.test('data goes inline under a type the service knows', (t) => {
  t.strictSame(send({}).part, { inlineData: { mimeType: 'image/png', data: 'aGk=' } });
  t.match(send({ mediaType: 'audio/mpeg' }).part, { inlineData: { mimeType: 'audio/mp3' } });
  t.match(send({ mediaType: 'application/*', filename: 'a.pdf' }).part, {
    inlineData: { mimeType: 'application/pdf' },
  });
  t.match(send({ source: { type: 'base64', data: '_-8' } }).part, { inlineData: { data: '/+8=' } });
  t.end();
});

t.test('an address is read by newer models, and by all when it is YouTube', (t) => {
  const source = { type: 'url', url: 'https://a.example/x.webp' } as const;
  t.strictSame(send({ source, mediaType: 'image/*' }).part, {
    fileData: { mimeType: 'image/webp', fileUri: 'https://a.example/x.webp' },
  });
  t.strictSame(send({ source: { type: 'url', url: 'https://a.example/x' }, mediaType: 'image/*' }).part, {
    fileData: { fileUri: 'https://a.example/x' },
  });
  t.strictSame(send({ source }, 'gemini-2.0-flash').warnings, ['unsupported /messages/0/parts/0']);
  const film = { type: 'url', url: 'https://youtu.be/x' } as const;
  t.match(send({ source: film, mediaType: 'video/*' }, 'gemini-2.0-flash').part, {
    fileData: { mimeType: 'video/mp4', fileUri: 'https://youtu.be/x' },
  });
  t.end();
});

t.test('a file of another service cannot be read, one of this can', (t) => {
  const own = { type: 'file', dialect: 'gemini', family: 'google', value: 'gs://b/x.png' } as const;
  t.match(send({ source: own }).part, { fileData: { fileUri: 'gs://b/x.png' } });
  const foreign = { type: 'file', dialect: 'openai-chat', value: 'file-1' } as const;
  t.strictSame(send({ source: foreign }).warnings, ['unsupported /messages/0/parts/0']);
  t.end();
});

t.test('a wish for resolution is carried where parts have one', (t) => {
  t.match(send({ detail: 'low' }).part, { mediaResolution: { level: 'MEDIA_RESOLUTION_LOW' } });
  t.strictSame(send({ detail: 'low' }, 'gemini-2.5-flash').warnings, ['dropped /messages/0/parts/0/detail']);
  t.strictSame(send({ detail: 'auto' }).warnings, []);
  t.end();
});

t.test('media of a tool’s result stands in it, or right after it', (t) => {
  const messages = [
    {
      role: 'assistant' as const,
      parts: [{ type: 'tool-call' as const, id: '1', name: 'f', kind: 'function' as const, input: '' }],
    },
    {
      role: 'tool' as const,
      parts: [
        {
          type: 'tool-result' as const,
          callId: '1',
          output: [
            { type: 'text' as const, text: 'look' },
            {
              type: 'media' as const,
              mediaType: 'image/png',
              source: { type: 'base64' as const, data: 'aGk=' },
            },
          ],
        },
      ],
    },
  ];
  t.match(encode({ messages }, makeContext()).body.contents, [
    {},
    {
      parts: [
        { functionResponse: { response: { output: 'look' }, parts: [{ inlineData: { data: 'aGk=' } }] } },
      ],
    },
  ]);
  const old = encode({ messages }, contextFor('gemini-2.5-flash'));
  t.match(old.body.contents, [
    {},
    { parts: [{ functionResponse: { response: { output: 'look' } } }] },
    { role: 'user', parts: [{ inlineData: { data: 'aGk=' } }] },
  ]);
  t.strictSame(told(old.warnings), ['approximated /messages/1/parts/0/output/1']);
  t.end();
});

t.test('base64 of text goes there and back, whatever the alphabet', (t) => {
  for (const text of ['', 'a', 'ab', 'abc', 'café ☕ 🎉', 'line\nbreak']) {
    t.equal(encodeBase64Text(text), Buffer.from(text).toString('base64'));
    t.equal(decodeBase64Text(Buffer.from(text).toString('base64url')), text);
  }
  t.equal(decodeBase64Text('/w=='), undefined, 'not UTF-8');
  t.equal(decodeBase64Text('!!'), undefined, 'not base64');
  t.end();
});
