import type { CanonicalResponse } from '@dragoman/plugin-sdk';

/** A reply that uses every kind of part and every optional field. */
export const fullResponse: CanonicalResponse = {
  id: 'r1',
  model: 'm',
  createdAt: 1_700_000_000,
  serviceTier: 'priority',
  parts: [
    { type: 'reasoning', text: 'Hm.', summary: true, signature: { dialect: 'd', family: 'f', value: 'sig' } },
    { type: 'reasoning', text: '', redacted: true, signature: { dialect: 'd', value: { a: 1 } } },
    {
      type: 'text',
      text: 'Hello',
      citations: [{ url: 'https://x', start: 0, end: 5, opaque: { dialect: 'd', value: 1 } }, { quote: 'q' }],
      logprobs: [{ token: 'Hello', logprob: -0.1, bytes: [72], top: [{ token: 'Hi', logprob: -2 }] }],
      extensions: { d: { index: 7 } },
      cache: { ttl: '5m' },
    },
    { type: 'text', text: '' },
    { type: 'refusal', text: 'No.', logprobs: [] },
    { type: 'tool-call', id: 'c1', name: 'f', namespace: 'n', kind: 'function', input: '{"a": 1' },
    { type: 'tool-call', id: 'c2', name: 'g', kind: 'hosted', input: '' },
    {
      type: 'tool-result',
      callId: 'c2',
      hosted: true,
      output: [{ type: 'text', text: 'done' }],
      extensions: { d: {} },
    },
    { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' }, filename: 'a.png' },
    {
      type: 'media',
      mediaType: 'audio/*',
      source: { type: 'file', dialect: 'd', value: 'file-1' },
      title: 't',
      detail: 'low',
    },
    { type: 'json', value: { a: [null, 1.5, 'x'] } },
    { type: 'opaque', dialect: 'd', family: 'f', value: { type: 'new-thing' } },
  ],
  finish: { reason: 'stop', raw: 'end_turn', stopSequence: 'END' },
  candidates: [
    { parts: [{ type: 'text', text: 'Hi' }], finish: { reason: 'length' }, extensions: { d: { x: 1 } } },
    { parts: [], finish: { reason: 'content-filter' } },
  ],
  usage: { inputTokens: 3, outputTokens: 5, raw: { dialect: 'd', value: { prompt_tokens: 3 } } },
  extensions: { d: { fingerprint: 'fp' } },
};
