import type { CanonicalRequest } from '@dragoman/plugin-sdk';
import t from 'tap';
import { told } from '../run.ts';
import { encode } from './run.ts';

/** Each field with a value that asks for something, and the warning it must give. */
const losses: [Partial<CanonicalRequest>, string][] = [
  [{ frequencyPenalty: 0.5 }, 'dropped /frequencyPenalty'],
  [{ presencePenalty: -1 }, 'dropped /presencePenalty'],
  [{ logitBias: { 50256: -100 } }, 'dropped /logitBias'],
  [{ logprobs: { top: 3 } }, 'dropped /logprobs'],
  [{ candidates: 2 }, 'unsupported /candidates'],
  [{ seed: 7 }, 'dropped /seed'],
  [{ verbosity: 'low' }, 'dropped /verbosity'],
  [{ modalities: ['text', 'audio'] }, 'unsupported /modalities'],
  [{ audio: { voice: 'alloy', format: 'wav' } }, 'unsupported /audio'],
  [{ store: true }, 'dropped /store'],
  [{ previousResponseId: 'resp_1' }, 'unsupported /previousResponseId'],
  [{ promptCacheKey: 'k' }, 'dropped /promptCacheKey'],
  [{ metadata: { team: 'a' } }, 'dropped /metadata'],
  [
    { extensions: { 'openai-chat': { prediction: { type: 'content' } } } },
    'dropped /extensions/openai-chat/prediction',
  ],
];
for (const [request, warning] of losses) {
  t.test(`${Object.keys(request)} is told`, (t) => {
    t.strictSame(told(encode(request).warnings), [warning]);
    t.end();
  });
}

t.test('a value that asks for what happens anyway is no loss', (t) => {
  const { warnings } = encode({
    frequencyPenalty: 0,
    presencePenalty: 0,
    logitBias: {},
    candidates: 1,
    verbosity: 'medium',
    modalities: ['text'],
    store: false,
    metadata: {},
    toolChoice: { type: 'auto' },
    parallelToolCalls: true,
    temperature: 1,
    extensions: { 'openai-chat': { $content: 'string', stream_options: null } },
  });
  t.strictSame(warnings, []);
  t.end();
});

t.test('fields of other dialects on messages, parts and tools are told where they stand', (t) => {
  const { warnings } = encode({
    messages: [
      {
        role: 'user',
        name: 'ann',
        extensions: { 'openai-chat': { mood: 'good' } },
        parts: [{ type: 'text', text: 'Hi', extensions: { gemini: { videoMetadata: { fps: 1 } } } }],
      },
    ],
    tools: [
      { type: 'function', name: 'f', inputSchema: { type: 'object' }, extensions: { mistral: { x: 1 } } },
    ],
  });
  t.strictSame(told(warnings), [
    'dropped /messages/0/extensions/openai-chat/mood',
    'dropped /messages/0/name',
    'dropped /messages/0/parts/0/extensions/gemini/videoMetadata',
    'dropped /tools/0/extensions/mistral/x',
  ]);
  t.end();
});
