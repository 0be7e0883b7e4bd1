import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

t.test('a manifest that asks for more than was granted does not load', async (t) => {
  const cwd = prepare(t, manifestOnly('acme'));
  lock(cwd, { permissions: { hosts: ['other.test'] } });
  const { host, report } = await openHost(t, cwd);
  t.match(report('acme'), {
    state: 'failed',
    reason: /it asks for hosts 'api\.acme\.test', which was not granted/,
  });
  lock(cwd, { permissions: { hosts: ['api.acme.test'] } });
  await host.reload('test');
  t.match(report('acme'), { state: 'on' });
});

t.test('another version than the accepted one does not load', async (t) => {
  const cwd = prepare(t);
  lock(cwd, { version: '0.9.0' });
  const { report } = await openHost(t, cwd);
  t.match(report('acme'), { reason: /version 0\.9\.0 was accepted, this is 1\.0\.0/ });
});

t.test('what ships with the gateway needs no lock', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': 'plugins: { mode: locked }\n' });
  writePlugin(join(cwd, 'bundled/acme'), manifestOnly('acme'));
  const { report } = await openHost(t, cwd);
  t.match(report('acme'), { state: 'on' });
});
