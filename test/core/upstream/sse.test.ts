import fc from 'fast-check';
import t from 'tap';
import type { FrameReader, RawFrame } from '../../../core/upstream/frame-reader.ts';
import { createSseReader } from '../../../core/upstream/sse.ts';
import { splitAt, splitEvery, splitInsideCharacters, splitLineEnds } from '../../helpers/split.ts';

function readAll(reader: FrameReader, pieces: readonly Uint8Array[]): RawFrame[] {
  const frames = pieces.flatMap((piece) => reader.push(piece));
  return [...frames, ...reader.end()];
}
function read(text: string | Buffer): RawFrame[] {
  return readAll(createSseReader(), [Buffer.from(text as string)]);
}

/** The WHATWG grammar, line by line and slow, with our one departure at the end of the stream. */
function reference(text: string): RawFrame[] {
  const frames: RawFrame[] = [];
  let event = '';
  let lines: string[] = [];
  const dispatch = (): void => {
    if (lines.length > 0)
      frames.push(event === '' ? { data: lines.join('\n') } : { event, data: lines.join('\n') });
    event = '';
    lines = [];
  };
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)) {
    if (line === '') {
      dispatch();
      continue;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') lines.push(value);
    if (name === 'event') event = value;
  }
  dispatch();
  return frames;
}

t.test('one event per blank line, with its name and its data', async (t) => {
  t.same(read('data: {"a":1}\n\ndata: [DONE]\n\n'), [{ data: '{"a":1}' }, { data: '[DONE]' }]);
  t.same(read('event: ping\ndata: {}\n\n'), [{ event: 'ping', data: '{}' }]);
});

t.test('lines may end in LF, CR or CRLF', async (t) => {
  const frames = [{ event: 'a', data: '1' }, { data: '2\n3' }];
  for (const end of ['\n', '\r', '\r\n']) {
    const lines = ['event: a', 'data: 1', '', 'data: 2', 'data: 3', '', ''];
    t.same(read(lines.join(end)), frames, JSON.stringify(end));
  }
});

t.test(
  'an event ended by CR is given out at once, and the LF that may follow is not a blank line',
  async (t) => {
    const reader = createSseReader();
    t.same(reader.push(Buffer.from('data: 1\r\n\r')), [{ data: '1' }]);
    t.same(reader.push(Buffer.from('\ndata: 2\r\n')), []);
    t.same(reader.push(Buffer.from('data: 3\r\n\r\n')), [{ data: '2\n3' }]);
  },
);

t.test('comments, ids, retries and unknown fields are not data', async (t) => {
  t.same(read(': OPENROUTER PROCESSING\n\nid: 7\nretry: 100\nfoo: bar\n\ndata: x\nid: 1\n\n'), [
    { data: 'x' },
  ]);
});

t.test('one space after the colon is dropped, and none is needed', async (t) => {
  t.same(read('data:x\n\ndata:  y \n\n'), [{ data: 'x' }, { data: ' y ' }]);
  t.same(read('event:e\ndata\n\ndata:\n\n'), [{ event: 'e', data: '' }, { data: '' }]);
});

t.test('a field whose name only begins like data is not data', async (t) => {
  t.same(read('database: x\n\ndata : y\n\n'), []);
});

t.test('an event name without data is not an event, and does not leak into the next', async (t) => {
  t.same(read('event: a\n\ndata: x\n\n'), [{ data: 'x' }]);
});

t.test('a byte order mark at the start is dropped, even in pieces', async (t) => {
  const bytes = Buffer.from('\uFEFFdata: x\n\n');
  t.same(readAll(createSseReader(), splitEvery(bytes, 1)), [{ data: 'x' }]);
});

t.test('the last event needs no blank line and no line end', async (t) => {
  t.same(read('data: 1\n\ndata: [DONE]'), [{ data: '1' }, { data: '[DONE]' }]);
  t.same(read('data: 1\n\ndata: [DONE]\n'), [{ data: '1' }, { data: '[DONE]' }]);
  t.same(read('data: 1\n\n\n\n'), [{ data: '1' }]);
});

t.test('events come out as soon as their blank line is there', async (t) => {
  const reader = createSseReader();
  t.same(reader.push(Buffer.from('data: 1\n')), []);
  t.same(reader.push(Buffer.from('\nda')), [{ data: '1' }]);
  t.same(reader.push(Buffer.from('ta: 2\n\ndata: 3\n\nd')), [{ data: '2' }, { data: '3' }]);
});

t.test('cuts inside characters and line ends change nothing', async (t) => {
  const text = 'event: ü\r\ndata: {"text":"grüße 😀 日本"}\r\n\r\ndata: é\n\n';
  const bytes = Buffer.from(text);
  for (const pieces of [splitInsideCharacters(bytes), splitLineEnds(bytes), splitEvery(bytes, 1)]) {
    t.same(readAll(createSseReader(), pieces), reference(text));
  }
});

const fragments = fc.constantFrom(
  'data',
  'data: ',
  'data:',
  'event: ',
  'event',
  'id: 1',
  ':',
  ' ',
  '\n',
  '\n\n',
  '\r',
  '\r\n',
  '\r\n\r\n',
  '{"a":"é"}',
  '😀',
  '\uFEFF',
  'x',
  '[DONE]',
  'retry: 5',
);
const runs = process.env.DRAGOMAN_LONG === undefined ? 2_000 : 20_000;

t.test('any text, cut anywhere, reads as the grammar says', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fragments, { maxLength: 40 }),
      fc.array(fc.nat(200), { maxLength: 12 }),
      (parts, cuts) => {
        const text = parts.join('');
        t.same(readAll(createSseReader(), splitAt(Buffer.from(text), cuts)), reference(text));
        return t.passing();
      },
    ),
    { numRuns: runs },
  );
});

t.test('any bytes, valid UTF-8 or not, read the same however they are cut', async (t) => {
  const noise = fc.oneof(
    fragments.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
  );
  fc.assert(
    fc.property(
      fc.array(noise, { maxLength: 30 }),
      fc.array(fc.nat(150), { maxLength: 12 }),
      (parts, cuts) => {
        const bytes = Buffer.concat(parts);
        t.same(readAll(createSseReader(), splitAt(bytes, cuts)), readAll(createSseReader(), [bytes]));
        return t.passing();
      },
    ),
    { numRuns: runs },
  );
});

t.test('a frame longer than the limit is refused before it is whole', async (t) => {
  const reader = createSseReader({ maxFrameBytes: 1000, provider: 'acme' });
  reader.push(Buffer.alloc(900, 'x'));
  t.throws(() => reader.push(Buffer.alloc(200, 'x')), {
    code: 'GW_UPSTREAM_INVALID',
    message: /'acme'.*longer than 1000 bytes/,
  });
});

t.test('a slow drip of a large frame is read in reasonable time', async (t) => {
  const reader = createSseReader();
  const begun = performance.now();
  for (let sent = 0; sent < 300_000; sent++) reader.push(Buffer.of(0x78));
  t.ok(performance.now() - begun < 10_000);
  t.same(reader.push(Buffer.from('\n\ndata: x\n\n')), [{ data: 'x' }]);
});
