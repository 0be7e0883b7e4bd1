import type { CanonicalEvent, CanonicalRequest, CanonicalResponse } from '@dragoman/plugin-sdk';
import { unfoldResponse } from '@dragoman/plugin-sdk';
import t from 'tap';
import {
  validateCanonicalEvent,
  validateCanonicalRequest,
  validateCanonicalResponse,
  validateEmbedRequest,
} from '../../core/generated/validate-canonical.js';
import { fullResponse } from '../plugin-sdk/full-response.ts';

const request: CanonicalRequest = {
  model: 'm',
  messages: [
    { role: 'system', parts: [{ type: 'text', text: 'Be brief.', cache: { ttl: '1h' } }] },
    {
      role: 'user',
      name: 'ann',
      parts: [{ type: 'media', mediaType: 'image/*', source: { type: 'url', url: 'https://x' } }],
    },
    { role: 'assistant', parts: [{ type: 'tool-call', id: 'c', name: 'f', kind: 'function', input: '{' }] },
    {
      role: 'tool',
      parts: [{ type: 'tool-result', callId: 'c', output: [{ type: 'json', value: [1] }], isError: true }],
    },
  ],
  stream: true,
  tools: [
    { type: 'function', name: 'f', inputSchema: { type: 'object' } },
    { type: 'web-search', domains: { allow: ['a.example'] } },
    { type: 'opaque', dialect: 'd', value: { type: 'computer' } },
  ],
  toolChoice: { type: 'required', only: ['f'] },
  output: { format: 'json', schema: {} },
  reasoning: { effort: 'xhigh' },
  logitBias: { '50256': -100 },
  extensions: { d: { any: [{ thing: null }] } },
};

t.test('a request, a reply with every kind of part and its events are valid', async (t) => {
  const response: CanonicalResponse = fullResponse;
  t.ok(validateCanonicalRequest(request), JSON.stringify(validateCanonicalRequest.errors));
  t.ok(validateCanonicalResponse(response), JSON.stringify(validateCanonicalResponse.errors));
  for (const event of unfoldResponse(response)) {
    t.ok(validateCanonicalEvent(event), `${event.type} ${JSON.stringify(validateCanonicalEvent.errors)}`);
  }
  const failed: CanonicalEvent = {
    type: 'error',
    error: { kind: 'overloaded', message: 'm', retryAfterMs: 1.5 },
  };
  t.ok(validateCanonicalEvent(failed));
});

t.test('a misspelt or missing field is found, in a part too', async (t) => {
  const part = (fields: object) => ({ ...request, messages: [{ role: 'user', parts: [fields] }] });
  t.notOk(validateCanonicalRequest({ ...request, max_tokens: 3 }));
  t.notOk(validateCanonicalRequest(part({ type: 'text', text: 'x', citation: [] })));
  t.notOk(validateCanonicalRequest(part({ type: 'text' })));
  t.notOk(validateCanonicalRequest(part({ type: 'image' })));
  t.notOk(
    validateCanonicalRequest(part({ type: 'media', mediaType: 'image/png', source: { type: 'base64' } })),
  );
  t.notOk(validateCanonicalRequest({ ...request, toolChoice: { type: 'tool' } }));
  t.notOk(validateCanonicalEvent({ type: 'part-start', index: -1, part: { type: 'text' } }));
  t.notOk(validateCanonicalEvent({ type: 'part-start', index: 0, part: { type: 'text', text: 'x' } }));
  t.notOk(validateCanonicalEvent({ type: 'part-delta', index: 0, delta: { type: 'text' } }));
});

t.test('an embedding takes text, tokens and media', async (t) => {
  const input = [
    'text',
    [1, 2],
    { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: '' } },
  ];
  t.ok(validateEmbedRequest({ model: 'm', input }), JSON.stringify(validateEmbedRequest.errors));
  t.notOk(validateEmbedRequest({ model: 'm', input: [true] }));
});
