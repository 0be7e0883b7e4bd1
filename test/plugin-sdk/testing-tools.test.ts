import type { StreamTranslator } from '@dragoman/plugin-sdk';
import {
  diffJson,
  formatDifferences,
  freezeDeep,
  requestFacts,
  runStream,
  sameJson,
  seededRandom,
  splitItems,
  testContext,
  watchGlobals,
} from '@dragoman/plugin-sdk/testing';
import fc from 'fast-check';
import t from 'tap';

t.test('JSON is compared without regard to key order and undefined fields', async (t) => {
  t.ok(sameJson({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1, d: undefined }));
  t.notOk(sameJson([1, 2], [2, 1]));
  t.notOk(sameJson({ 0: 1 }, [1]));
  t.notOk(sameJson({ a: null }, {}));
  fc.assert(fc.property(fc.jsonValue(), (value) => sameJson(value, JSON.parse(JSON.stringify(value)))));
});

t.test('a difference says where and what', async (t) => {
  const differences = diffJson({ a: { 'x/y': 1 }, b: 2 }, { a: { 'x/y': 'one' }, b: 2, c: true });
  t.equal(formatDifferences(differences), '/a/x~1y: expected 1, got "one"\n/c: expected nothing, got true');
});

t.test('every split keeps all items in order', async () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.nat(), (items, seed) =>
      sameJson(splitItems(items, seededRandom(seed)).flat(), items),
    ),
  );
});

t.test('a stream translator gets its state back and hears of the end once', async (t) => {
  const calls: unknown[] = [];
  const counter: StreamTranslator<number, number> = (input) => {
    calls.push(input);
    return { output: { state: Number(input.state ?? 0) + input.items.length, items: input.items } };
  };
  t.match(runStream(counter, [[1, 2], [3]], testContext('d')), { items: [1, 2, 3], states: ['2', '3'] });
  t.same(calls, [
    { state: null, items: [1, 2] },
    { state: 2, items: [3], end: 'complete' },
  ]);
  calls.length = 0;
  runStream(counter, [[1]], testContext('d'), { end: 'cut', endAlone: true });
  t.same(calls, [
    { state: null, items: [1] },
    { state: 1, items: [], end: 'cut' },
  ]);
});

t.test('watched work is told on, and everything is as before afterwards', async (t) => {
  const { random } = Math;
  const { value, touched } = watchGlobals(() => {
    Math.random();
    Reflect.set(globalThis, 'leak', 1);
    return new Date(0).getTime() + (new Date() instanceof Date ? 0 : 1);
  });
  Reflect.deleteProperty(globalThis, 'leak');
  t.equal(value, 0);
  t.same(touched.sort(), ['Math.random()', 'globalThis.leak (added)', 'new Date()']);
  t.equal(Math.random, random);
  t.throws(
    () =>
      watchGlobals(() => {
        throw new Error('boom');
      }),
    /boom/,
  );
  t.ok(Date.now() > 0);
});

t.test('a frozen value cannot be changed anywhere', async (t) => {
  const value = freezeDeep({ a: [{ b: 1 }] });
  t.throws(() => Object.assign(value.a[0] ?? {}, { b: 2 }), TypeError);
});

t.test('only fields with an effect are facts of a request', async (t) => {
  const facts = requestFacts({
    model: 'm',
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi', cache: {} }] }],
    stream: true,
    candidates: 1,
    store: false,
    toolChoice: { type: 'required' },
    seed: 7,
    output: { format: 'json', schema: {} },
  });
  t.same(
    facts.map(({ path, kind }) => `${path} ${kind}`),
    [
      '/seed seed',
      '/output output',
      '/output/schema output schema',
      '/messages/0/parts/0 text',
      '/messages/0/parts/0/cache cache',
    ],
  );
});
