import t from 'tap';
import type { GatewayError } from '../../../core/errors/gateway-error.ts';
import { type SendEvents, type Sending, send } from '../../../core/upstream/send.ts';
import { json, stream } from '../../helpers/answers.ts';
import { hang, untilClose } from '../../helpers/faults.ts';
import { createGate } from '../../helpers/gate.ts';
import { type Sender, startSender } from './sending.ts';

/** What a sending reported, in order; settles at its end. */
function record(sender: Sender, events: Partial<SendEvents> = {}, signal?: AbortSignal) {
  const log: string[] = [];
  const done = Promise.withResolvers<GatewayError | null>();
  const sending: Sending = send(sender.request, {
    ...sender.settings,
    ...(signal === undefined ? {} : { signal }),
    onHeaders(status, headers) {
      log.push(`${status}`);
      events.onHeaders?.(status, headers);
    },
    onData(chunk) {
      log.push(chunk.toString());
      return events.onData?.(chunk) ?? true;
    },
    onEnd(framed) {
      log.push(framed ? 'end' : 'end by close');
      events.onEnd?.(framed);
      done.resolve(null);
    },
    onError(error) {
      log.push(error.code);
      done.resolve(error);
    },
  });
  return { log, sending, ended: done.promise };
}

t.test('head, pieces as they come, end', async (t) => {
  const sender = await startSender(t);
  const gate = createGate();
  sender.upstream.answer(stream(['one', gate.opened, 'two']));
  const first = Promise.withResolvers<void>();
  const { log, ended } = record(sender, {
    onData() {
      first.resolve();
      return true;
    },
  });
  await first.promise;
  t.same(log, ['200', 'one'], 'the first piece is there while the second is not written yet');
  gate.open();
  t.equal(await ended, null);
  t.same(log, ['200', 'one', 'two', 'end']);
});

t.test('sends method, path, headers and body as they are', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer(json({}));
  await record(sender).ended;
  const [received] = sender.upstream.requests;
  t.match(received, { method: 'POST', path: '/v1/anything', body: { model: 'm' } });
  t.equal(received?.headers.authorization, 'Bearer sk-hidden-key');
  t.equal(received?.headers['content-length'], '13');
});

t.test('any status but a redirect is an answer', async (t) => {
  const sender = await startSender(t);
  for (const status of [200, 201, 304, 400, 429, 500, 529]) {
    sender.upstream.answer(json({}, { status }));
    const { log, ended } = record(sender);
    t.equal(await ended, null);
    t.equal(log[0], `${status}`);
  }
});

t.test('a connection is used again', async (t) => {
  const sender = await startSender(t);
  const sockets = new Set<unknown>();
  sender.upstream.always((request, response) => {
    sockets.add(response.socket);
    return json({})(request, response);
  });
  for (let count = 0; count < 5; count++) {
    await record(sender).ended;
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.equal(sockets.size, 1);
});

t.test('abort destroys the upstream connection, and nothing is called after it', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer(stream(['one', new Promise(() => undefined)]));
  const first = Promise.withResolvers<void>();
  const { log, sending } = record(sender, {
    onData() {
      first.resolve();
      return true;
    },
  });
  await first.promise;
  sending.abort();
  const request = await sender.upstream.received(0);
  await request.closed;
  t.equal(request.aborted, true);
  t.same(log, ['200', 'one']);
});

t.test('abort before the answer begins', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer(hang());
  const { log, sending } = record(sender);
  const request = await sender.upstream.received(0);
  sending.abort();
  await request.closed;
  t.equal(request.aborted, true);
  t.same(log, []);
});

t.test('abort before the connection is there sends nothing', async (t) => {
  const sender = await startSender(t);
  record(sender).sending.abort();
  sender.upstream.answer(json({}));
  await record(sender).ended;
  t.equal(sender.upstream.requests.length, 1);
});

t.test('a signal ends the request with GW_CLIENT_ABORTED', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer(hang());
  const controller = new AbortController();
  const { log, ended } = record(sender, {}, controller.signal);
  const request = await sender.upstream.received(0);
  controller.abort();
  t.equal((await ended)?.code, 'GW_CLIENT_ABORTED');
  await request.closed;
  t.same(log, ['GW_CLIENT_ABORTED']);
});

t.test('a signal that is aborted already sends nothing, and reports after send has returned', async (t) => {
  const sender = await startSender(t);
  const { log, ended } = record(sender, {}, AbortSignal.abort());
  t.same(log, []);
  t.equal((await ended)?.code, 'GW_CLIENT_ABORTED');
  t.equal(sender.upstream.requests.length, 0);
});

t.test('pausing holds the upstream back, resuming goes on to the end', async (t) => {
  const sender = await startSender(t);
  const piece = Buffer.alloc(64 * 1024, 'x');
  let written = 0;
  const blocked = createGate();
  sender.upstream.answer(async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    for (; written < 400; written++) {
      if (response.write(piece)) continue;
      const drained = new Promise<void>((resolve) => response.once('drain', resolve));
      const quiet = new Promise<'quiet'>((resolve) => setTimeout(() => resolve('quiet'), 100));
      if ((await Promise.race([drained, quiet])) === 'quiet') blocked.open();
      await drained;
    }
    response.end();
  });
  let received = 0;
  let paused = false;
  const { sending, ended } = record(sender, {
    onData(chunk) {
      received += chunk.length;
      if (paused || received < 1_000_000) return true;
      paused = true;
      return false;
    },
  });
  await blocked.opened;
  const atPause = received;
  t.ok(written < 400, 'the writer had to stop');
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(received, atPause, 'nothing came while paused');
  sending.resume();
  t.equal(await ended, null);
  t.equal(received, 400 * piece.length);
});

t.test('the idle time-out does not run while the reader has paused', async (t) => {
  const sender = await startSender(t, { idleMs: 60 });
  sender.upstream.answer(stream(['one', 'two']));
  let paused = false;
  const { log, sending, ended } = record(sender, {
    onData() {
      if (paused) return true;
      paused = true;
      return false;
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 250));
  t.notOk(log.includes('GW_UPSTREAM_TIMEOUT'));
  sending.resume();
  t.equal(await ended, null);
  t.same(log, ['200', 'one', 'two', 'end']);
});

t.test('what a callback throws ends the request and goes to onError', async (t) => {
  const sender = await startSender(t);
  sender.upstream.always(stream(['one', new Promise(() => undefined)]));
  const inData = record(sender, {
    onData() {
      throw new TypeError('mine');
    },
  });
  t.equal((await inData.ended)?.code, 'GW_INTERNAL');
  const inHeaders = record(sender, {
    onHeaders() {
      throw new TypeError('mine');
    },
  });
  t.equal((await inHeaders.ended)?.code, 'GW_INTERNAL');
  await Promise.all(sender.upstream.requests.map((request) => request.closed));
  t.ok(sender.upstream.requests.every((request) => request.aborted));
});

t.test('a body that only the closing of the connection ends is told apart', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer(untilClose('data: 1\n\n'));
  const { log, ended } = record(sender);
  t.equal(await ended, null);
  t.same(log, ['200', 'data: 1\n\n', 'end by close']);
});
