import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { readFolder } from '../../../core/plugins/read-folder.ts';
import { manifestOnly, toyFiles, writePlugin } from '../../modules/toy.ts';
import { answerOf, openHost } from './open-host.ts';

const yaml = 'plugins: { mode: locked, trust: { acme: inline } }\nproviders: { acme: {} }\n';

function lock(cwd: string, changes: object = {}): void {
  const { hashes } = readFolder('acme', join(cwd, 'plugins/acme'));
  const entry = {
    version: '1.0.0',
    source: './plugins/acme',
    files: hashes,
    permissions: {},
    trust: 'inline',
  };
  const value = { lockVersion: 1, plugins: { acme: { ...entry, ...changes } } };
  writeFileSync(join(cwd, 'plugins.lock.json'), JSON.stringify(value));
}

function prepare(t: Test, files: Record<string, string> = toyFiles({ id: 'acme' })): string {
  const cwd = t.testdir({ 'gateway.yaml': yaml });
  writePlugin(join(cwd, 'plugins/acme'), files);
  return cwd;
}

t.test('nothing loads that the lock does not list', async (t) => {
  const { report } = await openHost(t, prepare(t));
  t.match(report('acme'), {
    state: 'failed',
    code: 'GW_PLUGIN_INTEGRITY',
    reason: /there is no .*plugins\.lock\.json/,
  });
});

t.test('a lock that cannot be read accepts nothing, and the gateway runs', async (t) => {
  const cwd = prepare(t);
  writeFileSync(join(cwd, 'plugins.lock.json'), '{ "lockVersion": 2 }');
  const { report } = await openHost(t, cwd);
  t.match(report('acme'), { state: 'failed', reason: /plugins\.lock\.json is not valid/ });
});

t.test(
  'what the lock accepts loads; a changed, extra or missing file keeps the version that was accepted',
  async (t) => {
    const cwd = prepare(t);
    lock(cwd);
    const { host, report } = await openHost(t, cwd);
    t.match(report('acme'), { state: 'on' });
    const folder = join(cwd, 'plugins/acme');

    writeFileSync(join(folder, 'extra.txt'), 'x');
    await host.reload('test');
    t.match(report('acme'), { state: 'previous', reason: /extra\.txt was not there when it was accepted/ });

    writePlugin(folder, toyFiles({ id: 'acme', text: 'two' }));
    lock(cwd);
    const accepted = readFileSync(join(folder, 'src/text.ts'), 'utf8');
    writeFileSync(join(folder, 'src/text.ts'), `${accepted}// changed\n`);
    await host.reload('test');
    t.match(report('acme'), { state: 'previous', reason: /src\/text\.ts changed since it was accepted/ });
    t.equal(answerOf(host.registry.current, 'acme'), 'one');

    writeFileSync(join(folder, 'src/text.ts'), accepted);
    await host.reload('test');
    t.match(report('acme'), { state: 'on' });
    t.equal(
      answerOf(host.registry.current, 'acme'),
      'two',
      'once it is accepted it is swapped in, without a restart',
    );
  },
);

t.test('what was hashed is what runs, whatever becomes of the folder meanwhile', async (t) => {
  const cwd = prepare(t);
  lock(cwd);
  const { host, report } = await openHost(t, cwd);
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', text: 'accepted' }));
  lock(cwd);
  const copies = join(host.dataDir, 'plugins');
  const reloaded = host.reload('test');
  // As soon as a copy is being made, the files have been read and judged.
  while (!readdirSync(copies).some((name) => name.startsWith('.unfinished-'))) await turn();
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', text: 'evil' }));
  await reloaded;
  t.equal(answerOf(host.registry.current, 'acme'), 'accepted');
  await host.reload('test');
  t.match(report('acme'), { state: 'previous', code: 'GW_PLUGIN_INTEGRITY' });
  t.equal(answerOf(host.registry.current, 'acme'), 'accepted');
});

t.test('a manifest that asks for more than was granted does not load', async (t) => {
  const cwd = prepare(t, manifestOnly('acme'));
  lock(cwd, { permissions: { hosts: ['other.test'] } });
  const { host, report } = await openHost(t, cwd);
  t.match(report('acme'), {
    state: 'failed',
    code: 'GW_PLUGIN_PERMISSION',
    reason:
      /also wants to call api\.acme\.test, which was not granted; to accept it: dragoman plugins lock acme$/,
  });
  lock(cwd, { permissions: { hosts: ['api.acme.test'] } });
  await host.reload('test');
  t.match(report('acme'), { state: 'on' });
});

t.test('another version than the accepted one does not load', async (t) => {
  const cwd = prepare(t);
  lock(cwd, { version: '0.9.0' });
  const { report } = await openHost(t, cwd);
  t.match(report('acme'), {
    reason: /version 0\.9\.0 was accepted, this is 1\.0\.0; to accept it: dragoman plugins lock acme$/,
  });
});

t.test('in drop-in mode too, what the lock lists is held to it', async (t) => {
  const cwd = prepare(t);
  writeFileSync(join(cwd, 'gateway.yaml'), 'providers: { acme: {} }\n');
  lock(cwd, { trust: 'inline' });
  const { host, report } = await openHost(t, cwd);
  t.match(
    report('acme'),
    { state: 'on', tier: 'inline', origin: 'unsigned' },
    'the lock says how far to trust',
  );
  writeFileSync(join(cwd, 'plugins/acme/extra.txt'), 'x');
  await host.reload('test');
  t.match(report('acme'), {
    state: 'previous',
    origin: 'modified',
    code: 'GW_PLUGIN_INTEGRITY',
    reason: /extra\.txt was not there when it was accepted; to accept it: dragoman plugins lock acme$/,
  });
  writePlugin(join(cwd, 'plugins/free'), manifestOnly('free'));
  await host.reload('test');
  t.match(report('free'), { state: 'on' }, 'what it does not list is dropped in as ever');
  writeFileSync(join(cwd, 'plugins.lock.json'), '{');
  await host.reload('test');
  t.match(report('free'), {
    state: 'previous',
    code: 'GW_PLUGIN_INTEGRITY',
    reason: /cannot be read.*put it right/,
  });
});

t.test('after a restart too, what was changed does not start, and the accepted copy does', async (t) => {
  const cwd = prepare(t);
  lock(cwd);
  const first = await openHost(t, cwd);
  t.match(first.report('acme'), { state: 'on' });
  await first.host.close();
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', text: 'evil' }));
  const second = await openHost(t, cwd);
  t.match(second.report('acme'), { state: 'previous', origin: 'modified', code: 'GW_PLUGIN_INTEGRITY' });
  t.equal(answerOf(second.host.registry.current, 'acme'), 'one');
  await second.host.close();
  writeFileSync(join(cwd, 'plugins.lock.json'), '{ "lockVersion": 1, "plugins": {} }');
  const third = await openHost(t, cwd);
  t.match(third.report('acme'), { state: 'failed' }, 'nor does a copy of what is accepted no more');
});

t.test('what the operator takes back from the version that serves, it does not keep', async (t) => {
  const cwd = prepare(t, manifestOnly('acme'));
  const granted = { permissions: { hosts: ['api.acme.test'] } };
  const { host, report } = await openHost(t, cwd);
  const folder = join(cwd, 'plugins/acme');
  for (const [name, change] of [
    ['a permission', () => lock(cwd, { permissions: {} })],
    [
      'its place in the lock',
      () => writeFileSync(join(cwd, 'plugins.lock.json'), '{ "lockVersion": 1, "plugins": {} }'),
    ],
  ] as const) {
    lock(cwd, granted);
    await host.reload('test');
    t.match(report('acme'), { state: 'on' });
    change();
    await host.reload('test');
    t.match(report('acme'), { state: 'failed' }, name);
  }
  writePlugin(folder, toyFiles({ id: 'acme' }));
  writeFileSync(join(cwd, 'gateway.yaml'), 'plugins: { mode: locked }\nproviders: { acme: {} }\n');
  lock(cwd, { trust: 'inline' });
  await host.reload('test');
  t.match(report('acme'), { state: 'on', tier: 'inline' });
  writeFileSync(join(folder, 'extra.txt'), 'x');
  lock(cwd, { trust: 'worker', files: { 'plugin.json': '0'.repeat(64) } });
  await host.reload('test');
  t.match(
    report('acme'),
    { state: 'failed', code: 'GW_PLUGIN_INTEGRITY' },
    'nor does its code keep its trust',
  );
});

t.test('a plugin named like what every object has gets nothing by its name', async (t) => {
  const cwd = prepare(t, toyFiles({ id: 'acme' }));
  writePlugin(join(cwd, 'plugins/constructor'), toyFiles({ id: 'constructor' }));
  lock(cwd);
  const locked = await openHost(t, cwd);
  t.match(locked.report('constructor'), { state: 'failed', reason: /plugins\.lock\.json does not list it/ });
  writeFileSync(join(cwd, 'gateway.yaml'), '{}\n');
  await locked.host.reload('test');
  t.not(locked.report('constructor')?.tier, 'inline');
  t.not(locked.report('constructor')?.tier, 'worker');
});

t.test('a new version that wants more says so, and one that is dropped in says what it may', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': '{}\n' });
  const { host, lines } = await openHost(t, cwd);
  writePlugin(join(cwd, 'plugins/acme'), manifestOnly('acme'));
  await host.reload('test');
  const said = () => lines.findLast(({ message }) => message.startsWith('plugin acme'));
  t.match(said(), {
    level: 'info',
    message: /^plugin acme 1\.0\.0 is on/,
    fields: { may: 'call api.acme.test' },
  });
  const more = {
    version: '1.1.0',
    permissions: { hosts: ['api.acme.test', '*.evil.test'], requestHeaders: ['x-user'] },
  };
  writePlugin(join(cwd, 'plugins/acme'), manifestOnly('acme', {}, more));
  await host.reload('test');
  t.match(said(), {
    level: 'warn',
    message:
      /^plugin acme 1\.1\.0 was replaced; it may now also call \*\.evil\.test, read clients' header x-user/,
  });
});

t.test('a folder every user can write to is told of, unless nothing in it starts unasked', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': '{}\n', plugins: {} });
  chmodSync(join(cwd, 'plugins'), 0o777);
  const { host } = await openHost(t, cwd);
  t.match(host.registry.current.problems, [
    { severity: 'warning', message: /every user .* can write to .*plugins/ },
  ]);
  writeFileSync(join(cwd, 'gateway.yaml'), 'plugins: { mode: locked }\n');
  await host.reload('test');
  t.same(host.registry.current.problems, []);
  writeFileSync(join(cwd, 'plugins.lock.json'), '{ "lockVersion": 1, "plugins": {} }');
  chmodSync(join(cwd, 'plugins.lock.json'), 0o666);
  await host.reload('test');
  t.match(host.registry.current.problems, [
    { severity: 'warning', message: /can write to .*plugins\.lock\.json/ },
  ]);
});

t.test('what ships with the gateway needs no lock', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': 'plugins: { mode: locked }\n' });
  writePlugin(join(cwd, 'bundled/acme'), manifestOnly('acme'));
  const { report } = await openHost(t, cwd);
  t.match(report('acme'), { state: 'on' });
});
