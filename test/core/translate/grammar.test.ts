import type { CanonicalEvent, PartDelta, PartStart } from '@dragoman/plugin-sdk';
import fc from 'fast-check';
import t from 'tap';
import { createGrammar, guard } from '../../../core/translate/grammar.ts';
import { grammarFault } from './grammar-rules.ts';

const runs = process.env.DRAGOMAN_LONG ? 100_000 : 5_000;

const begin: CanonicalEvent = { type: 'response-start', id: 'r1', model: 'm' };
const end: CanonicalEvent = { type: 'response-end', finish: { reason: 'stop' } };
const failed: CanonicalEvent = { type: 'error', error: { kind: 'overloaded', message: 'busy' } };
const open = (index: number): CanonicalEvent => ({ type: 'part-start', index, part: { type: 'text' } });
const text = (index: number, value = 'a'): CanonicalEvent => ({
  type: 'part-delta',
  index,
  delta: { type: 'text', text: value },
});
const close = (index: number): CanonicalEvent => ({ type: 'part-end', index });

function types(events: CanonicalEvent[]): string[] {
  return events.map((event) => event.type);
}
function lastMessage(events: CanonicalEvent[]): string {
  const last = events.at(-1);
  return last?.type === 'error' ? last.error.message : '';
}

t.test('a well-formed batch comes back as the same array', (t) => {
  const state = createGrammar();
  const first = [begin, open(0), text(0)];
  t.equal(guard(state, first), first);
  const second = [text(0), open(3), text(3), close(0), close(3), end];
  t.equal(guard(state, second, 'complete', 'p'), second);
  t.end();
});

t.test('a missing response-start is put in, also before an error', (t) => {
  t.same(types(guard(createGrammar(), [open(0)])), ['response-start', 'part-start']);
  t.same(types(guard(createGrammar(), [failed])), ['response-start', 'error']);
  t.end();
});

t.test('open parts are closed before the terminal event', (t) => {
  for (const last of [end, failed]) {
    const events = guard(createGrammar(), [begin, open(0), open(7), last]);
    t.same(types(events).slice(3), ['part-end', 'part-end', last.type]);
  }
  t.end();
});

t.test('what follows the terminal event is dropped', (t) => {
  const state = createGrammar();
  t.same(types(guard(state, [begin, end, text(0), end])), ['response-start', 'response-end']);
  t.same(guard(state, [text(0)]), []);
  t.same(guard(state, [], 'cut'), []);
  t.end();
});

t.test('a stream that ends without a terminal event ends in an error', (t) => {
  for (const how of ['complete', 'cut'] as const) {
    const state = createGrammar();
    guard(state, [begin, open(0), text(0)]);
    const events = guard(state, [], how, 'p');
    t.same(types(events), ['part-end', 'error']);
    t.match(events[1], { error: { kind: 'server', code: 'GW_UPSTREAM_TRUNCATED' } });
  }
  t.end();
});

t.test('a cut stream never ends in success', (t) => {
  const events = guard(createGrammar(), [begin, open(0), text(0), end], 'cut', 'p');
  t.same(types(events), ['response-start', 'part-start', 'part-delta', 'part-end', 'error']);
  t.match(events.at(-1), { error: { code: 'GW_UPSTREAM_TRUNCATED' } });
  t.end();
});

const violations: Record<string, CanonicalEvent[]> = {
  'a delta for a part that is not open': [begin, text(1)],
  'a delta after the part closed': [begin, open(0), close(0), text(0)],
  'a delta of another type': [
    begin,
    open(0),
    { type: 'part-delta', index: 0, delta: { type: 'tool-input', text: '{' } },
  ],
  'an index used twice': [begin, open(0), close(0), open(0)],
  'an index used twice out of order': [begin, open(4), open(0), open(4)],
  'a part closed twice': [begin, open(0), close(0), close(0)],
  'a second response-start': [begin, begin],
  'an index that is no whole number': [begin, open(1.5)],
  'an index that names a member of every object': [begin, text('constructor' as unknown as number)],
  'a part of unknown type': [
    begin,
    { type: 'part-start', index: 0, part: { type: 'toString' } as unknown as PartStart },
  ],
  'a part without its start': [begin, { type: 'part-start', index: 0 } as unknown as CanonicalEvent],
  'a delta without content': [begin, open(0), { type: 'part-delta', index: 0 } as unknown as CanonicalEvent],
  'an unknown event': [begin, { type: 'done' } as unknown as CanonicalEvent],
  'an event that is null': [begin, null as unknown as CanonicalEvent],
  'an end without a finish': [begin, { type: 'response-end' } as unknown as CanonicalEvent],
  'an error without a message': [begin, { type: 'error', error: {} } as unknown as CanonicalEvent],
  'a usage without counts': [begin, { type: 'usage' } as unknown as CanonicalEvent],
  'a finish for the first candidate': [begin, { type: 'finish', candidate: 0, finish: { reason: 'stop' } }],
  'a list that is none': 'events' as unknown as CanonicalEvent[],
};
for (const [name, events] of Object.entries(violations)) {
  t.test(`${name} becomes one error that names the plugin`, (t) => {
    const state = createGrammar();
    const kept = guard(state, events, undefined, 'clumsy');
    t.equal(grammarFault(kept), undefined);
    t.equal(kept.filter((event) => event.type === 'error').length, 1);
    t.match(lastMessage(kept), /^Plugin 'clumsy' broke the order of stream events: /);
    t.same(guard(state, [text(0), end], 'complete', 'clumsy'), [], 'nothing follows');
    t.end();
  });
}

t.test('citations, logprobs and signatures fit the parts that carry them', (t) => {
  const delta = (value: PartDelta): CanonicalEvent => ({ type: 'part-delta', index: 0, delta: value });
  const events = [
    begin,
    open(0),
    delta({ type: 'citation', citation: { url: 'https://example.com' } }),
    delta({ type: 'logprobs', logprobs: [{ token: 'a', logprob: -1 }] }),
    delta({ type: 'signature', signature: { dialect: 'd', value: 'sig' } }),
    close(0),
    end,
  ];
  t.equal(guard(createGrammar(), events), events);
  t.end();
});

t.test('the state survives JSON between any two batches', (t) => {
  let state = createGrammar();
  const events = [begin, open(2), text(2), open(0), close(2), text(0), close(0), open(1), close(1), end];
  for (const event of events) {
    t.same(guard(state, [event]), [event]);
    state = JSON.parse(JSON.stringify(state));
  }
  t.equal(state.usedBelow, 3);
  t.same(state.used, {});
  t.end();
});

const index = fc.oneof(fc.nat(4), fc.constantFrom(-1, 0.5, 2 ** 40, Number.NaN));
const anyEvent: fc.Arbitrary<CanonicalEvent> = fc.oneof(
  fc.constantFrom(begin, end, failed),
  index.map(open),
  index.map((value) => text(value)),
  index.map(close),
  index.map(
    (value): CanonicalEvent => ({
      type: 'part-start',
      index: value,
      part: { type: 'tool-call', id: 'c', name: 'n', kind: 'function' },
    }),
  ),
  index.map(
    (value): CanonicalEvent => ({
      type: 'part-delta',
      index: value,
      delta: { type: 'tool-input', text: '{}' },
    }),
  ),
  fc.constant<CanonicalEvent>({ type: 'usage', usage: { inputTokens: 1 } }),
  fc.constantFrom(null, 7, {}, { type: 'part-start' }, { type: 'part-delta', index: 0 }).map((value) => {
    return value as unknown as CanonicalEvent;
  }),
);

t.test('whatever a translator gives, what leaves is grammatical and ends once', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.array(anyEvent, { maxLength: 6 }), { maxLength: 6 }),
      fc.constantFrom('complete' as const, 'cut' as const),
      (batches, how) => {
        const state = createGrammar();
        const out = batches.flatMap((events) => guard(state, events, undefined, 'p'));
        out.push(...guard(state, [], how, 'p'));
        return grammarFault(out) === undefined;
      },
    ),
    { numRuns: runs },
  );
  t.pass(`${runs} random streams`);
  t.end();
});

t.test('how events are cut into batches changes nothing', (t) => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 20 }), fc.nat(20), (events, at) => {
      const whole = guard(createGrammar(), events, 'complete', 'p');
      const state = createGrammar();
      const parts = [...guard(state, events.slice(0, at), undefined, 'p')];
      parts.push(...guard(state, events.slice(at), 'complete', 'p'));
      return JSON.stringify(parts) === JSON.stringify(whole);
    }),
    { numRuns: runs },
  );
  t.pass(`${runs} random cuts`);
  t.end();
});
