import {
  type CanonicalRequest,
  checkGrammar,
  dispatch,
  foldEvents,
  type Json,
  type Message,
} from '@dragoman/plugin-sdk';
import fc from 'fast-check';
import t from 'tap';
import * as outputs from '../../../core/generated/validate-outputs.js';
import offline from '../../../plugins/offline/src/index.ts';
import { ask, offlineContext, respond } from './context.ts';
import { foldStrictly } from './folded.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const tool = fc.constantFrom('weather', 'time').map((name) => ({
  type: 'function' as const,
  name,
  inputSchema: { type: 'object', required: ['city'], properties: { city: { type: 'string', minLength: 9 } } },
}));
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    role: fc.constantFrom('user', 'assistant', 'system'),
    parts: fc.array(
      text.map((value) => ({ type: 'text' as const, text: value })),
      { maxLength: 3 },
    ),
  }),
  fc.constant<Message>({ role: 'tool', parts: [{ type: 'tool-result', callId: 'c', output: [] }] }),
);
const request: fc.Arbitrary<CanonicalRequest> = fc.record(
  {
    model: fc.constant('m'),
    stream: fc.boolean(),
    messages: fc.array(message, { maxLength: 5 }),
    tools: fc.array(tool, { maxLength: 3 }),
    parallelToolCalls: fc.boolean(),
    stop: fc.array(text, { maxLength: 2 }),
    maxOutputTokens: fc.integer({ min: 1, max: 40 }),
    candidates: fc.integer({ min: 1, max: 4 }),
    reasoning: fc.record({
      visibility: fc.constantFrom('hidden' as const, 'summary' as const, 'full' as const),
    }),
    output: fc.constantFrom({ format: 'text' as const }, { format: 'json' as const }),
  },
  { requiredKeys: ['model', 'stream', 'messages'] },
);

t.test('any request gives a stream that keeps the grammar and the schema, twice the same', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(request, fc.constantFrom('chat', 'reason'), (asked, model) => {
        const { output } = respond(asked, model);
        const faults = checkGrammar(output);
        if (faults.length > 0) throw new Error(JSON.stringify(faults));
        foldStrictly(output);
        if (!outputs.respond(output)) throw new Error(JSON.stringify(outputs.respond.errors));
        return JSON.stringify(output) === JSON.stringify(respond(asked, model).output);
      }),
      { numRuns: 500 },
    ),
  );
});

t.test('the whole reply has an answer and a finish for every candidate, within the limit', async (t) => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(request, (asked) => {
        const reply = foldEvents(respond(asked, 'reason').output);
        const wanted = asked.candidates ?? 1;
        const limit = (asked.maxOutputTokens ?? Number.POSITIVE_INFINITY) * wanted;
        return (reply.candidates?.length ?? 0) === wanted - 1 && (reply.usage.outputTokens ?? 0) <= limit;
      }),
      { numRuns: 500 },
    ),
  );
});

t.test('all three functions answer through the ABI, and refuse by it', async (t) => {
  const call = (name: 'respond' | 'embed' | 'count', input: unknown, model: string) =>
    dispatch(offline, {
      abi: 1,
      target: 'provider:offline',
      function: name,
      input: input as Json,
      context: offlineContext(model),
    });
  t.match(call('respond', ask('hello'), 'chat'), { ok: true, output: respond(ask('hello')).output });
  t.match(call('embed', { model: 'embed', input: ['a'] }, 'embed'), { ok: true });
  t.match(call('count', ask('hello'), 'chat'), { ok: true, output: { estimated: true } });
  t.match(call('respond', ask('hello'), 'gpt-4'), {
    ok: false,
    error: { code: 'invalid-input', path: '/model' },
  });
});
