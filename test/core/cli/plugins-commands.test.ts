import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { readFolderCandidate } from '../../../core/cli/candidate.ts';
import { openPlugins } from '../../../core/cli/open-plugins.ts';
import { buildEntry } from '../../../core/plugins/accept.ts';
import { installFolder, removeFolder } from '../../../core/plugins/install.ts';
import { readFolder } from '../../../core/plugins/read-folder.ts';
import { manifestOnly, toyFiles, writePlugin } from '../../modules/toy.ts';
import { openHost } from '../plugins/open-host.ts';
import { tarOf } from '../plugins/tar-bytes.ts';
import { type CommandResult, runCommand } from './command.ts';
import { startRegistry } from './package-registry.ts';

const inFolder =
  (cwd: string, env: Record<string, string> = {}) =>
  (...argv: string[]): Promise<CommandResult> =>
    runCommand(['plugins', ...argv], { cwd, env });
const lockIn = (cwd: string) => JSON.parse(readFileSync(join(cwd, 'plugins.lock.json'), 'utf8'));

t.test('add shows what a plugin may do, and does nothing unless somebody agrees', async (t) => {
  const cwd = t.testdir();
  writePlugin(join(cwd, 'made/acme'), manifestOnly('acme'));
  const run = inFolder(cwd);
  const [unasked, dry] = await Promise.all([
    run('add', 'made/acme'),
    run('add', 'made/acme', '--dry-run', '--json'),
  ]);
  t.equal(unasked.status, 1);
  t.match(unasked.stdout, /^acme 1\.0\.0: new, unsigned\n {2}may call api\.acme\.test\n {2}has no code\n/);
  t.match(unasked.stderr, /nothing was changed: there is no terminal to ask on\n.*--yes/);
  t.equal(dry.status, 0);
  t.match(JSON.parse(dry.stdout), {
    installed: false,
    change: { id: 'acme', change: 'new', granted: ['call api.acme.test'], origin: 'unsigned' },
  });
  t.same(readdirSync(cwd), ['made'], 'nothing was written');
});

t.test('add, verify, lock and remove keep folder and lock together, under a running gateway', async (t) => {
  const cwd = t.testdir({
    'gateway.yaml': 'plugins: { mode: locked }\nproviders: { acme: {} }\n',
    plugins: {},
  });
  writePlugin(join(cwd, 'made/acme'), toyFiles({ id: 'acme' }));
  writeFileSync(join(cwd, 'made/acme/.env'), 'SECRET=1');
  const run = inFolder(cwd);
  const { host, lines, until } = await openHost(t, cwd, { watch: true });
  await host.warm();
  const from = lines.length;

  const added = await run('add', 'made/acme', '--trust', 'inline', '--yes');
  t.equal(added.status, 0, added.stderr);
  t.match(added.stderr, /list it under providers|^$/);
  await until((snapshot) => snapshot.plugins.get('acme')?.module?.tier === 'inline');
  t.same(
    lines
      .slice(from)
      .filter(({ level }) => level === 'warn' || level === 'error')
      .map(({ message }) => message),
    [],
    'taken up in one step',
  );
  t.same(readdirSync(join(cwd, 'plugins')), ['acme'], 'nothing is left of the way there');
  t.same(
    readdirSync(join(cwd, 'plugins/acme')),
    ['plugin.json', 'src'],
    'what no plugin is made of stays behind',
  );
  t.match(lockIn(cwd).plugins.acme, {
    version: '1.0.0',
    source: './made/acme',
    trust: 'inline',
    acceptedAt: /^20/,
  });

  writePlugin(join(cwd, 'plugins/acme'), manifestOnly('acme', {}, { version: '1.1.0' }));
  const [verified, planned, trusted] = await Promise.all([
    run('verify', '--json'),
    run('lock', '--dry-run'),
    run('trust', 'acme', 'worker', '--yes'),
  ]);
  t.match(
    [trusted.status, trusted.stderr],
    [
      1,
      /acme is not what was accepted \(plugin\.json\): its trust is not for these files\n.*plugins lock acme/,
    ],
  );
  t.equal(verified.status, 1);
  t.match(
    JSON.parse(verified.stdout).find(({ id }: { id: string }) => id === 'acme'),
    {
      result: 'refused',
      origin: 'modified',
      code: 'GW_PLUGIN_PERMISSION',
      reason: /also wants to call api\.acme\.test/,
    },
  );
  t.equal(planned.status, 0);
  t.match(
    planned.stdout,
    /^acme 1\.1\.0 \(was 1\.0\.0\): changed, unsigned\n {2}may now also call api\.acme\.test\n/,
  );
  t.match(planned.stdout, /changed: plugin\.json/);
  t.equal((await run('lock', 'acme', '--yes')).status, 0);
  t.equal((await run('verify')).status, 0);

  const removed = await run('remove', 'acme', '--yes');
  t.equal(removed.status, 0);
  t.match(removed.stderr, /gateway\.yaml still names it: providers\.acme/);
  await until((snapshot) => !snapshot.plugins.has('acme'));
  t.same(readdirSync(join(cwd, 'plugins')), []);
  t.same(lockIn(cwd).plugins, {});
});

t.test('a package comes from npm as data: none of its scripts run', async (t) => {
  const cwd = t.testdir({ marks: {} });
  const touch = `node -e "require('fs').writeFileSync('${join(cwd, 'marks/ran')}','')"`;
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'prepack', 'postpack'];
  const scripts = Object.fromEntries(hooks.map((name) => [name, touch]));
  const files = {
    ...manifestOnly('acme'),
    'package.json': JSON.stringify({ name: 'dragoman-plugin-acme', version: '1.0.0', scripts }),
  };
  const archive = (more: Parameters<typeof tarOf>[0] = []): Buffer =>
    gzipSync(
      tarOf([
        ...Object.entries(files).map(([path, content]) => ({ path: `package/${path}`, content })),
        ...more,
      ]),
    );
  const registry = await startRegistry(t, 'dragoman-plugin-acme', archive());
  const npm = { npm_config_registry: registry.url, npm_config_cache: join(cwd, '.npm') };
  const run = inFolder(cwd, npm);
  writeFileSync(join(cwd, 'slip.tgz'), archive([{ path: 'package/../../slipped', content: 'x' }]));
  writeFileSync(
    join(cwd, 'groq.tgz'),
    gzipSync(tarOf(Object.entries(manifestOnly('groq')).map(([path, content]) => ({ path, content })))),
  );

  const rude = { ...manifestOnly('rude'), 'plugin.json': '{"id":"rude","\\u001b[2J\\u202e":1}' };
  writePlugin(join(cwd, 'rude'), rude);

  const [escapes, added, missing, slip, bundled, strange] = await Promise.all([
    run('add', './rude', '--yes'),
    run('add', 'dragoman-plugin-acme@1.0.0', '--yes', '--json'),
    run('add', 'dragoman-plugin-none', '--yes'),
    run('add', 'slip.tgz', '--yes'),
    run('add', 'groq.tgz', '--yes'),
    run('add', 'acme@git+ssh://evil.test/x', '--yes'),
  ]);
  t.equal(added.status, 0, added.stderr);
  t.match(JSON.parse(added.stdout), { installed: true, change: { id: 'acme' } });
  t.match(lockIn(cwd).plugins.acme, { source: 'npm:dragoman-plugin-acme@1.0.0', trust: 'sandbox' });
  t.same(readdirSync(join(cwd, 'marks')), []);
  t.ok(registry.asked.includes('/archive.tgz'));

  t.match([escapes.status, escapes.stderr], [1, /GW_PLUGIN_MANIFEST_INVALID/]);
  t.notMatch(escapes.stderr, /(?!\n)[\p{Cc}\p{Cf}]/u, 'what a manifest holds does nothing to the terminal');
  t.match([missing.status, missing.stderr], [1, /npm could not fetch dragoman-plugin-none: .*404/]);
  t.match([slip.status, slip.stderr], [1, /slip\.tgz is refused: "package\/\.\.\/\.\.\/slipped" leads out/]);
  t.match(
    [bundled.status, bundled.stderr],
    [1, /groq ships with the gateway, and nothing is installed over it/],
  );
  t.match([strange.status, strange.stderr], [1, /no such folder or archive, and it is no package's name/]);
  t.notOk(existsSync(join(cwd, 'slipped')) || existsSync(join(cwd, 'plugins/groq')));
});

t.test('an author signs, an operator trusts the key, and sees it', async (t) => {
  const cwd = t.testdir();
  const folder = join(cwd, 'plugins/acme');
  writePlugin(folder, toyFiles({ id: 'acme' }));
  const run = inFolder(cwd);
  const made = await run('keygen', 'acme.key', '--json');
  const { publicKey, keyId } = JSON.parse(made.stdout);
  t.equal(lstatSync(join(cwd, 'acme.key')).mode & 0o777, 0o600);
  writeFileSync(join(folder, 'inside.key'), readFileSync(join(cwd, 'acme.key')));
  const [again, printed, inside] = await Promise.all([
    run('keygen', 'acme.key'),
    run('sign', 'plugins/acme', '--print'),
    run('sign', 'plugins/acme', '--key', 'plugins/acme/inside.key'),
  ]);
  t.match([again.status, again.stderr], [1, /acme\.key is there already/]);
  t.match([inside.status, inside.stderr], [1, /lies in the folder it is to sign/]);
  // The tool anybody has reads the very list that is signed.
  const checked = spawnSync('sha256sum', ['--check', '--strict'], { cwd: folder, input: printed.stdout });
  if (checked.error === undefined) t.equal(checked.status, 0, String(checked.stdout));

  t.equal((await run('sign', 'plugins/acme', '--key', 'acme.key')).status, 0);
  writeFileSync(
    join(cwd, 'gateway.yaml'),
    JSON.stringify({ plugins: { trustedKeys: { us: publicKey }, requireSignature: true } }),
  );
  const trusted = await run('trust', 'acme', 'worker', '--yes');
  t.match(
    [trusted.status, trusted.stdout],
    [0, /new, signed by us, whose key you trust\n[\s\S]*runs in a worker/],
  );
  t.match(lockIn(cwd).plugins.acme, { trust: 'worker', signer: publicKey });
  const listed = await run('--json');
  t.match(
    JSON.parse(listed.stdout).find(({ id }: { id: string }) => id === 'acme'),
    { state: 'on', tier: 'worker', origin: 'signed-trusted', signer: 'us' },
  );

  writeFileSync(join(folder, 'src/text.ts'), 'export const text = "evil";\n');
  writeFileSync(join(cwd, 'gateway.yaml'), JSON.stringify({ plugins: { trust: { acme: 'sandbox' } } }));
  const [verified, elsewhere] = await Promise.all([
    run('verify', 'acme'),
    run('trust', 'acme', 'inline', '--yes'),
  ]);
  const locked = await run('lock', '--yes');
  t.match([verified.status, verified.stdout], [1, new RegExp(`acme .* refused +modified \\(${keyId}\\)`)]);
  t.match(
    [locked.status, locked.stderr],
    [0, ''],
    'without the key nobody can tell, and the operator may accept it',
  );
  t.match([elsewhere.status, elsewhere.stderr], [1, /gateway\.yaml says plugins\.trust\.acme: sandbox/]);
});

t.test(
  'commands that run at once do not undo each other, and none writes over what it did not show',
  async (t) => {
    const cwd = t.testdir({ 'gateway.yaml': '{}\n' });
    for (const id of ['acme', 'other']) writePlugin(join(cwd, 'plugins', id), manifestOnly(id));
    const file = { config: join(cwd, 'gateway.yaml') };
    const [one, two, late] = [await openPlugins(file), await openPlugins(file), await openPlugins(file)];
    const entryOf = async (id: string, place: typeof one) => {
      const folder = place.dropped.find((each) => each.id === id);
      if (folder === undefined) throw new Error(id);
      return buildEntry(await readFolderCandidate(place, folder));
    };
    (await one.draft(new Map([['acme', await entryOf('acme', one)]]))).put();
    (await two.draft(new Map([['other', await entryOf('other', two)]]))).put();
    t.same(Object.keys(lockIn(cwd).plugins), ['acme', 'other']);
    await t.rejects(late.draft(new Map([['acme', undefined]])), /was changed meanwhile; nothing was done/);
    t.same(readdirSync(cwd).sort(), ['gateway.yaml', 'plugins', 'plugins.lock.json']);
  },
);

t.test('an installation that fails leaves everything as it was', async (t) => {
  const dir = t.testdir();
  writePlugin(join(dir, 'new'), manifestOnly('acme', {}, { version: '2.0.0' }));
  const content = readFolder('acme', join(dir, 'new'));
  const plugins = join(dir, 'plugins');
  const version = () => JSON.parse(readFileSync(join(plugins, 'acme/plugin.json'), 'utf8')).version;

  installFolder(plugins, 'acme', content).undo();
  t.same(readdirSync(plugins), []);
  writePlugin(join(plugins, 'acme'), manifestOnly('acme'));
  installFolder(plugins, 'acme', content).undo();
  t.equal(version(), '1.0.0');
  // Its files and its hash do not agree: what was shown is not what would be written.
  t.throws(() => installFolder(plugins, 'acme', { ...content, hash: '0'.repeat(64) }), /does not hold/);
  t.equal(version(), '1.0.0');
  removeFolder(join(plugins, 'acme')).undo();
  t.equal(version(), '1.0.0');
  t.same(readdirSync(plugins), ['acme']);
  installFolder(plugins, 'acme', content).keep();
  t.equal(version(), '2.0.0');
  t.same(readdirSync(plugins), ['acme']);

  mkdirSync(join(dir, 'linked'));
  symlinkSync(join(dir, 'new'), join(dir, 'linked/acme'));
  t.throws(() => installFolder(join(dir, 'linked'), 'acme', content), /is a link to another folder/);
  removeFolder(join(dir, 'linked/acme')).keep();
  t.ok(existsSync(join(dir, 'new/plugin.json')), 'of a link only the link goes');
});
