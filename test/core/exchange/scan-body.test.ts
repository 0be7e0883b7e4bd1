import fc from 'fast-check';
import t from 'tap';
import { compileMarks, scanBody, spanValue, spliceBody } from '../../../core/exchange/scan-body.ts';

const find = (text: string, key = 'model') => {
  const body = Buffer.from(text);
  const spans = scanBody(body, [key]);
  return spans === null ? null : spanValue(body, spans.get(key));
};

t.test('finds a top-level field and nothing deeper', async (t) => {
  t.equal(find('{"model":"a"}'), 'a');
  t.equal(find(' {\n "x" : [ {"model":"no"}, "model" ] ,\t"model" : "yes" } '), 'yes');
  t.equal(find('{"x":{"model":"no"}}'), undefined);
  t.equal(find('{"stream":true,"model":"a"}', 'stream'), true);
  t.equal(find('{}'), undefined);
});

t.test('brackets, quotes and escapes inside strings do not confuse it', async (t) => {
  t.equal(find(String.raw`{"x":"}{][\"model\":\"no\"\\","model":"ä\"b"}`), 'ä"b');
});

t.test('the last of several equal fields counts, as it does for a JSON parser', async (t) => {
  t.equal(find('{"model":"first","model":"last"}'), 'last');
});

t.test('gives up on what it cannot follow', async (t) => {
  for (const text of [
    '',
    '[]',
    'null',
    '{',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,}',
    '{"a":"b',
    '{"a":1} x',
    '{a:1}',
  ]) {
    t.equal(scanBody(Buffer.from(text), ['a']), null, text);
  }
  const nested = (levels: number) => Buffer.from(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`);
  t.not(scanBody(nested(999), ['a']), null);
  t.equal(scanBody(nested(1000), ['a']), null, 'more than 1,000 levels');
  t.equal(scanBody(Buffer.from(String.raw`{"mod\u0065l":"a"}`), ['model']), null, 'a key in disguise');
});

t.test('agrees with JSON.parse on any object, however it is spaced', async (t) => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.nat(3), (rest, model, spaces) => {
      const object = { ...rest, model };
      const body = Buffer.from(JSON.stringify(object, null, spaces));
      const spans = scanBody(body, ['model']);
      // Keys that need escapes are left to the parser.
      if (spans === null) return Object.keys(object).some((key) => JSON.stringify(key).includes('\\'));
      return spanValue(body, spans.get('model')) === model;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

t.test('a splice changes the one value and leaves every other byte', async (t) => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue()),
      fc.string(),
      (rest, name) => {
        const body = Buffer.from(JSON.stringify({ ...rest, model: 'old' }));
        const span = scanBody(body, ['model'])?.get('model');
        if (span === undefined) return false;
        const spliced = spliceBody(body, span, JSON.stringify(name)).toString();
        return spliced === JSON.stringify({ ...rest, model: name });
      },
    ),
  );
  t.pass();
});

t.test('marks are seen wherever they stand, and only there', async (t) => {
  const texts = ['"mark"', '"mark":"', '"m', '"Ã¤b'];
  const marks = compileMarks(texts);
  if (marks === null) throw new Error('these can be found in passing');
  const piece = fc.constantFrom('"', '\\', 'm', 'mark', '"mark":"', 'äb', 'x', '');
  const word = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word)), fc.nat(1), (pairs, spaces) => {
      const body = Buffer.from(
        JSON.stringify({ a: pairs.map(([key, value]) => ({ [key]: [value] })) }, null, spaces),
      );
      const seen: string[] = [];
      if (scanBody(body, ['a'], marks, seen) === null) return false;
      const text = body.toString('latin1');
      return texts.every((mark) => seen.includes(mark) === text.includes(mark));
    }),
    { numRuns: 500 },
  );
  t.equal(compileMarks(['mark']), null, 'a mark that does not begin with a quote');
});
