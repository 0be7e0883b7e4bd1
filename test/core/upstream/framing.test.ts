import fc from 'fast-check';
import t from 'tap';
import type { RawFrame } from '../../../core/upstream/frame-reader.ts';
import { checkFraming, createFrameReader } from '../../../core/upstream/framing.ts';
import { splitAt, splitEvery } from '../../helpers/split.ts';

function read(framing: string, pieces: readonly Buffer[]): string[] {
  const reader = createFrameReader(framing, { provider: 'acme' });
  const frames: RawFrame[] = pieces.flatMap((piece) => reader.push(piece));
  return [...frames, ...reader.end()].map((frame) => frame.data);
}

t.test('ndjson: a frame per line; empty lines and CR are skipped; the last needs no line end', async (t) => {
  const bytes = Buffer.from('{"a":"é"}\r\n\n  \n{"b":2}\n{"c":3}');
  for (const size of [1, 2, 3, 7, 100]) {
    t.same(read('ndjson', splitEvery(bytes, size)), ['{"a":"é"}', '{"b":2}', '{"c":3}'], `${size}`);
  }
});

t.test('json-array: a frame per element, given out as soon as the element ends', async (t) => {
  const reader = createFrameReader('json-array');
  t.same(reader.push(Buffer.from('[{"a":')), []);
  t.same(reader.push(Buffer.from('1}')), []);
  t.same(reader.push(Buffer.from('\n,')), [{ data: '{"a":1}' }]);
  t.same(reader.push(Buffer.from('{"b":[1,"]"]}]')), [{ data: '{"b":[1,"]"]}' }]);
  t.same(reader.end(), []);
});

t.test('json-array: a body that is not an array is one frame', async (t) => {
  t.same(read('json-array', [Buffer.from(' {"error":'), Buffer.from('{"code":429}}\n')]), [
    '{"error":{"code":429}}',
  ]);
});

t.test('json-array: an array without its end is truncated', async (t) => {
  const reader = createFrameReader('json-array', { provider: 'acme' });
  t.same(reader.push(Buffer.from('[{"a":1},{"b"')), [{ data: '{"a":1}' }]);
  t.throws(() => reader.end(), { code: 'GW_UPSTREAM_TRUNCATED' });
});

t.test('json-array: any array, cut anywhere, gives its elements', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 6 }),
      fc.array(fc.nat(300), { maxLength: 10 }),
      fc.constantFrom(undefined, 2),
      (values, cuts, indent) => {
        const bytes = Buffer.from(JSON.stringify(values, null, indent));
        const elements = read('json-array', splitAt(bytes, cuts)).map((data) => JSON.parse(data) as unknown);
        t.same(elements, JSON.parse(JSON.stringify(values)));
        return t.passing();
      },
    ),
    { numRuns: 500 },
  );
});

t.test('json: the whole body is one frame', async (t) => {
  t.same(read('json', splitEvery(Buffer.from(' {"a":1}\n'), 2)), ['{"a":1}']);
  t.same(read('json', []), []);
});

t.test('a framing this gateway cannot read is refused when the plugin is loaded', async (t) => {
  const known = ['sse', 'ndjson', 'json-array', 'json', 'aws-event-stream'];
  for (const framing of known) checkFraming('acme', framing);
  t.throws(() => checkFraming('acme', 'length-prefixed'), {
    code: 'GW_PLUGIN_INCOMPATIBLE',
    message: /'acme'.*length-prefixed/,
  });
});
