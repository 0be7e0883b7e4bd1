import type { Frame, Json, JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeRequest } from '../../../plugins/openai/src/decode-request.ts';
import {
  isMistralClient,
  readMistralBody,
  writeMistralFrames,
  writeMistralMessage,
} from '../../../plugins/openai/src/mistral-client.ts';
import { told } from '../run.ts';
import { withOptions } from './context.ts';
import { chunk, encode, finish } from './run.ts';

t.test('it is known by its name alone', async (t) => {
  t.ok(isMistralClient({ 'user-agent': 'mistral-client-typescript/2.7.0' }));
  t.notOk(isMistralClient({ 'user-agent': 'OpenAI/JS 7.57.0' }));
  t.notOk(isMistralClient({}));
});

const user = (...content: JsonObject[]): JsonObject => ({ role: 'user', content });
const read = (message: JsonObject): Json => {
  const body = { messages: [message] };
  const before = JSON.stringify(body);
  const { messages } = readMistralBody(body);
  t.equal(JSON.stringify(body), before, 'the body stays as it was');
  return (messages as Json[])[0] ?? null;
};

t.test('its words are read as the official ones', async (t) => {
  t.strictSame(
    readMistralBody({ random_seed: 7, tool_choice: 'any', safe_prompt: false, prompt_mode: null }),
    {
      seed: 7,
      tool_choice: 'required',
    },
  );
  t.strictSame(readMistralBody({ random_seed: 7, seed: 1, safe_prompt: true }), {
    seed: 1,
    safe_prompt: true,
  });
  t.strictSame(read(user({ type: 'image_url', image_url: 'https://x/y' })), {
    role: 'user',
    content: [{ type: 'image_url', image_url: { url: 'https://x/y' } }],
  });
  t.strictSame(
    read(
      user(
        { type: 'document_url', document_url: 'https://x/y.pdf', document_name: 'y.pdf' },
        { type: 'document_url', document_url: 'data:application/pdf;base64,AA' },
        { type: 'file', file_id: 'f' },
        { type: 'input_audio', input_audio: 'UklGRAAA' },
        { type: 'input_audio', input_audio: 'SUQzAAAA' },
      ),
    ),
    user(
      { type: 'file', file: { file_data: 'https://x/y.pdf', filename: 'y.pdf' } },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,AA', filename: 'document.pdf' } },
      { type: 'file', file: { file_id: 'f' } },
      { type: 'input_audio', input_audio: { data: 'UklGRAAA', format: 'wav' } },
      { type: 'input_audio', input_audio: { data: 'SUQzAAAA', format: 'mp3' } },
    ),
  );
});

t.test('what it says of earlier turns is read, and no more', async (t) => {
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] };
  const call = { id: 'abcdefgh1', type: 'function', index: 0, function: { name: 'f', arguments: { a: 1 } } };
  t.strictSame(read({ role: 'assistant', prefix: false, content: [thinking], tool_calls: [call] }), {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'abcdefgh1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
    reasoning_content: 'Hm',
  });
  t.strictSame(read({ role: 'assistant', prefix: true, content: 'So', tool_calls: null }), {
    $prefix: true,
    role: 'assistant',
    content: 'So',
  });
  t.strictSame(read({ role: 'tool', name: 'f', tool_call_id: 'abcdefgh1', content: 'x' }), {
    role: 'tool',
    tool_call_id: 'abcdefgh1',
    content: 'x',
  });
});

t.test('thoughts are told as parts of the content, before what was said', async (t) => {
  const message: JsonObject = { content: 'Yes', reasoning_content: 'Hm', reasoning_details: [] };
  writeMistralMessage(message);
  t.strictSame(message, {
    content: [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] },
      { type: 'text', text: 'Yes' },
    ],
  });
  const plain: JsonObject = { content: 'Yes' };
  writeMistralMessage(plain);
  t.strictSame(plain, { content: 'Yes' });
});

t.test('calls of a stream come whole, with the chunk that ends it, however they are cut', async (t) => {
  const piece = (index: number, text: string, id?: string): Frame =>
    chunk({
      tool_calls: [
        {
          index,
          ...(id === undefined ? {} : { id, type: 'function' }),
          function: { arguments: text, ...(id === undefined ? {} : { name: 'f' }) },
        },
      ],
    });
  const frames = (): Frame[] => [
    chunk({ content: 'Look' }),
    piece(0, '', 'call_a'),
    piece(0, '{"a"'),
    piece(1, '', 'call_b'),
    piece(0, ':1}'),
    piece(1, '{}'),
    finish('tool_calls'),
    { data: '[DONE]' },
  ];
  const all = writeMistralFrames(frames(), {});
  let held = {};
  const oneByOne = frames().flatMap((frame) => {
    const written = writeMistralFrames([frame], held);
    held = JSON.parse(JSON.stringify(held));
    return written;
  });
  for (const written of [all, oneByOne]) {
    t.equal(written.length, 3);
    t.match(written[1]?.data, {
      choices: [
        {
          finish_reason: 'tool_calls',
          delta: {
            tool_calls: [
              { id: 'call_a', function: { name: 'f', arguments: '{"a":1}' } },
              { id: 'call_b', function: { name: 'f', arguments: '{}' } },
            ],
          },
        },
      ],
    });
  }
});

t.test(
  '`prefix` of the last words goes to Mistral, and is told as lost to a service that answers anew',
  async (t) => {
    const headers = { 'user-agent': 'mistral-client-typescript/2.7.0' };
    const translate = (prefix: boolean, options: JsonObject) => {
      const words = { role: 'assistant', content: 'The colour is', prefix };
      const body = { model: 'm', messages: [{ role: 'user', content: 'Name a colour.' }, words] };
      const context = withOptions(options);
      const { output } = decodeRequest({ path: {}, query: {}, headers, body }, context);
      return encode(output, context);
    };
    t.same(told(translate(true, {}).warnings), ['approximated /messages/1']);
    t.strictSame((translate(true, {}).body.messages as JsonObject[])[1], {
      role: 'assistant',
      content: 'The colour is',
    });
    t.same(translate(false, {}).warnings, []);
    t.same(translate(true, { prefill: 'as-is' }).warnings, []);
  },
);
