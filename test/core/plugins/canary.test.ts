import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PluginManifest } from '@dragoman/plugin-sdk';
import * as kit from '@dragoman/plugin-sdk/testing';
import t, { type Test } from 'tap';
import { silentLog } from '../../../core/observe/log.ts';
import { createMetrics } from '../../../core/observe/metrics.ts';
import { runCanary } from '../../../core/plugins/canary.ts';
import { openHistory } from '../../../core/plugins/history.ts';
import { type ConformJob, conform } from '../../../core/translate/conform.ts';
import { createRunners } from '../../../core/translate/make-runner.ts';
import type { ModuleRef } from '../../../core/translate/runner.ts';
import { helloStream, type LawfulOptions, lawfulFiles, type wrongs } from '../../modules/lawful.ts';
import { toyFiles, writePlugin } from '../../modules/toy.ts';
import { openHost } from './open-host.ts';

function open(t: Test, cwd: string) {
  const services = { log: silentLog, metrics: createMetrics() };
  return openHost(t, cwd, { makeRunner: createRunners(services) });
}
function yaml(trust: string, more = ''): string {
  return `plugins: { trust: { acme: ${trust} }${more} }\ntranslation: { workers: 1 }\n`;
}
/** Replaces all of the plugin's files. */
function write(cwd: string, options: LawfulOptions): void {
  rmSync(join(cwd, 'plugins/acme'), { recursive: true, force: true });
  writePlugin(join(cwd, 'plugins/acme'), lawfulFiles('acme', options));
}

const refused: [keyof typeof wrongs, RegExp][] = [
  [
    'batching',
    /fixtures\/hello\.json breaks the law '(round-trip|batching)': .*decodeStream.*: \/.*expected .*, got /,
  ],
  ['throw', /fixtures\/hello\.json breaks the law '.*': .*no luck today/],
  ['loop', /fixtures\/hello\.json.*Plugin 'acme' took longer than 600 ms/],
  ['exit', /fixtures\/hello\.json.*(Plugin 'acme' failed.*it ended its thread|process is not defined)/],
];

for (const trust of ['inline', 'worker', 'sandbox']) {
  t.test(`a new version (trust: ${trust}) serves once it has passed its own fixtures`, async (t) => {
    const cwd = t.testdir({ 'gateway.yaml': yaml(trust) });
    write(cwd, {});
    const { host, report } = await open(t, cwd);
    t.match(report('acme'), { state: 'on', version: '1.0.0', reason: /passed its 1 fixture$/ });
    write(cwd, { version: '1.1.0' });
    t.match(await host.reload('test'), { changes: ['plugin acme 1.1.0 was replaced'] });

    for (const [wrong, why] of refused) {
      const { runner } = host.registry.current;
      write(cwd, { version: '1.2.0', wrong });
      const { changes } = await host.reload('test');
      t.match(report('acme'), { state: 'previous', version: '1.1.0', code: 'GW_PLUGIN_CANARY', reason: why });
      t.match(report('acme')?.reason, /^version 1\.1\.0 stays in use: .*version 1\.2\.0 does not pass/);
      t.match(report('acme')?.offered, { version: '1.2.0', hash: /^[0-9a-f]{64}$/ });
      t.equal(changes.length, 1);
      t.notMatch(changes[0], '\n', 'in one line');
      t.equal(host.registry.current.runner, runner, 'what is in use goes on as it was');
      t.match(await host.reload('test'), { outcome: 'unchanged' }, 'and it is not asked again');
    }
    write(cwd, { version: '1.3.0' });
    await host.reload('test');
    t.match(report('acme'), { state: 'on', version: '1.3.0' });

    const outcomes = openHistory(host.dataDir)
      .entries()
      .map(({ outcome, version, fixtures, code }) => [outcome, version, fixtures ?? code].join(' '));
    t.same(outcomes, [
      'on 1.0.0 1',
      'swapped 1.1.0 1',
      ...refused.map(() => 'refused 1.2.0 GW_PLUGIN_CANARY'),
      'swapped 1.3.0 1',
    ]);
  });
}

t.test('a version that never passed is not on, and one without fixtures comes in as it is', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': yaml('worker') });
  write(cwd, { wrong: 'batching' });
  const { host, report } = await open(t, cwd);
  t.match(report('acme'), { state: 'failed', code: 'GW_PLUGIN_CANARY' });
  write(cwd, { wrong: 'batching', version: '1.1.0', fixtures: {} });
  await host.reload('test');
  t.match(report('acme'), { state: 'on', reason: /has no fixtures to try a new version with$/ });
  write(cwd, { version: '1.2.0', fixtures: { odd: { ...helloStream('acme'), kind: 'song' } } });
  await host.reload('test');
  t.match(report('acme')?.reason, /fixtures\/odd\.json: kind must be one of/);
});

t.test('what takes longer than its time is refused, and may be asked for nothing at all', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': yaml('worker', ', canary: { timeoutMs: 100 }') });
  const slow = lawfulFiles('acme');
  const code = `const wait = () => { for (const end = Date.now() + 40; Date.now() < end; ); };\n${slow['src/index.ts']?.replace('return toy', 'wait();\n  return toy')}`;
  writePlugin(join(cwd, 'plugins/acme'), { ...slow, 'src/index.ts': code });
  const { host, report } = await open(t, cwd);
  t.match(report('acme'), { state: 'failed', reason: /not done with fixtures\/hello\.json after 100 ms/ });
  writePlugin(cwd, { 'gateway.yaml': yaml('worker', ', canary: { enabled: false }') });
  await host.reload('test');
  t.match(report('acme'), { state: 'on' });
});

t.test('what passed in an earlier run is not asked again at the next start', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': yaml('inline') });
  write(cwd, {});
  const first = await open(t, cwd);
  await first.host.close();
  let asked = 0;
  const { report } = await openHost(t, cwd, {
    makeRunner(modules, settings) {
      const runner = createRunners({ log: silentLog, metrics: createMetrics() })(modules, settings);
      const conform: typeof runner.conform = (module, job) => {
        asked++;
        return runner.conform(module, job);
      };
      return { ...runner, conform };
    },
  });
  t.match(report('acme'), { state: 'on', reason: /passed its 1 fixture$/ });
  t.equal(asked, 0);
});

t.test('what served before is not turned off by laws that are newer than it', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': yaml('worker', ', canary: { enabled: false }') });
  write(cwd, { wrong: 'batching' });
  const first = await open(t, cwd);
  await first.host.close();
  writePlugin(cwd, { 'gateway.yaml': yaml('worker') });
  const { host, report } = await open(t, cwd);
  t.match(report('acme'), { state: 'on' });
  write(cwd, { wrong: 'batching', version: '1.1.0' });
  await host.reload('test');
  t.match(
    report('acme'),
    { state: 'previous', version: '1.0.0', code: 'GW_PLUGIN_CANARY' },
    'a new one is asked',
  );
});

t.test('after a restart a folder that is broken by then has its last good version', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': yaml('worker') });
  write(cwd, {});
  const first = await open(t, cwd);
  await first.host.warm();
  await first.host.close();
  for (const [name, break_] of [
    ['its manifest', () => writePlugin(join(cwd, 'plugins/acme'), { 'plugin.json': '{' })],
    [
      'its code',
      () => writePlugin(join(cwd, 'plugins/acme'), { ...lawfulFiles('acme'), 'src/index.ts': 'x(' }),
    ],
    ['its fixtures', () => write(cwd, { version: '1.1.0', wrong: 'batching' })],
  ] as const) {
    break_();
    const { host, report } = await open(t, cwd);
    t.match(
      report('acme'),
      { state: 'previous', version: '1.0.0', reason: /^version 1\.0\.0 stays in use: / },
      name,
    );
    t.ok(host.registry.current.dialects.has('acme-chat'));
    await host.warm();
    await host.close();
  }
  rmSync(join(cwd, 'plugins/acme'), { recursive: true });
  const gone = await open(t, cwd);
  t.equal(gone.report('acme'), undefined, 'a folder that is gone is gone');
  await gone.host.close();

  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', version: '2.0.0' }));
  const { report } = await open(t, cwd);
  t.match(report('acme'), { state: 'on', version: '2.0.0' });
});

t.test('what ships with the gateway would pass too, when it is worked on', async (t) => {
  const root = join(import.meta.dirname, '../../../plugins');
  let checked = 0;
  for (const id of readdirSync(root)) {
    const folder = join(root, id, 'fixtures');
    if (!existsSync(folder)) continue;
    const manifest = JSON.parse(readFileSync(join(root, id, 'plugin.json'), 'utf8')) as PluginManifest;
    const plugin = { id, manifest, directory: '', hash: '', bundled: true, module: null };
    const file = join(root, id, '.module.cjs');
    const module = { id, plugin: id, file, format: 'cjs', tier: 'inline', checked: false } as ModuleRef;
    const { default: exports } = await import(join(root, id, manifest.runtime?.js ?? ''));
    const clock = () => Number(process.hrtime.bigint()) / 1e6;
    const runner = {
      conform: async (_: ModuleRef, job: ConformJob) =>
        conform(exports, kit, job, { begin() {}, end() {} }, clock),
    };
    const settings = { canary: { enabled: true, timeoutMs: 30_000 }, config: {} };
    checked += await runCanary(plugin, module, runner, settings as never);
  }
  t.ok(checked > 80, `${checked} fixtures`);
});
