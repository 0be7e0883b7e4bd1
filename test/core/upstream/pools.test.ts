import type { lookup } from 'node:dns';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import t from 'tap';
import { environmentProxy } from '../../../core/upstream/environment-proxy.ts';
import { createPools } from '../../../core/upstream/pools.ts';
import { sendWhole } from '../../../core/upstream/send-whole.ts';
import { json } from '../../helpers/answers.ts';
import { startFakeUpstream } from '../../helpers/fake-upstream.ts';
import { requestTo } from './sending.ts';

const timeouts = { connectMs: 2000, firstByteMs: 10_000, idleMs: 10_000 };

/** Answers every look-up with the next of these lists. */
function fakeLookup(...answers: string[][]): { lookup: typeof lookup; calls: string[] } {
  const calls: string[] = [];
  const fake = (name: string, _: unknown, callback: (error: null, addresses: object[]) => void): void => {
    calls.push(name);
    const list = answers[Math.min(calls.length, answers.length) - 1] ?? [];
    callback(
      null,
      list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { lookup: fake as unknown as typeof lookup, calls };
}

t.test('a name that resolves to an internal address is refused, and nothing is connected', async (t) => {
  const upstream = await startFakeUpstream({ strict: false });
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '169.254.169.254', '10.0.0.1']) {
    const pools = createPools({ proxy: {}, ...fakeLookup([address]) });
    const request = requestTo(`http://rebind.example.com:${new URL(upstream.origin).port}`);
    const settings = { pools, provider: 'acme', allowPrivate: false, timeouts };
    await t.rejects(
      sendWhole(request, settings),
      { code: 'GW_UPSTREAM_REFUSED_HOST', message: /resolves to/ },
      address,
    );
    await pools.close();
  }
  t.equal(upstream.requests.length, 0);
  await upstream.close();
});

t.test('a name is looked up once per connection: a second answer cannot slip in', async (t) => {
  const upstream = await startFakeUpstream({ strict: false });
  const names = fakeLookup(['127.0.0.1', '::ffff:10.0.0.1'], ['169.254.169.254']);
  const pools = createPools({ proxy: {}, ...names });
  const request = requestTo(`http://flip.example.com:${new URL(upstream.origin).port}`);
  const settings = { pools, provider: 'acme', allowPrivate: true, timeouts };
  await sendWhole(request, settings);
  t.same(names.calls, ['flip.example.com']);
  t.equal(upstream.requests.length, 1);
  await pools.close();
  await upstream.close();
});

t.test('metadata addresses are taken out of an answer even where private ones are allowed', async (t) => {
  const pools = createPools({ proxy: {}, ...fakeLookup(['169.254.169.254', 'fd00:ec2::254']) });
  const settings = { pools, provider: 'acme', allowPrivate: true, timeouts };
  await t.rejects(sendWhole(requestTo('http://meta.example.com'), settings), {
    code: 'GW_UPSTREAM_REFUSED_HOST',
    message: /metadata/,
  });
  await pools.close();
});

t.test('every address of an answer is judged: the socket goes to an allowed one only', async (t) => {
  const upstream = await startFakeUpstream({ strict: false });
  const names = fakeLookup(['169.254.169.254', '64:ff9b::a9fe:a9fe', '127.0.0.1', 'fd00:ec2::254']);
  const pools = createPools({ proxy: {}, ...names });
  const settings = { pools, provider: 'acme', allowPrivate: true, timeouts };
  const { port } = new URL(upstream.origin);
  await sendWhole(requestTo(`http://mixed.example.com:${port}`), settings);
  t.equal(upstream.requests.length, 1);
  await pools.close();
  await upstream.close();
});

t.test('a name that answers otherwise each time never leads to a forbidden address', async (t) => {
  const upstream = await startFakeUpstream({ strict: false });
  const { port } = new URL(upstream.origin);
  const answers = Array.from({ length: process.env.DRAGOMAN_LONG ? 1000 : 40 }, (_, index) => [
    index % 2 === 0 ? '127.0.0.1' : '::ffff:169.254.169.254',
  ]);
  const names = fakeLookup(...answers);
  const outcomes: string[] = [];
  for (const _ of answers) {
    // A pool of its own for each: every request connects anew.
    const pools = createPools({ proxy: {}, lookup: names.lookup });
    const settings = { pools, provider: 'acme', allowPrivate: true, timeouts };
    const sent = sendWhole(requestTo(`http://flip.example.com:${port}`), settings);
    outcomes.push(await sent.then(() => 'sent').catch((error: { code: string }) => error.code));
    await pools.close();
  }
  t.equal(names.calls.length, answers.length, 'one look-up for each connection');
  t.equal(outcomes.filter((outcome) => outcome === 'sent').length, answers.length / 2);
  t.equal(outcomes.filter((outcome) => outcome === 'GW_UPSTREAM_REFUSED_HOST').length, answers.length / 2);
  await upstream.close();
});

t.test('a literal address, which is never looked up, is refused as well', async (t) => {
  const upstream = await startFakeUpstream({ strict: false });
  const pools = createPools({ proxy: {} });
  const settings = { pools, provider: 'acme', allowPrivate: false, timeouts };
  const { port } = new URL(upstream.origin);
  for (const origin of [upstream.origin, `http://[::1]:${port}`, `http://localhost:${port}`]) {
    await t.rejects(sendWhole(requestTo(origin), settings), { code: 'GW_UPSTREAM_REFUSED_HOST' }, origin);
  }
  t.equal(upstream.requests.length, 0);
  await pools.close();
  await upstream.close();
});

t.test('providers that may and may not reach private addresses do not share connections', async (t) => {
  const pools = createPools({ proxy: {} });
  const open = pools.get({ origin: 'http://api.example.com', allowPrivate: true, connectMs: 10 });
  t.equal(pools.get({ origin: 'http://api.example.com', allowPrivate: true, connectMs: 10 }), open);
  t.not(pools.get({ origin: 'http://api.example.com', allowPrivate: false, connectMs: 10 }), open);
  await pools.close();
});

t.test('a pool without requests is closed after a while, and made anew when needed', async (t) => {
  const upstream = await startFakeUpstream({ strict: false });
  const pools = createPools({ proxy: {}, idleMs: 40 });
  const settings = { pools, provider: 'acme', allowPrivate: true, timeouts };
  let closed = Promise.withResolvers<void>();
  upstream.always((request, response) => {
    response.socket?.once('close', () => closed.resolve());
    return json({})(request, response);
  });
  for (let round = 0; round < 2; round++) {
    closed = Promise.withResolvers();
    await sendWhole(requestTo(upstream.origin), settings);
    await closed.promise;
  }
  t.equal(upstream.requests.length, 2);
  await pools.close();
  await upstream.close();
});

/** A proxy that notes what it is asked and tunnels everything to one port. */
async function startProxy(port: number): Promise<{ url: string; asked: string[]; close: () => void }> {
  const asked: string[] = [];
  const server = createServer((message, response) => {
    asked.push(`${message.method} ${message.url}`);
    response.end('{}');
  });
  server.on('connect', (message, socket) => {
    asked.push(`CONNECT ${message.url}`);
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}`,
    asked,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

t.test('proxies of the environment are used, NO_PROXY and this machine are not', async (t) => {
  const upstream = await startFakeUpstream({ strict: false });
  upstream.always(json({}));
  const { port } = new URL(upstream.origin);
  const proxy = await startProxy(Number(port));
  const names = fakeLookup(['127.0.0.1']);
  const pools = createPools({
    proxy: { httpProxy: proxy.url, httpsProxy: proxy.url, noProxy: 'direct.example.com' },
    ...names,
  });
  const settings = { pools, provider: 'acme', allowPrivate: true, timeouts };

  await sendWhole(requestTo('http://api.example.com'), settings);
  t.same(proxy.asked, ['POST http://api.example.com/v1/anything'], 'plain http is forwarded');
  await t.rejects(sendWhole(requestTo('https://api.example.com'), settings), { code: 'GW_UPSTREAM_CONNECT' });
  t.same(proxy.asked.slice(1), ['CONNECT api.example.com:443'], 'https is tunnelled');
  await sendWhole(requestTo(`http://direct.example.com:${port}`), settings);
  await sendWhole(requestTo(upstream.origin), settings);
  t.equal(proxy.asked.length, 2);
  t.equal(upstream.requests.length, 2);
  t.same(names.calls, ['direct.example.com'], 'names behind the proxy are not looked up here');

  await t.rejects(sendWhole(requestTo('http://10.0.0.1'), { ...settings, allowPrivate: false }), {
    code: 'GW_UPSTREAM_REFUSED_HOST',
  });
  await pools.close();
  proxy.close();
  await upstream.close();
});

t.test(
  'a proxy is named as other programs take it, and one that is no address is an error at once',
  async (t) => {
    t.match(environmentProxy({ HTTPS_PROXY: ' 127.0.0.1:3128\n', http_proxy: '', HTTP_PROXY: 'http://b' }), {
      httpsProxy: 'http://127.0.0.1:3128',
      httpProxy: '',
      noProxy: '',
    });
    t.throws(() => environmentProxy({ https_proxy: 'not a url' }), {
      code: 'GW_CONFIG_INVALID',
      message: /^the variable https_proxy is not valid: it is no address of a proxy/,
    });
    t.throws(() => environmentProxy({ HTTP_PROXY: 'ftp://proxy.example' }), { code: 'GW_CONFIG_INVALID' });
  },
);
