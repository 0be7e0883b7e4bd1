import {
  type CanonicalEvent,
  type CanonicalResponse,
  createFolder,
  foldEvents,
  type Part,
  StreamFailure,
  TranslateError,
  unfoldResponse,
} from '@dragoman/plugin-sdk';
import { checkGrammar, freezeDeep } from '@dragoman/plugin-sdk/testing';
import fc from 'fast-check';
import t from 'tap';
import { fullResponse } from './full-response.ts';

const start: CanonicalEvent = { type: 'response-start', id: 'r', model: 'm' };
const end: CanonicalEvent = { type: 'response-end', finish: { reason: 'stop' } };

t.test('a reply with every kind of part survives unfolding and folding', async (t) => {
  const events = unfoldResponse(freezeDeep(fullResponse));
  t.same(checkGrammar(events), []);
  t.strictSame(foldEvents(freezeDeep(events)), fullResponse);
});

t.test('any reply survives unfolding and folding', async () => {
  const text = fc.string({ maxLength: 5 });
  const opaque = fc.record({ dialect: text, value: fc.jsonValue({ maxDepth: 2 }) });
  const base = {
    signature: opaque,
    extensions: fc.dictionary(text, fc.dictionary(text, fc.jsonValue({ maxDepth: 1 }))),
  };
  const needs = <Key extends string>(...requiredKeys: Key[]) => ({ requiredKeys: ['type', ...requiredKeys] });
  const part = fc.oneof(
    fc.record({ ...base, type: fc.constant('text'), text }, needs('text') as never),
    fc.record(
      { ...base, type: fc.constant('reasoning'), text, redacted: fc.boolean() },
      needs('text') as never,
    ),
    fc.record(
      {
        ...base,
        type: fc.constant('tool-call'),
        id: text,
        name: text,
        kind: fc.constant('function'),
        input: text,
      },
      needs('id', 'name', 'kind', 'input') as never,
    ),
    fc.record(
      { ...base, type: fc.constant('json'), value: fc.jsonValue({ maxDepth: 2 }) },
      needs('value') as never,
    ),
    opaque.map((each) => ({ type: 'opaque', ...each })),
  ) as fc.Arbitrary<unknown> as fc.Arbitrary<Part>;
  const candidate = fc.record({
    parts: fc.array(part, { maxLength: 3 }),
    finish: fc.constant({ reason: 'length' as const }),
  });
  const response: fc.Arbitrary<CanonicalResponse> = fc.record(
    {
      id: text,
      model: text,
      parts: fc.array(part, { maxLength: 5 }),
      finish: fc.constant({ reason: 'stop' as const }),
      usage: fc.record({ inputTokens: fc.nat(), outputTokens: fc.nat() }, { requiredKeys: [] }),
      candidates: fc.array(candidate, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: ['id', 'model', 'parts', 'finish', 'usage'] },
  );
  // -0 and fields named __proto__ are no JSON a service can send: both sides of the comparison go through it.
  const plain = (value: unknown) => JSON.stringify(value);
  fc.assert(
    fc.property(
      response,
      (reply) => plain(sorted(foldEvents(unfoldResponse(reply)))) === plain(sorted(reply)),
    ),
  );
});

t.test('parts that interleave stay apart', async (t) => {
  const events: CanonicalEvent[] = [
    start,
    { type: 'part-start', index: 4, part: { type: 'text' } },
    { type: 'part-start', index: 2, part: { type: 'tool-call', id: 'c', name: 'f', kind: 'function' } },
    { type: 'part-delta', index: 2, delta: { type: 'tool-input', text: '{"a"' } },
    { type: 'part-delta', index: 4, delta: { type: 'text', text: 'He' } },
    { type: 'part-delta', index: 2, delta: { type: 'tool-input', text: ':1}' } },
    { type: 'part-delta', index: 4, delta: { type: 'text', text: 'y' } },
    { type: 'part-end', index: 4 },
    { type: 'part-end', index: 2 },
    end,
  ];
  t.match(foldEvents(events).parts, [
    { type: 'text', text: 'Hey' },
    { type: 'tool-call', input: '{"a":1}' },
  ]);
});

t.test('a later usage replaces the fields an earlier one gave and keeps the rest', async (t) => {
  const { usage } = foldEvents([
    start,
    { type: 'usage', usage: { inputTokens: 3, outputTokens: 1 } },
    { type: 'usage', usage: { outputTokens: 9 } },
    end,
  ]);
  t.same(usage, { inputTokens: 3, outputTokens: 9 });
});

t.test('extensions of all events of a part and of the reply are gathered by dialect', async (t) => {
  const folded = foldEvents([
    { ...start, extensions: { d: { a: 1 } } } as CanonicalEvent,
    { type: 'part-start', index: 0, part: { type: 'text', extensions: { d: { a: 1 }, e: { z: 0 } } } },
    { type: 'part-delta', index: 0, delta: { type: 'text', text: 'x' }, extensions: { d: { b: 2 } } },
    { type: 'part-delta', index: 0, delta: { type: 'opaque', dialect: 'd', value: 'one' } },
    { type: 'part-delta', index: 0, delta: { type: 'opaque', dialect: 'd', value: 'two' } },
    { type: 'part-end', index: 0, extensions: { d: { a: 3 } } },
    { ...end, extensions: { d: { c: 4 } } } as CanonicalEvent,
  ]);
  t.same(folded.extensions, { d: { a: 1, c: 4 } });
  t.same(folded.parts[0]?.extensions, { d: { a: 3, b: 2, deltas: ['one', 'two'] }, e: { z: 0 } });
});

t.test('answers beside the first are kept by their number', async (t) => {
  const { parts, candidates } = foldEvents([
    start,
    { type: 'part-start', index: 0, candidate: 2, part: { type: 'text' } },
    { type: 'part-delta', index: 0, delta: { type: 'text', text: 'third' } },
    { type: 'part-end', index: 0 },
    { type: 'finish', candidate: 2, finish: { reason: 'length' } },
    end,
  ]);
  t.same(parts, []);
  t.same(candidates, [
    { parts: [], finish: { reason: 'other' } },
    { parts: [{ type: 'text', text: 'third' }], finish: { reason: 'length' } },
  ]);
});

t.test('an error and a missing end are failures that keep what had arrived', async (t) => {
  const text: CanonicalEvent[] = [
    start,
    { type: 'part-start', index: 0, part: { type: 'text' } },
    { type: 'part-delta', index: 0, delta: { type: 'text', text: 'Hal' } },
  ];
  const failed = [
    ...text,
    { type: 'error', error: { kind: 'overloaded', message: 'busy' } } as CanonicalEvent,
  ];
  const failure = (events: CanonicalEvent[]): StreamFailure => {
    try {
      foldEvents(events);
    } catch (thrown) {
      if (thrown instanceof StreamFailure) return thrown;
    }
    throw new Error('it did not fail');
  };
  t.match(failure(failed), { name: 'TranslateError', message: 'busy', error: { kind: 'overloaded' } });
  t.match(failure(failed).partial.parts, [{ text: 'Hal' }]);
  t.match(failure(text).error, { kind: 'server', message: /before the reply was complete/ });
  const folder = createFolder();
  for (const event of failed) folder.add(event);
  t.match(folder.result(), {
    ok: false,
    error: { kind: 'overloaded' },
    response: { parts: [{ text: 'Hal' }] },
  });
});

t.test('what the grammar forbids is refused', async (t) => {
  const json: CanonicalEvent[] = [
    start,
    { type: 'part-start', index: 0, part: { type: 'json' } },
    { type: 'part-delta', index: 0, delta: { type: 'json', text: '{' } },
    { type: 'part-end', index: 0 },
  ];
  const text: CanonicalEvent = { type: 'part-start', index: 0, part: { type: 'text' } };
  const input: CanonicalEvent = { type: 'part-delta', index: 0, delta: { type: 'tool-input', text: '{' } };
  t.throws(() => foldEvents(json), TranslateError);
  t.throws(() => foldEvents([start, input]), /no part 0 is open/);
  t.throws(() => foldEvents([start, text, input]), /a 'text' part takes no 'tool-input' delta/);
  t.throws(
    () => foldEvents([{ type: 'nonsense' } as unknown as CanonicalEvent]),
    /unknown event type 'nonsense'/,
  );
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, each]) => [key, sorted(each)]);
}
