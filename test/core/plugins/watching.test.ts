import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Snapshot } from '../../../core/plugins/snapshot.ts';
import { createWatch } from '../../../core/plugins/watch.ts';
import { manifestOnly, toyFiles, writePlugin } from '../../modules/toy.ts';
import { answerOf, openHost } from './open-host.ts';

const trusted = 'plugins: { trust: { acme: inline } }\nproviders: { acme: {} }\n';
const says = (text: string) => (snapshot: Snapshot) =>
  snapshot.providers.has('acme') && answerOf(snapshot, 'acme') === text;
const stateIs = (state: string) => (snapshot: Snapshot) =>
  snapshot.reports.find((report) => report.id === 'acme')?.state === state;
const isGone = (snapshot: Snapshot) => !snapshot.plugins.has('acme');

t.test('a folder that is added, changed, broken, repaired and removed is followed', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': trusted });
  const folder = join(cwd, 'plugins/acme');
  const { host, until } = await openHost(t, cwd, { watch: true });
  await host.warm();
  writePlugin(folder, toyFiles({ id: 'acme', text: 'one' }));
  await until(says('one'));
  writePlugin(folder, toyFiles({ id: 'acme', text: 'two' }));
  await until(says('two'));
  writeFileSync(join(folder, 'src/index.ts'), 'nonsense (');
  t.ok(says('two')(await until(stateIs('previous'))), 'the version that worked stays');
  writePlugin(folder, toyFiles({ id: 'acme', text: 'three' }));
  await until(says('three'));
  rmSync(folder, { recursive: true });
  await until(isGone);
});

t.test('a plugin that changes while gateway.yaml is broken does not say that it was mended', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': trusted });
  const { host, until, lines } = await openHost(t, cwd, { watch: true });
  await host.warm();
  writeFileSync(join(cwd, 'gateway.yaml'), 'sever: {}\n');
  t.match(await host.reload('test'), { outcome: 'failed' });
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', text: 'one' }));
  await until(says('one'));
  const isRead = ({ message }: { message: string }) => message.includes('was read again');
  t.same(lines.filter(isRead), []);
  writeFileSync(join(cwd, 'gateway.yaml'), trusted);
  await host.reload('test');
  t.equal(lines.filter(isRead).length, 1);
});

t.test('what changed between the start and the watcher is not missed', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': trusted });
  const { host, until } = await openHost(t, cwd, { watch: true });
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', text: 'one' }));
  await host.warm();
  t.ok(says('one')(await until(says('one'))));
});

t.test('a whole folder that is moved in is a plugin, and one that is moved out is none', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': trusted });
  mkdirSync(join(cwd, 'plugins'));
  writePlugin(join(cwd, 'stash/acme'), toyFiles({ id: 'acme', text: 'one' }));
  const { host, until } = await openHost(t, cwd, { watch: true });
  await host.warm();
  renameSync(join(cwd, 'stash/acme'), join(cwd, 'plugins/acme'));
  await until(says('one'));
  renameSync(join(cwd, 'plugins/acme'), join(cwd, 'stash/acme'));
  t.ok(isGone(await until(isGone)));
});

t.test('a link that is turned to another version is followed', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': trusted });
  for (const text of ['one', 'two']) writePlugin(join(cwd, text, 'acme'), toyFiles({ id: 'acme', text }));
  mkdirSync(join(cwd, 'plugins'));
  symlinkSync(join(cwd, 'one/acme'), join(cwd, 'plugins/acme'));
  const { host, until } = await openHost(t, cwd, { watch: true });
  await host.warm();
  t.ok(says('one')(host.registry.current));
  symlinkSync(join(cwd, 'two/acme'), join(cwd, 'plugins/.next'));
  renameSync(join(cwd, 'plugins/.next'), join(cwd, 'plugins/acme'));
  t.ok(says('two')(await until(says('two'))));
});

t.test('gateway.yaml may come, change, break, go and come again while the gateway runs', async (t) => {
  const cwd = t.testdir();
  writePlugin(
    join(cwd, 'bundled/acme'),
    manifestOnly(
      'acme',
      {
        dialect: undefined,
        endpoints: undefined,
        auth: undefined,
        baseUrl: undefined,
        transport: 'local',
        models: { list: [] },
      },
      { runtime: { js: './index.js' } },
    ),
  );
  writeFileSync(
    join(cwd, 'bundled/acme/index.js'),
    'export default { locals: { acme: { respond: () => ({ output: [] }) } } };\n',
  );
  const { host, until, lines } = await openHost(t, cwd, { watch: true });
  await host.warm();
  t.ok(host.registry.current.providers.has('acme'));
  const file = join(cwd, 'gateway.yaml');
  writeFileSync(file, 'providers: { acme: { enabled: false } }\n');
  await until((snapshot) => !snapshot.providers.has('acme'));
  writeFileSync(`${file}.tmp`, 'providers: { acme: {}, again: { use: acme } }\n');
  renameSync(`${file}.tmp`, file);
  await until((snapshot) => snapshot.providers.has('again'));
  writeFileSync(file, 'providers: { acme: { enabled: maybe } }\n');
  t.match(await host.reload('test'), { outcome: 'failed' });
  t.ok(host.registry.current.providers.has('again'));
  t.ok(lines.some(({ level }) => level === 'error'));
  // A file that is gone is a save that was cut short, and what was read before stays in use.
  rmSync(file);
  t.match(await host.reload('test'), { outcome: 'failed', problems: [{ message: 'does not exist' }] });
  t.ok(host.registry.current.providers.has('again'));
  writeFileSync(file, 'providers: { acme: {} }\n');
  await until((snapshot) => !snapshot.providers.has('again'));
  t.ok(host.registry.current.providers.has('acme'));
});

t.test('a directory of plugins that gateway.yaml names later is followed from then on', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': 'providers: {}\n' });
  const { host, until } = await openHost(t, cwd, { watch: true });
  await host.warm();
  writePlugin(join(cwd, 'more/acme'), toyFiles({ id: 'acme', text: 'one' }));
  writeFileSync(join(cwd, 'gateway.yaml'), `${trusted.replace('{ trust', '{ dirs: [./more], trust')}`);
  await until(says('one'));
  writePlugin(join(cwd, 'more/acme'), toyFiles({ id: 'acme', text: 'two' }));
  t.ok(says('two')(await until(says('two'))));
});

t.test('code that arrives before its manifest is no plugin yet, and one when it comes', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': trusted });
  const folder = join(cwd, 'plugins/acme');
  const { host, until } = await openHost(t, cwd, { watch: true });
  await host.warm();
  const { 'plugin.json': manifest = '', ...code } = toyFiles({ id: 'acme', text: 'one' });
  writePlugin(folder, code);
  await until(stateIs('failed'));
  writePlugin(folder, { 'plugin.json': manifest });
  t.ok(says('one')(await until(says('one'))));
});

t.test('a reload for one folder leaves another that is being copied alone', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': 'plugins: { dirs: [./plugins] }\n' });
  writePlugin(join(cwd, 'plugins/acme'), manifestOnly('acme'));
  const { host, until, report } = await openHost(t, cwd, { watch: true });
  await host.warm();
  let writes = 0;
  // Never at rest for long enough, until it is told to stop.
  const timer = setInterval(
    () => writePlugin(join(cwd, 'plugins/copying'), { [`file-${writes++}`]: 'x' }),
    20,
  );
  writePlugin(join(cwd, 'plugins/acme'), manifestOnly('acme', { name: 'Changed' }));
  await until((snapshot) => snapshot.plugins.get('acme')?.manifest.providers?.[0]?.name === 'Changed');
  t.equal(report('copying'), undefined);
  await until((snapshot) => snapshot.reports.some(({ id }) => id === 'copying'));
  clearInterval(timer);
  t.ok(writes >= 10, 'after at most 400 ms it is looked at all the same');
});

t.test(
  'events of one folder come together, and those of a folder that never rests come in time',
  async (t) => {
    const cwd = t.testdir({ plugins: { quiet: {}, busy: {} } });
    const due: string[] = [];
    const seen = new Map<string, () => void>();
    const watch = createWatch({
      quietMs: 50,
      maxMs: 200,
      onError: (error) => t.fail(String(error)),
      onDue(path) {
        due.push(path);
        seen.get(path)?.();
      },
    });
    t.teardown(() => watch.close());
    const dir = join(cwd, 'plugins');
    await watch.set({ dirs: [dir], files: [] });
    const wait = (path: string) => new Promise<void>((resolve) => seen.set(path, resolve));

    const quiet = wait(join(dir, 'quiet'));
    for (let index = 0; index < 20; index++) writeFileSync(join(dir, 'quiet', `file-${index}`), 'x');
    writeFileSync(join(dir, 'quiet/half.part'), 'x');
    await quiet;
    t.same(due, [join(dir, 'quiet')]);

    const busy = wait(join(dir, 'busy'));
    const began = performance.now();
    const timer = setInterval(() => writeFileSync(join(dir, 'busy', `${performance.now()}`), 'x'), 10);
    await busy;
    clearInterval(timer);
    t.ok(performance.now() - began >= 150, 'not at the first event');
  },
);
