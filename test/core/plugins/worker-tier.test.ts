import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { silentLog } from '../../../core/observe/log.ts';
import { createMetrics } from '../../../core/observe/metrics.ts';
import { createRunners } from '../../../core/translate/make-runner.ts';
import { toyFiles, writePlugin } from '../../modules/toy.ts';
import { openHost } from './open-host.ts';

const yaml = 'plugins: { trust: { acme: worker } }\nproviders: { acme: {} }\ntranslation: { workers: 1 }\n';

let made = 0;

function open(t: Test, cwd: string) {
  const makeRunner = createRunners({ log: silentLog, metrics: createMetrics() });
  made = 0;
  return openHost(t, cwd, {
    makeRunner(modules, settings) {
      made++;
      return makeRunner(modules, settings);
    },
  });
}

t.test('code in a worker is looked at there, and never imported on this thread', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': yaml });
  const files = toyFiles({ id: 'acme' });
  writePlugin(join(cwd, 'plugins/acme'), {
    ...files,
    'src/index.ts': `globalThis.acmeIsHere = true;\n${files['src/index.ts']}`,
  });
  const { host, report } = await open(t, cwd);
  t.match(report('acme'), { state: 'on', tier: 'worker' });
  const module = host.registry.current.plugins.get('acme')?.module;
  t.match(module, {
    tier: 'worker',
    format: 'cjs',
    checked: true,
    functions: { 'provider:acme': ['respond'] },
  });
  t.equal(module?.exports, undefined);
  t.equal('acmeIsHere' in globalThis, false);
});

t.test(
  'code that does not fit its manifest keeps the previous version, and is asked only once',
  async (t) => {
    const cwd = t.testdir({ 'gateway.yaml': yaml });
    writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme' }));
    const { host, report } = await open(t, cwd);
    const { runner } = host.registry.current;
    writeFileSync(join(cwd, 'plugins/acme/src/index.ts'), 'export default { locals: {} };\n');
    await host.reload('test');
    t.match(report('acme'), {
      state: 'previous',
      tier: 'worker',
      reason: /lacks what the manifest declares: locals\.acme\.respond/,
    });
    t.equal(host.registry.current.runner, runner, 'its threads go on as they were');
    const tried = made;
    t.match(await host.reload('again'), { outcome: 'unchanged' });
    t.equal(made, tried);
    writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme' }));
    await host.reload('test');
    t.match(report('acme'), { state: 'on' });
    t.equal(host.registry.current.runner, runner, 'the same code as before is in the same pool');
  },
);

t.test('code that never ends when it is loaded fails alone', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': yaml.replace('acme: worker', 'acme: worker, good: worker') });
  const code = 'for (;;) {}\nexport default {};\n';
  const manifest = { limits: { timeoutMs: 100 } };
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', code, manifest }));
  writePlugin(join(cwd, 'plugins/good'), toyFiles({ id: 'good' }));
  const { report } = await open(t, cwd);
  t.match(report('acme'), { state: 'failed', reason: /acme/ });
  t.match(report('good'), { state: 'on', tier: 'worker' });
});

t.test('snapshots that differ only in their configuration share a runner', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': yaml });
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme' }));
  const { host } = await open(t, cwd);
  const { runner } = host.registry.current;
  writeFileSync(
    join(cwd, 'gateway.yaml'),
    yaml.replace('{ acme: {} }', '{ acme: {}, again: { use: acme } }'),
  );
  t.match(await host.reload('test'), { outcome: 'swapped' });
  t.equal(host.registry.current.runner, runner);
  writeFileSync(join(cwd, 'gateway.yaml'), yaml.replace('workers: 1', 'workers: 2'));
  await host.reload('test');
  t.not(host.registry.current.runner, runner, 'another pool size is another pool');
});
