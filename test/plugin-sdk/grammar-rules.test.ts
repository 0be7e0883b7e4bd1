import { type CanonicalEvent, createGrammarChecker, unfoldResponse } from '@dragoman/plugin-sdk';
import { checkGrammar } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { fullResponse } from './full-response.ts';

const start: CanonicalEvent = { type: 'response-start', id: 'r', model: 'm' };
const end: CanonicalEvent = { type: 'response-end', finish: { reason: 'stop' } };
const error: CanonicalEvent = { type: 'error', error: { kind: 'server', message: 'm' } };
const open = (index: number, candidate?: number): CanonicalEvent => ({
  type: 'part-start',
  index,
  part: { type: 'text' },
  ...(candidate === undefined ? {} : { candidate }),
});
const close = (index: number): CanonicalEvent => ({ type: 'part-end', index });
const text: CanonicalEvent = { type: 'part-delta', index: 0, delta: { type: 'text', text: 'x' } };
const finish = (candidate: number): CanonicalEvent => ({
  type: 'finish',
  candidate,
  finish: { reason: 'stop' },
});

const good: Record<string, CanonicalEvent[]> = {
  'the events of a whole reply': unfoldResponse(fullResponse),
  'no parts at all': [start, end],
  'parts that interleave': [start, open(1), open(0), text, close(0), close(1), end],
  'an error while a part is open': [start, open(0), text, error],
  'an error before anything else': [error],
  'a signature on any part': [
    start,
    open(0),
    { type: 'part-delta', index: 0, delta: { type: 'signature', signature: { dialect: 'd', value: 1 } } },
    close(0),
    end,
  ],
};
const bad: [string, CanonicalEvent[], RegExp][] = [
  ['no end', [start], /ends without/],
  ['nothing', [], /ends without/],
  ['two ends', [start, end, end], /'response-end' after the end/],
  ['an error after the end', [start, end, error], /'error' after the end/],
  ['two starts', [start, start, end], /second 'response-start'/],
  ['a part before the start', [open(0), start, end], /before 'response-start'/],
  ['a delta for no part', [start, text, end], /part 0, which is not open/],
  ['a delta after the part', [start, open(0), close(0), text, end], /part 0, which is not open/],
  [
    'a delta of the wrong kind',
    [
      start,
      open(0),
      { type: 'part-delta', index: 0, delta: { type: 'tool-input', text: '' } },
      close(0),
      end,
    ],
    /takes no 'tool-input'/,
  ],
  ['an end for no part', [start, close(3), end], /part 3, which is not open/],
  ['an index used twice', [start, open(0), close(0), open(0), close(0), end], /second time/],
  ['an index that is no number', [start, open(1.5), end], /whole number/],
  ['a part left open', [start, open(0), end], /while part 0 is open/],
  ['a finish for the first answer', [start, finish(0), end], /travels on 'response-end'/],
  ['two finishes', [start, finish(1), finish(1), end], /second 'finish'/],
  ['a finish while a part is open', [start, open(0, 1), finish(1), close(0), end], /while part 0 is open/],
  [
    'a part after the finish of its answer',
    [start, finish(1), open(0, 1), close(0), end],
    /after its 'finish'/,
  ],
  [
    'an unknown event',
    [start, { type: 'ping' } as unknown as CanonicalEvent, end],
    /unknown event type 'ping'/,
  ],
];

for (const [name, events] of Object.entries(good)) {
  t.test(`${name} is within the grammar`, async (t) => t.same(checkGrammar(events), []));
}
for (const [name, events, pattern] of bad) {
  t.test(`${name} is a fault`, async (t) => t.match(checkGrammar(events)[0]?.message, pattern));
}

t.test('a list that goes on may end anywhere', async (t) => {
  t.same(checkGrammar([start, open(0)], { complete: false }), []);
});

t.test('a fault says where it is', async (t) => {
  t.same(
    checkGrammar([start, text, end]).map(({ at }) => at),
    [1],
  );
  t.same(
    checkGrammar([start]).map(({ at }) => at),
    [1],
  );
});

t.test('a refused event changes nothing', async (t) => {
  const checker = createGrammarChecker();
  checker.check(start);
  checker.check(open(0));
  t.match(checker.check(end), /while part 0 is open/);
  t.same(checker.openParts(), [0]);
  t.equal(checker.ended, false);
  t.equal(checker.check(text), undefined);
});
