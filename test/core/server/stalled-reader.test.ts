import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { GatewayError } from '../../../core/errors/gateway-error.ts';
import { HttpReply, SilenceWatch } from '../../../core/server/reply.ts';

const patienceMs = 300;
const piece = Buffer.alloc(65_536, 'x');

/** One reply of a real server, to a client that does not read until it is told. */
async function openReply(t: Test): Promise<{ reply: HttpReply; line: Socket; ended: Promise<string> }> {
  const server = createServer();
  t.teardown(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const line = connect((server.address() as AddressInfo).port, '127.0.0.1');
  t.teardown(() => line.destroy());
  line.pause().write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [, response] = await once(server, 'request');
  const reply = new HttpReply(response, new SilenceWatch(0), patienceMs);
  const ended = new Promise<string>((resolve) => {
    reply.onStop = ({ code }: GatewayError) => resolve(code);
    response.on('finish', () => resolve('finished'));
  });
  reply.head(200, { 'content-type': 'application/octet-stream' });
  return { reply, line, ended };
}

/** More than the buffers of a connection hold. */
const pieces = 400;

function fill(reply: HttpReply): void {
  let left = pieces;
  reply.onDrain = () => {
    while (left-- > 0 && reply.write(piece, true));
  };
  reply.onDrain();
}

for (const [what, write] of [
  ['a stream', fill],
  ['a whole reply', (reply: HttpReply) => reply.end(Buffer.alloc(pieces * piece.length))],
] as const) {
  t.test(`a client that takes nothing of ${what} is given up`, async (t) => {
    const { reply, ended } = await openReply(t);
    write(reply);
    t.equal(await ended, 'GW_CLIENT_ABORTED');
  });
}

t.test('one that reads slowly is not, nor one that has had all there is so far', async (t) => {
  const slow = await openReply(t);
  const waiting = await openReply(t);
  fill(waiting.reply);
  waiting.line.resume();
  let taken = 0;
  slow.line.on('data', ({ length }: Buffer) => {
    taken += length;
    slow.line.pause();
  });
  slow.reply.end(Buffer.alloc(pieces * piece.length));
  const reader = setInterval(() => slow.line.resume(), 2);
  t.equal(await slow.ended, 'finished', `${taken} bytes`);
  clearInterval(reader);
  waiting.reply.end();
  t.equal(await waiting.ended, 'finished');
});

t.test('a clock that is put back does not silence the signs of life of a stream', async (t) => {
  const { now } = Date;
  t.teardown(() => {
    Date.now = now;
  });
  let offset = 0;
  Date.now = () => now() + offset;
  const watch = new SilenceWatch(15_000);
  const before = watch.now();
  offset = -3_600_000;
  t.ok(watch.now() >= before);
});
