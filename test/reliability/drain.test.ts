import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import t from 'tap';
import { waitFor } from '../core/cli/command.ts';
import { postChat, readStream } from '../helpers/chat.ts';
import { asServing, startServing } from './serving.ts';

/** Long enough that a test can do all it wants meanwhile, short enough to wait for. */
const slow = (perSecond: number, server = ''): string =>
  `providers: { offline: { config: { eventsPerSecond: ${perSecond} } } }\n${server}`;

t.test(
  'after SIGTERM streams finish, new requests are turned away in their dialect, and the exit is clean',
  async (t) => {
    const gateway = await startServing(t, t.testdir({ 'gateway.yaml': slow(6) }));
    const { url, key } = gateway;
    t.equal((await fetch(`${url}/readyz`)).status, 200);
    const running = await Promise.all(
      [1, 2, 3].map(() => postChat(gateway, { model: 'offline/chat', stream: true })),
    );
    const unary = postChat(gateway, { model: 'offline/chat' });
    t.equal((await unary).status, 200);
    await gateway.signal('SIGTERM');

    const ready = await fetch(`${url}/readyz`);
    t.equal(ready.status, 503);
    t.same(await ready.json(), { status: 'draining' });
    t.equal((await fetch(`${url}/healthz`)).status, 200, 'it lives');

    const openai = await postChat(gateway, { model: 'offline/chat' });
    t.equal(openai.status, 503);
    t.equal(openai.headers.get('x-dragoman-error'), 'GW_SERVER_DRAINING');
    t.ok(Number(openai.headers.get('retry-after')) > 0);
    t.match(await openai.json(), { error: { message: /shutting down/, type: String } });

    const anthropic = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'offline/chat',
        max_tokens: 5,
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    });
    t.equal(anthropic.status, 503);
    t.match(await anthropic.json(), {
      type: 'error',
      error: { type: 'overloaded_error', message: /shutting down/ },
    });

    for (const response of running)
      t.match(readStream(await response.text()), { finish: 'stop', error: null });
    t.same(await gateway.exited, [0, null]);
    await t.rejects(fetch(`${url}/readyz`), 'the port is closed');
  },
);

t.test('an idle keep-alive connection does not hold up the end', async (t) => {
  const gateway = await startServing(t, t.testdir());
  await (await postChat(gateway, { model: 'offline/chat' })).text();
  const startedAt = performance.now();
  await gateway.signal('SIGTERM');
  t.same(await gateway.exited, [0, null]);
  t.ok(performance.now() - startedAt < 3000, 'nobody waited for the keep-alive time-out');
});

t.test('what still runs at the drain deadline is told so, and the exit code says it too', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': slow(0.5, 'server: { drainSeconds: 1 }\n') });
  const gateway = await startServing(t, cwd);
  const running = await postChat(gateway, { model: 'offline/chat', stream: true });
  const warned = waitFor(gateway.child, 'stderr', /drain deadline passed.*"open":1/);
  await gateway.signal('SIGTERM');
  await warned;
  t.match(readStream(await running.text()), { finish: 'error', error: /shutting down/ });
  t.same(await gateway.exited, [1, null]);
});

t.test('a second SIGTERM ends it now', async (t) => {
  const gateway = await startServing(t, t.testdir({ 'gateway.yaml': slow(0.1) }));
  const running = await postChat(gateway, { model: 'offline/chat', stream: true });
  await gateway.signal('SIGTERM');
  gateway.child.kill('SIGTERM');
  await t.rejects(running.text());
  t.same(await gateway.exited, [1, null]);
});

t.test('npm start hands SIGTERM on to the gateway', { skip: process.platform === 'win32' }, async (t) => {
  const data = t.testdir({ 'gateway.yaml': slow(10) });
  const argv = [
    'start',
    '--',
    '--port',
    '0',
    '--data',
    join(data, 'state'),
    '--config',
    join(data, 'gateway.yaml'),
  ];
  const child = spawn('npm', argv, {
    cwd: resolve(import.meta.dirname, '../..'),
    env: { PATH: process.env.PATH ?? '', HOME: data, DRAGOMAN_KEY: 'a-key-made-for-these-tests' },
    stdio: 'pipe',
  });
  t.teardown(() => child.kill('SIGKILL'));
  const gateway = await asServing(child);
  const running = await postChat(gateway, { model: 'offline/chat', stream: true });
  await gateway.signal('SIGTERM');
  t.match(readStream(await running.text()), { finish: 'stop' }, 'what runs is finished');
  await gateway.exited;
  await t.rejects(fetch(`${gateway.url}/readyz`), 'and no gateway is left behind');
});
