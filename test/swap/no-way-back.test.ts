import { rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createGuards } from '../../core/translate/guards.ts';
import { createInlineRunner } from '../../core/translate/inline-runner.ts';
import { answerOf, openHost } from '../core/plugins/open-host.ts';
import { toyFiles, writePlugin } from '../modules/toy.ts';

const config = 'plugins: { trust: { acme: inline } }\nproviders: { acme: {} }\n';

t.test(
  'a version that fails, with nothing before it and a broken one in its folder, serves on',
  async (t) => {
    const cwd = t.testdir({ 'gateway.yaml': config });
    const folder = join(cwd, 'plugins/acme');
    const guards = createGuards();
    writePlugin(folder, toyFiles({ id: 'acme', text: 'one' }));
    const { host, report } = await openHost(t, cwd, { guards });
    const first = host.registry.current.plugins.get('acme')?.module?.id ?? '';
    writePlugin(folder, toyFiles({ id: 'acme', version: '1.1.0', text: 'two' }));
    await host.reload('test');
    writePlugin(folder, toyFiles({ id: 'acme', version: '1.2.0', code: 'throw new Error("broken");' }));
    await host.reload('test');
    t.match(report('acme'), { state: 'previous', version: '1.1.0' });
    rmSync(join(host.dataDir, 'plugins', first), { recursive: true });

    const failing = host.registry.current.plugins.get('acme')?.module?.id ?? '';
    guards.listener?.failing('acme', failing, 'all of its calls failed');
    await host.reload('its turn comes after what was decided');
    await host.reload('and after what came of that');
    t.equal(answerOf(host.registry.current, 'acme'), 'two', 'some answers are better than none');
  },
);

t.test('a runner that comes into no snapshot is closed', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': config });
  const folder = join(cwd, 'plugins/acme');
  writePlugin(folder, toyFiles({ id: 'acme', text: 'one' }));
  let open = 0;
  const { host } = await openHost(t, cwd, {
    makeRunner() {
      open++;
      const inline = createInlineRunner();
      return {
        ...inline,
        describe: () => Promise.resolve({}),
        conform: () => Promise.resolve({ fixtures: 0 }),
        close: async () => void open--,
      };
    },
  });
  let isBroken = true;
  host.onSwap(() => {
    if (isBroken) throw new Error('who listens fails');
  });
  writePlugin(folder, toyFiles({ id: 'acme', version: '1.1.0', text: 'two' }));
  t.match(await host.reload('test'), { outcome: 'failed' });
  t.equal(open, 1);
  t.equal(answerOf(host.registry.current, 'acme'), 'one');
  isBroken = false;
  t.match(await host.reload('test'), { outcome: 'swapped' });
  t.equal(open, 1);
  t.equal(answerOf(host.registry.current, 'acme'), 'two');
});
