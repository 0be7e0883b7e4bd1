import t from 'tap';
import { stream } from '../helpers/answers.ts';
import type { Answer } from '../helpers/fake-upstream.ts';
import { badChunk, cutStream } from '../helpers/faults.ts';
import { limits, openStage, type Way, ways } from './ways.ts';

/** Enough of the answer for the client to have seen some of its text. */
const begun = (way: Way): string =>
  way.frames.slice(0, way.provider.startsWith('anthropic') ? 3 : 1).join('');
const next = (way: Way): string => way.frames[way.provider.startsWith('anthropic') ? 3 : 1] ?? '';

const faults: { name: string; answer(way: Way): Answer; message: RegExp }[] = [
  {
    name: 'is closed between two frames',
    answer: (way) => cutStream(begun(way), 'close'),
    message: /broke off/,
  },
  {
    name: 'is reset between two frames',
    answer: (way) => cutStream(begun(way), 'reset'),
    message: /broke off/,
  },
  {
    name: 'is closed in the middle of a frame',
    answer: (way) => cutStream(begun(way) + next(way).slice(0, 30), 'close'),
    message: /broke off/,
  },
  {
    name: 'is reset in the middle of a frame',
    answer: (way) => cutStream(begun(way) + next(way).slice(0, 30), 'reset'),
    message: /broke off/,
  },
  { name: 'ends as if it were complete', answer: (way) => cutStream(begun(way), 'end'), message: /./ },
  {
    name: 'ends in the middle of a frame as if it were complete',
    answer: (way) => cutStream(begun(way) + next(way).slice(0, 30), 'end'),
    message: /./,
  },
  { name: 'has a chunk that is none', answer: (way) => badChunk(begun(way)), message: /broke off/ },
  {
    name: 'falls silent',
    answer: (way) => async (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(begun(way));
      await request.closed;
    },
    message: new RegExp(`sent nothing for ${limits.idleMs} ms`),
  },
  {
    name: 'goes on with a line without end',
    answer: (way) => async (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`${begun(way)}data: `);
      const piece = Buffer.alloc(256 * 1024, 'x');
      while (!request.aborted) {
        if (!response.write(piece)) {
          await Promise.race([new Promise((resolve) => response.once('drain', resolve)), request.closed]);
        }
      }
    },
    message: /cannot be read/,
  },
];

// Most of the time is waiting for time-outs.
t.jobs = ways.length;
for (const way of ways) {
  t.test(way.name, { timeout: 60_000, buffered: true }, async (t) => {
    const { upstream, backup, ask, lines } = await openStage(t);
    for (const { name, answer, message } of faults) {
      await t.test(`a stream that ${name} ends in one error`, async (t) => {
        upstream.always(answer(way));
        upstream.requests.length = 0;
        const seen = await ask(way, true, `safe-${way.provider}`);
        t.match(seen, { status: 200, provider: way.provider, attempts: '1', text: /^Hello/ });
        t.match(seen, { end: 'error', terminals: 1, message });
        t.type(seen.errorType, 'string');
        t.notMatch(seen.raw, /"finish_reason":"(stop|length)"|end_turn/, 'it never looks like success');
        t.equal(upstream.requests.length, 1, 'what the client has seen is not asked for again');
        t.equal(backup.requests.length, 0);
        await upstream.requests[0]?.closed;
        const { fields } = lines.findLast((line) => line.message === 'exchange') ?? {};
        t.match(fields, { status: 200, code: /^GW_UPSTREAM_(TRUNCATED|TIMEOUT|INVALID)$/ }, 'the log knows');
      });
    }
  });
}

t.test('a stream in odd pieces, with bytes that are no UTF-8, is delivered', async (t) => {
  const { upstream, ask } = await openStage(t);
  for (const way of ways) {
    const at = way.frames.findIndex((frame) => frame.includes(' there'));
    const bytes = Buffer.from(way.frames.join(''));
    const place =
      Buffer.from(way.frames.slice(0, at).join('')).length +
      Buffer.from(way.frames[at] ?? '').indexOf('there');
    bytes[place] = 0xff;
    upstream.always(stream([...bytes].map((byte) => Buffer.of(byte))));
    const seen = await ask(way, true);
    t.match(seen, { status: 200, text: 'Hello \ufffdhere', end: 'whole', terminals: 1 }, way.name);
  }
});
