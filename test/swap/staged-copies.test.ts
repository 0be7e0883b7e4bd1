import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import { openHost } from '../core/plugins/open-host.ts';
import { toyFiles, writePlugin } from '../modules/toy.ts';

t.test('a request that ends while a plugin is being copied does not take the copy away', async (t) => {
  const cwd = t.testdir({
    'gateway.yaml': 'plugins: { trust: { acme: inline } }\nproviders: { acme: {} }\n',
  });
  const folder = join(cwd, 'plugins/acme');
  writePlugin(folder, toyFiles({ id: 'acme', text: 'one' }));
  const { host } = await openHost(t, cwd);
  const copies = join(host.dataDir, 'plugins');
  const draft = (): boolean => readdirSync(copies).some((name) => name.startsWith('.unfinished-'));
  const lease = host.registry.lease();
  writePlugin(folder, toyFiles({ id: 'acme', version: '1.1.0', text: 'two' }));
  await host.reload('test');

  writePlugin(folder, toyFiles({ id: 'acme', version: '1.2.0', text: 'three' }));
  const reloaded = host.reload('test');
  while (!draft()) await turn();
  lease.release();
  t.match(await reloaded, { outcome: 'swapped', changes: ['plugin acme 1.2.0 was replaced'] });
  const { plugins } = host.registry.current;
  t.ok(existsSync(plugins.get('acme')?.module?.file ?? ''));
  const left = readdirSync(copies);
  t.ok(left.includes(plugins.get('acme')?.module?.id ?? ''));
  t.equal(left.length, 2, 'and afterwards only what is used is left, and the version to go back to');
});
