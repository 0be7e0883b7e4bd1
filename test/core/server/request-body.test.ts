import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import t from 'tap';
import type { GatewayError } from '../../../core/errors/gateway-error.ts';
import { HttpReply, SilenceWatch } from '../../../core/server/reply.ts';
import { type BodyOutcome, createByteBudget, readBody } from '../../../core/server/request-body.ts';
import { stopStalled } from '../../../core/server/stalled-bodies.ts';

type Outcome = BodyOutcome | GatewayError;

/** Sends bytes to a real server and gives what `readBody` made of them. */
async function receive(
  t: { teardown(handler: () => unknown): void },
  bytes: Buffer,
  {
    encoding,
    max = 1000,
    budget = createByteBudget(1e6),
  }: { encoding?: string; max?: number; budget?: ReturnType<typeof createByteBudget> } = {},
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const server = createServer((request, response) => {
    readBody(request, max, budget)
      .then(resolve, resolve)
      .finally(() => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const headers = encoding === undefined ? {} : { 'content-encoding': encoding };
  const client = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers });
  client.on('error', () => {});
  client.end(bytes);
  return promise;
}
const text = Buffer.from('{"model":"ä"}');

t.test('a body arrives as it was sent, however it was packed', async (t) => {
  const packed: [string | undefined, Buffer][] = [
    [undefined, text],
    ['identity', text],
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['zstd', zstdCompressSync(text)],
  ];
  for (const [encoding, bytes] of packed) {
    const outcome = await receive(t, bytes, { encoding });
    t.same((outcome as BodyOutcome).body, text, String(encoding));
  }
});

t.test('the limit counts inflated bytes, so a bomb is refused', async (t) => {
  const bomb = gzipSync(Buffer.alloc(5_000_000));
  t.match(await receive(t, bomb, { encoding: 'gzip', max: 100_000 }), { code: 'GW_CLIENT_BODY_TOO_LARGE' });
  t.match(await receive(t, Buffer.alloc(2000)), { code: 'GW_CLIENT_BODY_TOO_LARGE' });
});

t.test('broken and unknown encodings are the client’s mistake', async (t) => {
  t.match(await receive(t, text, { encoding: 'gzip' }), { code: 'GW_CLIENT_BODY_INVALID' });
  t.match(await receive(t, text, { encoding: 'rot13' }), {
    code: 'GW_CLIENT_BODY_INVALID',
    message: /rot13/,
  });
});

t.test('more bytes in flight than the budget are turned away, and the budget comes back', async (t) => {
  const budget = createByteBudget(20);
  t.ok(budget.take(15));
  t.match(await receive(t, text, { budget }), { code: 'GW_SERVER_OVERLOADED', retryAfterMs: 1000 });
  budget.give(15);
  const outcome = (await receive(t, text, { budget })) as BodyOutcome;
  t.equal(outcome.held, text.length);
  t.notOk(budget.take(20), 'the body is held until the exchange is over');
  budget.give(outcome.held);
  t.ok(budget.take(20));
});

t.test('a body that never comes is not waited for longer than five minutes', async (t) => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const server = createServer((request, response) => {
    const reply = new HttpReply(response, new SilenceWatch(0));
    reply.awaitsBodySince = performance.now();
    readBody(request, 1000, createByteBudget(1e6), reply).then(resolve, resolve);
    stopStalled([reply], performance.now() + 299_000);
    t.equal(reply.stopped, null, 'it may still come');
    stopStalled([reply], performance.now() + 301_000);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const client = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-length': 9 } });
  client.on('error', () => {});
  client.flushHeaders();
  t.match(await promise, { code: 'GW_CLIENT_TOO_SLOW', status: 408 });
  client.destroy();
});
