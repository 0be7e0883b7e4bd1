import fc from 'fast-check';
import t from 'tap';
import { createAwsEventStreamReader } from '../../../core/upstream/aws-event-stream.ts';
import type { RawFrame } from '../../../core/upstream/frame-reader.ts';
import { answerBytes, recordings, skipWithoutCorpus } from '../../helpers/corpus.ts';
import { errorMessage, eventMessage, exceptionMessage, message } from '../../helpers/event-stream.ts';
import { splitAt, splitEvery } from '../../helpers/split.ts';

const provider = 'acme';
const bytes = Buffer.concat([
  eventMessage('messageStart', { role: 'assistant' }),
  eventMessage('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Grüße 🐧' } }),
  message({ ':event-type': 'empty', ':message-type': 'event' }, ''),
]);
const frames = [
  { event: 'messageStart', data: '{"role":"assistant"}' },
  { event: 'contentBlockDelta', data: '{"contentBlockIndex":0,"delta":{"text":"Grüße 🐧"}}' },
  { event: 'empty', data: '' },
];

function read(pieces: readonly Buffer[]): RawFrame[] {
  const reader = createAwsEventStreamReader({ provider });
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

t.test('messages come out whole, whatever pieces they come in', async (t) => {
  t.same(read([bytes]), frames);
  for (const size of [1, 3, 11, 12, 13]) t.same(read(splitEvery(bytes, size)), frames, `${size}`);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      t.same(read(splitAt(bytes, cuts)), frames);
      return t.passing();
    }),
    { numRuns: 100 },
  );
});

t.test('a message is given out as soon as it is complete', async (t) => {
  const reader = createAwsEventStreamReader();
  const first = eventMessage('a', 1);
  t.same(reader.push(first.subarray(0, -1)), []);
  t.same(reader.push(Buffer.concat([first.subarray(-1), eventMessage('b', 2)])), [
    { event: 'a', data: '1' },
    { event: 'b', data: '2' },
  ]);
  t.same(reader.end(), []);
});

t.test('exceptions are frames under their own names, errors under one', async (t) => {
  t.same(read([exceptionMessage('throttlingException', { message: 'slow down' })]), [
    { event: 'throttlingException', data: '{"message":"slow down"}' },
  ]);
  t.same(read([errorMessage('InternalFailure', 'it broke')]), [
    { event: 'error', data: '{"code":"InternalFailure","message":"it broke"}' },
  ]);
});

t.test('any damaged byte is noticed', async (t) => {
  const one = eventMessage('contentBlockDelta', { delta: { text: 'x' } });
  for (let at = 0; at < one.length; at++) {
    const damaged = Buffer.from(one);
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    t.throws(() => read([damaged]), { code: 'GW_UPSTREAM_INVALID', message: /acme.*damaged/ }, `byte ${at}`);
  }
});

t.test('what is no event stream is refused at its first bytes, not waited for', async (t) => {
  const reader = createAwsEventStreamReader({ provider });
  t.throws(() => reader.push(Buffer.from('<html><body>')), { code: 'GW_UPSTREAM_INVALID' });
});

t.test('a message longer than the limit is refused before it is there', async (t) => {
  const long = eventMessage('a', 'x'.repeat(2000));
  const reader = createAwsEventStreamReader({ provider, maxFrameBytes: 1000 });
  t.throws(() => reader.push(long.subarray(0, 12)), { code: 'GW_UPSTREAM_INVALID', message: /1000 bytes/ });
});

t.test('a message of an unknown type, or that never ends, is no answer', async (t) => {
  t.throws(() => read([message({ ':message-type': 'riddle' }, '')]), {
    code: 'GW_UPSTREAM_INVALID',
    message: /unknown type 'riddle'/,
  });
  for (const end of [1, 11, 12, bytes.length - 1]) {
    t.throws(() => read([bytes.subarray(0, end)]), { code: 'GW_UPSTREAM_TRUNCATED' }, `after ${end}`);
  }
});

t.test('recorded streams are read, in single bytes too', { skip: skipWithoutCorpus }, async (t) => {
  const streams = recordings('bedrock-converse').filter(
    ({ response }) => response.encoding === 'eventstream-base64',
  );
  t.ok(streams.length > 3);
  for (const stream of streams) {
    const whole = answerBytes(stream);
    const read1 = read([whole]);
    t.equal(read1[0]?.event, 'messageStart');
    t.equal(read1.at(-1)?.event, 'metadata');
    t.same(read(splitEvery(whole, 1)), read1, stream.name);
  }
});
