import type { ModelInfo } from '@dragoman/plugin-sdk';
import t from 'tap';
import {
  decodeCount,
  decodeCountResponse,
  encodeCount,
  encodeCountRequest,
} from '../../../plugins/anthropic/src/count.ts';
import { decodeModels, encodeModel, encodeModels } from '../../../plugins/anthropic/src/models.ts';
import { makeContext } from './context.ts';

const context = makeContext({ operation: 'count-tokens' });

t.test('a count needs no limit and carries only what is counted', (t) => {
  const body = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'Hi' }], system: 'S' };
  const request = decodeCount({ path: {}, query: {}, headers: {}, body }, context).output;
  t.strictSame(encodeCountRequest(request, context).output.body, body);
  const foreign = encodeCountRequest(
    {
      model: 'm',
      stream: true,
      maxOutputTokens: 5,
      temperature: 0.5,
      stop: ['x'],
      endUser: 'u',
      serviceTier: 'auto',
      messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
    },
    context,
  ).output.body;
  t.strictSame(foreign, {
    model: 'claude-sonnet-4-5',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  });
  t.end();
});

t.test('a count comes back with what else the service said', (t) => {
  const body = { input_tokens: 12, context_management: { original_input_tokens: 30 } };
  const count = decodeCountResponse({ status: 200, headers: {}, body }, context).output;
  t.match(count, { inputTokens: 12, estimated: false });
  t.strictSame(encodeCount(count, context).output, body);
  t.throws(() => decodeCountResponse({ status: 200, headers: {}, body: {} }, context), {
    code: 'invalid-input',
  });
  t.end();
});

const model: ModelInfo = {
  id: 'openai/gpt-4o',
  name: 'GPT-4o',
  contextTokens: 128_000,
  maxOutputTokens: 16_384,
  createdAt: 1_715_367_049,
  input: ['text'],
  output: ['text'],
  features: [],
};

t.test('the list of models has the service’s shape', (t) => {
  t.strictSame(encodeModels([model, { ...model, id: 'b' }], context).output, {
    data: [encodeModel(model, context).output, encodeModel({ ...model, id: 'b' }, context).output],
    has_more: false,
    first_id: 'openai/gpt-4o',
    last_id: 'b',
  });
  t.strictSame(encodeModels([], context).output, {
    data: [],
    has_more: false,
    first_id: null,
    last_id: null,
  });
  t.strictSame(encodeModel(model, context).output, {
    type: 'model',
    id: 'openai/gpt-4o',
    display_name: 'GPT-4o',
    created_at: '2024-05-10T18:50:49Z',
    max_input_tokens: 128_000,
    max_tokens: 16_384,
  });
  t.match(encodeModel({ id: 'x', input: [], output: [], features: [] }, context).output, {
    display_name: 'x',
    created_at: '1970-01-01T00:00:00Z',
  });
  t.end();
});

t.test('what the service’s list tells of a model is read', (t) => {
  const body = {
    data: [
      {
        type: 'model',
        id: 'claude-x',
        display_name: 'Claude X',
        created_at: '2026-09-22T00:00:00Z',
        max_input_tokens: 1_000_000,
        max_tokens: 128_000,
        capabilities: {
          image_input: { supported: true },
          pdf_input: { supported: false },
          thinking: { supported: true, types: {} },
          structured_outputs: { supported: true },
        },
      },
      { id: 'old', type: 'model', created_at: '1970-01-01T00:00:00Z' },
      'junk',
    ],
  };
  t.strictSame(decodeModels({ status: 200, headers: {}, body }, context).output, [
    {
      id: 'claude-x',
      name: 'Claude X',
      contextTokens: 1_000_000,
      maxOutputTokens: 128_000,
      createdAt: Date.UTC(2026, 8, 22) / 1000,
      input: ['text', 'image'],
      output: ['text'],
      features: ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'],
    },
    { id: 'old', input: ['text'], output: ['text'], features: [] },
  ]);
  t.end();
});
