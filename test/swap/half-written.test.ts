import { join } from 'node:path';
import t from 'tap';
import { answerOf, openHost } from '../core/plugins/open-host.ts';
import { toyFiles, writePlugin } from '../modules/toy.ts';

t.test('a folder that is still being written when it is looked at is looked at again', async (t) => {
  const cwd = t.testdir({
    'gateway.yaml': 'plugins: { trust: { acme: inline } }\nproviders: { acme: {} }\n',
  });
  const folder = join(cwd, 'plugins/acme');
  writePlugin(folder, toyFiles({ id: 'acme', text: 'one' }));
  const { host } = await openHost(t, cwd);
  const next = toyFiles({ id: 'acme', version: '1.1.0', text: 'two' });
  const { 'plugin.json': manifest = '', ...code } = next;
  // An editor or a copy has emptied this file and not written it yet.
  writePlugin(folder, { 'src/text.ts': 'export const later = 1;\n' });
  const written = new Promise<void>((resolve) => {
    setTimeout(() => {
      writePlugin(folder, { ...code, 'plugin.json': manifest });
      resolve();
    }, 5);
  });
  const seen: string[] = [];
  host.onSwap((snapshot) => {
    seen.push(`${snapshot.plugins.get('acme')?.manifest.version} ${answerOf(snapshot, 'acme')}`);
  });
  await host.reload('test');
  await written;
  t.same(seen, ['1.1.0 two'], 'half a change is never taken in');
});
