import { gzipSync } from 'node:zlib';
import t from 'tap';
import { send } from '../../../core/upstream/send.ts';
import { sendWhole } from '../../../core/upstream/send-whole.ts';
import { compressed, stream } from '../../helpers/answers.ts';
import { createGate } from '../../helpers/gate.ts';
import { splitEvery } from '../../helpers/split.ts';
import { startSender } from './sending.ts';

const text = JSON.stringify({ text: 'grüße '.repeat(500) });

for (const encoding of ['gzip', 'br', 'deflate', 'zstd'] as const) {
  t.test(`a body in ${encoding} is read although nobody asked for it`, async (t) => {
    const sender = await startSender(t);
    sender.upstream.answer(compressed(encoding, text));
    const reply = await sendWhole(sender.request, sender.settings);
    t.equal(reply.body.toString(), text);
  });
}

t.test('a compressed body may come in any pieces', async (t) => {
  const sender = await startSender(t);
  const pieces = splitEvery(gzipSync(text), 3);
  sender.upstream.answer(stream(pieces, { headers: { 'content-encoding': 'gzip' } }));
  const reply = await sendWhole(sender.request, sender.settings);
  t.equal(reply.body.toString(), text);
});

t.test('an event of a compressed stream is there before the next one is written', async (t) => {
  const sender = await startSender(t);
  const gate = createGate();
  // Without its trailer the deflated block is complete: what a server sends when it flushes.
  const whole = gzipSync('data: 1\n\n');
  sender.upstream.answer(
    stream([whole.subarray(0, -8), gate.opened, whole.subarray(-8)], {
      headers: { 'content-encoding': 'gzip' },
    }),
  );
  const seen = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<void>();
  send(sender.request, {
    ...sender.settings,
    onHeaders: () => undefined,
    onData(chunk) {
      seen.resolve(chunk.toString());
      return true;
    },
    onEnd: () => ended.resolve(),
    onError: ended.reject,
  });
  t.equal(await seen.promise, 'data: 1\n\n');
  gate.open();
  await ended.promise;
});

t.test('a compressed body that is cut is an error, not an end', async (t) => {
  const sender = await startSender(t);
  const half = gzipSync(text).subarray(0, 40);
  sender.upstream.answer(stream([half], { headers: { 'content-encoding': 'gzip' } }));
  await t.rejects(sendWhole(sender.request, sender.settings), {
    code: 'GW_UPSTREAM_TRUNCATED',
    message: /compressed/,
  });
});

t.test('a compression bomb is stopped', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer(compressed('gzip', Buffer.alloc(40_000_000)));
  await t.rejects(sendWhole(sender.request, sender.settings), {
    code: 'GW_UPSTREAM_TRUNCATED',
    message: /100 times/,
  });
});

t.test('a reader that pauses gets all of a compressed body', async (t) => {
  const sender = await startSender(t);
  const noise = Buffer.from(
    Array.from({ length: 600_000 }, (_, n) => (Math.imul(n, 2654435761) >>> 13) & 0xff),
  );
  const large = Buffer.concat([noise, noise, noise]);
  sender.upstream.answer(compressed('gzip', large));
  let received = 0;
  const ended = Promise.withResolvers<void>();
  const sending = send(sender.request, {
    ...sender.settings,
    onHeaders: () => undefined,
    onData(chunk) {
      received += chunk.length;
      setImmediate(() => sending.resume());
      return false;
    },
    onEnd: () => ended.resolve(),
    onError: ended.reject,
  });
  await ended.promise;
  t.equal(received, large.length);
});

t.test('an encoding nobody knows is said plainly', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer(stream(['x'], { headers: { 'content-encoding': 'compress, gzip' } }));
  await t.rejects(sendWhole(sender.request, sender.settings), {
    code: 'GW_UPSTREAM_INVALID',
    message: /compress, gzip/,
  });
});
