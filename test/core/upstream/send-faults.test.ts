import { createServer } from 'node:net';
import t from 'tap';
import { GatewayError } from '../../../core/errors/gateway-error.ts';
import { sendWhole } from '../../../core/upstream/send-whole.ts';
import type { Answer } from '../../helpers/fake-upstream.ts';
import * as faults from '../../helpers/faults.ts';
import { requestTo, type Sender, startSender } from './sending.ts';

async function failure(sender: Sender, answer: Answer): Promise<GatewayError> {
  sender.upstream.answer(answer);
  return failureOf(sendWhole(sender.request, sender.settings));
}

async function failureOf(sending: Promise<unknown>): Promise<GatewayError> {
  try {
    await sending;
  } catch (error) {
    if (GatewayError.is(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

const cases: [name: string, answer: Answer, code: string, message: RegExp][] = [
  ['a redirect is never followed', faults.redirect('http://127.0.0.1:1/'), 'GW_UPSTREAM_REDIRECT', /\(307\)/],
  ['a moved service is not followed either', faults.redirect('/x', 301), 'GW_UPSTREAM_REDIRECT', /baseUrl/],
  [
    'closing before the answer',
    faults.dropBeforeAnswer('close'),
    'GW_UPSTREAM_CONNECT',
    /closed the connection/,
  ],
  [
    'a reset before the answer',
    faults.dropBeforeAnswer('reset'),
    'GW_UPSTREAM_CONNECT',
    /connection reset|closed/,
  ],
  ['what is not HTTP', faults.notHttp(), 'GW_UPSTREAM_INVALID', /not HTTP/],
  ['a stream cut in a chunk', faults.cutStream('data: 1\n\nda', 'close'), 'GW_UPSTREAM_TRUNCATED', /'acme'/],
  ['a stream that is reset', faults.cutStream('data: 1\n\n', 'reset'), 'GW_UPSTREAM_TRUNCATED', /'acme'/],
  ['a body shorter than declared', faults.wrongLength('{}', 100), 'GW_UPSTREAM_TRUNCATED', /'acme'/],
  ['a chunk without a size', faults.badChunk('data: 1\n\n'), 'GW_UPSTREAM_TRUNCATED', /not HTTP/],
];

for (const [name, answer, code, message] of cases) {
  t.test(name, async (t) => {
    const sender = await startSender(t);
    const error = await failure(sender, answer);
    t.equal(error.code, code);
    t.match(error.message, message);
    t.match(error.message, /'acme'/);
    t.notMatch(`${error.message} ${JSON.stringify(error.details)} ${String(error.cause)}`, /hidden/);
  });
}

t.test('no redirect is followed, so no other service ever sees the key', async (t) => {
  const sender = await startSender(t);
  const other = await startSender(t);
  for (const location of ['/elsewhere', `${other.upstream.origin}/v1/anything`, '//169.254.169.254/']) {
    for (const status of [301, 302, 303, 307, 308]) {
      const error = await failure(sender, faults.redirect(location, status));
      t.equal(error.code, 'GW_UPSTREAM_REDIRECT', `${status} ${location}`);
    }
  }
  t.equal(sender.upstream.requests.length, 15, 'each was asked once');
  t.equal(other.upstream.requests.length, 0);
});

t.test('a body longer than declared is not taken for more of the answer', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer(faults.wrongLength('{"a":1}garbage', 7));
  const reply = await sendWhole(sender.request, sender.settings);
  t.equal(reply.body.toString(), '{"a":1}');
  sender.upstream.answer(faults.status(200, '{}'));
  const next = await sendWhole(sender.request, sender.settings);
  t.equal(next.body.toString(), '{}', 'and the next request is not answered with the rest');
});

t.test('nobody listens', async (t) => {
  const sender = await startSender(t);
  const request = requestTo(await faults.refusedOrigin());
  const error = await failureOf(sendWhole(request, sender.settings));
  t.equal(error.code, 'GW_UPSTREAM_CONNECT');
  t.match(error.message, /connection refused \(127\.0\.0\.1:\d+\)/);
});

t.test('a name that does not resolve', async (t) => {
  const sender = await startSender(t);
  const error = await failureOf(sendWhole(requestTo('http://no-such-host.invalid'), sender.settings));
  t.equal(error.code, 'GW_UPSTREAM_CONNECT');
  t.match(error.message, /name/);
});

t.test('a service that takes the request and is silent', async (t) => {
  const sender = await startSender(t, { firstByteMs: 80 });
  const error = await failure(sender, faults.hang());
  t.match(error, { code: 'GW_UPSTREAM_TIMEOUT', message: /80 ms \(first byte\)/, status: 504 });
  const request = await sender.upstream.received(0);
  await request.closed;
  t.equal(request.aborted, true, 'its connection is closed');
});

t.test('informational answers do not hold off the first-byte time-out', async (t) => {
  const sender = await startSender(t, { firstByteMs: 150 });
  const error = await failure(sender, faults.informationalFlood());
  t.match(error, { code: 'GW_UPSTREAM_TIMEOUT', message: /first byte/ });
});

t.test('an informational answer before the answer is passed over', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer((request, response) => {
    response.writeProcessing();
    return faults.status(200, '{"ok":true}')(request, response);
  });
  const reply = await sendWhole(sender.request, sender.settings);
  t.equal(reply.status, 200);
  t.equal(reply.body.toString(), '{"ok":true}');
});

t.test('a stream that falls silent', async (t) => {
  const sender = await startSender(t, { idleMs: 80 });
  const error = await failure(sender, async (request, response) => {
    response.writeHead(200);
    response.write('data: 1\n\n');
    await request.closed;
  });
  t.match(error, { code: 'GW_UPSTREAM_TIMEOUT', message: /80 ms \(idle\)/ });
});

t.test('a slow drip is not silence', async (t) => {
  const sender = await startSender(t, { idleMs: 400 });
  sender.upstream.answer(faults.drip('data: 0123456789\n\n', 30));
  const reply = await sendWhole(sender.request, sender.settings);
  t.equal(reply.body.toString(), 'data: 0123456789\n\n');
});

t.test('a connection that is never made', async (t) => {
  // A listener that never speaks TLS: the handshake hangs, as behind a firewall that drops.
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const sender = await startSender(t, { connectMs: 150, firstByteMs: 20_000 });
  const error = await failureOf(sendWhole(requestTo(`https://127.0.0.1:${port}`), sender.settings));
  t.match(error, { code: 'GW_UPSTREAM_CONNECT', message: /no connection within 150 ms/ });
});

t.test('https to a server that speaks http', async (t) => {
  const sender = await startSender(t);
  const request = requestTo(sender.upstream.origin.replace('http:', 'https:'));
  const error = await failureOf(sendWhole(request, sender.settings));
  t.match(error, { code: 'GW_UPSTREAM_CONNECT', message: /is it http, not https/ });
});

t.test('a connection the service closed meanwhile is not used again', async (t) => {
  const sender = await startSender(t);
  for (let round = 0; round < 3; round++) {
    const closed = Promise.withResolvers<void>();
    sender.upstream.answer((request, response) => {
      const { socket } = response;
      response.once('finish', () => socket?.end());
      socket?.once('close', () => closed.resolve());
      return faults.status(200, `${round}`)(request, response);
    });
    const reply = await sendWhole(sender.request, sender.settings);
    t.equal(reply.body.toString(), `${round}`);
    await closed.promise;
  }
});

t.test('a body larger than allowed', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer(faults.giantLine(5_000_000));
  const settings = { ...sender.settings, maxBodyBytes: 1_000_000 };
  const error = await failureOf(sendWhole(sender.request, settings));
  t.match(error, { code: 'GW_UPSTREAM_INVALID', message: /longer than 1000000 bytes/ });
  const request = await sender.upstream.received(0);
  await request.closed;
  t.equal(request.aborted, true);
});

t.test('an error page keeps its status and its body', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer(faults.htmlError(502));
  const reply = await sendWhole(sender.request, sender.settings);
  t.equal(reply.status, 502);
  t.match(reply.body.toString(), '<h1>502');
});

t.test('closing the pools ends what is in flight', async (t) => {
  const sender = await startSender(t);
  sender.upstream.answer(faults.hang());
  const sending = failureOf(sendWhole(sender.request, sender.settings));
  await sender.upstream.received(0);
  await sender.pools.close();
  const error = await sending;
  t.equal(error.code, 'GW_UPSTREAM_CONNECT');
});
