import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Bundled } from '../../../core/plugins/bundled.ts';
import { readFolder } from '../../../core/plugins/read-folder.ts';
import type { Snapshot } from '../../../core/plugins/snapshot.ts';
import { createInlineRunner } from '../../../core/translate/inline-runner.ts';
import type { ModuleRef } from '../../../core/translate/runner.ts';
import { dialectFiles, manifestOnly, toyFiles, writePlugin } from '../../modules/toy.ts';
import { answerOf, openHost } from './open-host.ts';

const inline = (...ids: string[]) => `plugins: { trust: { ${ids.map((id) => `${id}: inline`).join(', ')} } }
providers: { ${ids.map((id) => `${id}: {}`).join(', ')} }
`;

t.test('a folder is a plugin, and the whole of it is replaced at once', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': inline('acme') });
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', text: 'one' }));
  const { host, lines } = await openHost(t, cwd);
  const lease = host.registry.lease();
  t.equal(answerOf(lease.snapshot, 'acme'), 'one');

  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', version: '1.1.0', text: 'two' }));
  t.match(await host.reload('test'), { outcome: 'swapped', changes: ['plugin acme 1.1.0 was replaced'] });
  t.equal(answerOf(host.registry.current, 'acme'), 'two');
  t.equal(answerOf(lease.snapshot, 'acme'), 'one', 'a request that began before sees what it began with');
  t.ok(existsSync(lease.snapshot.plugins.get('acme')?.module?.file ?? ''), 'and its file is still there');
  lease.release();
  await host.reload('its turn comes after the clearing up');
  t.match(lines.at(-2), { level: 'info', message: 'plugin acme 1.1.0 was replaced' });
  const copies = (): string[] => readdirSync(join(host.dataDir, 'plugins'));
  const idOf = (snapshot: Snapshot): string => snapshot.plugins.get('acme')?.module?.id ?? '';
  const [first, second] = [idOf(lease.snapshot), idOf(host.registry.current)];
  t.same(copies().toSorted(), [first, second].toSorted(), 'what is in use, and the version to go back to');
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', version: '1.2.0', text: 'three' }));
  await host.reload('test');
  await host.reload('its turn comes after the clearing up');
  t.same(
    copies().toSorted(),
    [second, idOf(host.registry.current)].toSorted(),
    'a copy nobody needs is gone',
  );
});

t.test(
  'a configuration that is gone or empty is a save that was cut short: what is in use stays',
  async (t) => {
    const cwd = t.testdir({ 'gateway.yaml': inline('acme') });
    const file = join(cwd, 'gateway.yaml');
    const { host } = await openHost(t, cwd);
    const { settings } = host.registry.current;
    for (const [spoil, message] of [
      [() => writeFileSync(file, '\n'), /^is empty; \{\} in it/],
      [() => rmSync(file), /^does not exist$/],
    ] as const) {
      spoil();
      t.match(await host.reload('test'), { outcome: 'failed', problems: [{ message, severity: 'error' }] });
      t.equal(host.registry.current.settings, settings);
    }
    writeFileSync(file, '{}\n');
    t.equal((await host.reload('test')).outcome, 'swapped');
  },
);

t.test('nothing is swapped when nothing differs', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': inline('acme') });
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme' }));
  const { host } = await openHost(t, cwd);
  const before = host.registry.current;
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme' }));
  writeFileSync(join(cwd, 'plugins/acme/.notes'), 'an editor was here');
  writeFileSync(join(cwd, 'plugins/acme/src/index.ts~'), 'and left this');
  t.match(await host.reload('test'), { outcome: 'unchanged', generation: 1, changes: [] });
  t.equal(host.registry.current, before);
});

const broken: { name: string; files: Record<string, string>; code: string; message: RegExp }[] = [
  {
    name: 'broken JSON',
    files: { 'plugin.json': '{ "id": "acme",\n  nope' },
    code: 'GW_PLUGIN_MANIFEST_INVALID',
    message: /plugin\.json is not valid: 2:\d+/,
  },
  {
    name: 'a manifest with a slip',
    files: toyFiles({ id: 'acme', manifest: { permisions: {} } }),
    code: 'GW_PLUGIN_MANIFEST_INVALID',
    message: /\d+:3 \/permisions unknown key; did you mean 'permissions'\?/,
  },
  {
    name: 'an id that is not the folder',
    files: toyFiles({ id: 'acme', manifest: { id: 'other' } }),
    code: 'GW_PLUGIN_MANIFEST_INVALID',
    message: /\/id is 'other', but the folder is named 'acme'/,
  },
  {
    name: 'code with a syntax error',
    files: { 'src/index.ts': 'export default {;' },
    code: 'GW_PLUGIN_LOAD',
    message: /src\/index\.ts:1:17: Expected identifier/,
  },
  {
    name: 'code that throws when it is loaded',
    files: { 'src/index.ts': 'throw new Error("no luck today");' },
    code: 'GW_PLUGIN_LOAD',
    message: /no luck today/,
  },
  {
    name: 'code that throws something that is no error',
    files: { 'src/index.ts': 'throw 7;' },
    code: 'GW_PLUGIN_LOAD',
    message: /it threw 7/,
  },
  {
    name: 'code without a default export',
    files: { 'src/index.ts': 'export const plugin = {};' },
    code: 'GW_PLUGIN_LOAD',
    message: /no default export/,
  },
  {
    name: 'code that lacks what the manifest declares',
    files: { 'src/index.ts': 'export default { locals: { acme: {} } };' },
    code: 'GW_PLUGIN_LOAD',
    message: /lacks what the manifest declares: locals\.acme\.respond/,
  },
  {
    name: 'code that imports a built-in of Node.js',
    files: {
      'src/index.ts':
        'import fs from "node:fs"; export default { locals: { acme: { respond: fs.readFileSync } } };',
    },
    code: 'GW_PLUGIN_LOAD',
    message: /src\/index\.ts:1:\d+: it imports 'node:fs', a Node\.js built-in/,
  },
  {
    name: 'code that imports a package',
    files: { 'src/index.ts': 'import undici from "undici"; export default undici;' },
    code: 'GW_PLUGIN_LOAD',
    message: /it imports 'undici', a package/,
  },
  {
    name: 'code that imports a file outside its folder',
    files: { 'src/index.ts': 'export * from "../../../elsewhere.ts";' },
    code: 'GW_PLUGIN_LOAD',
    message: /it imports \.\.\/\.\.\/\.\.\/elsewhere\.ts, which is outside its folder/,
  },
  {
    name: 'a gateway it does not fit',
    files: toyFiles({ id: 'acme', manifest: { engines: { dragoman: '^99.0.0' } } }),
    code: 'GW_PLUGIN_INCOMPATIBLE',
    message: /it needs dragoman \^99\.0\.0/,
  },
  {
    name: 'a later version of the manifest',
    files: toyFiles({ id: 'acme', manifest: { apiVersion: '2' } }),
    code: 'GW_PLUGIN_INCOMPATIBLE',
    message: /it has apiVersion "2", this gateway reads "1"/,
  },
];

for (const { name, files, code, message } of broken) {
  t.test(`${name} keeps the previous version, touches no other plugin, and can be repaired`, async (t) => {
    const cwd = t.testdir({ 'gateway.yaml': inline('acme', 'other') });
    writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme' }));
    writePlugin(join(cwd, 'plugins/other'), toyFiles({ id: 'other', text: 'other' }));
    const { host, report, lines } = await openHost(t, cwd);
    const other = host.registry.current.plugins.get('other');

    writePlugin(join(cwd, 'plugins/acme'), files);
    await host.reload('test');
    t.match(report('acme'), { state: 'previous', version: '1.0.0', code, reason: message });
    t.equal(answerOf(host.registry.current, 'acme'), 'one');
    t.equal(host.registry.current.plugins.get('other'), other);
    t.equal(lines.filter((line) => line.level === 'warn' && message.test(line.message)).length, 1);

    t.match(await host.reload('again'), { outcome: 'unchanged' }, 'and it is said once');

    rmSync(join(cwd, 'plugins/acme'), { recursive: true });
    writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', version: '2.0.0', text: 'two' }));
    await host.reload('test');
    t.match(report('acme'), { state: 'on', version: '2.0.0', code: undefined });
    t.equal(answerOf(host.registry.current, 'acme'), 'two');
  });
}

t.test('a plugin that never worked is reported and everything else runs', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': inline('acme', 'other') });
  writePlugin(join(cwd, 'plugins/acme'), { 'plugin.json': '[]' });
  writePlugin(join(cwd, 'plugins/other'), toyFiles({ id: 'other' }));
  const { host, report } = await openHost(t, cwd);
  t.match(report('acme'), { state: 'failed', tier: 'none', version: '' });
  t.match(report('other'), { state: 'on', tier: 'inline' });
  t.match(
    host.registry.current.providerReports.find(({ name }) => name === 'acme'),
    { state: 'failed', reason: "no loaded plugin has a provider 'acme'" },
  );
});

t.test('a folder that lost its manifest keeps its plugin; one that is gone takes it along', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': inline('acme') });
  const folder = join(cwd, 'plugins/acme');
  writePlugin(folder, toyFiles({ id: 'acme' }));
  const { host, report } = await openHost(t, cwd);
  rmSync(join(folder, 'plugin.json'));
  await host.reload('test');
  t.match(report('acme'), { state: 'previous', reason: /there is no plugin\.json/ });
  rmSync(folder, { recursive: true });
  t.match(await host.reload('test'), {
    changes: [
      'plugin acme is gone',
      "provider acme is not on: no loaded plugin has a provider 'acme'",
      /trust/,
    ],
  });
  t.equal(report('acme'), undefined);
  t.equal(host.registry.current.providers.has('acme'), false);
});

t.test('code that does not ship with the gateway is for the sandbox, whatever else it says', async (t) => {
  const cwd = t.testdir();
  writePlugin(
    join(cwd, 'plugins/acme'),
    toyFiles({ id: 'acme', code: `globalThis.acmeWasRun = true;\nexport default {};` }),
  );
  const asked: string[] = [];
  const describe = ({ tier }: ModuleRef): Promise<Record<string, string[]>> => {
    asked.push(tier);
    return Promise.resolve({ 'provider:acme': ['respond'] });
  };
  const conform = () => Promise.resolve({ fixtures: 0 });
  const { report } = await openHost(t, cwd, {
    makeRunner: () => ({ ...createInlineRunner(), describe, conform }),
  });
  t.same(asked, ['sandbox']);
  t.match(report('acme'), { state: 'on', tier: 'sandbox' });
  t.equal('acmeWasRun' in globalThis, false, 'it is not even imported on this thread');
});

t.test(
  'what is no longer trusted goes to the sandbox, and its previous version does not run on',
  async (t) => {
    const cwd = t.testdir({ 'gateway.yaml': inline('acme') });
    writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme' }));
    const { host, report } = await openHost(t, cwd);
    t.match(report('acme'), { state: 'on', tier: 'inline' });
    writeFileSync(join(cwd, 'gateway.yaml'), 'providers: { acme: {} }\n');
    await host.reload('test');
    t.match(report('acme'), { state: 'failed', tier: 'none', reason: /locals\.acme\.respond/ });
    t.equal(host.registry.current.plugins.has('acme'), false);
  },
);

t.test('two folders with one id: the first stays, and the second is told', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': 'plugins: { dirs: [./a, ./b] }\n' });
  writePlugin(join(cwd, 'a/acme'), manifestOnly('acme'));
  writePlugin(join(cwd, 'b/acme'), manifestOnly('acme', { name: 'Second' }));
  const { host } = await openHost(t, cwd);
  const states = host.registry.current.reports.map(({ directory, state }) => [directory, state]);
  t.same(states, [
    [join(cwd, 'a/acme'), 'on'],
    [join(cwd, 'b/acme'), 'conflict'],
  ]);
});

const clashes: [string, Record<string, string>, RegExp][] = [
  ['a dialect id', dialectFiles('beta', 'toy-chat'), /the dialect id 'toy-chat' is already that of .*alpha/],
  [
    'a route, whatever its segments are called',
    dialectFiles('beta', 'beta-chat', {
      dialects: [
        {
          id: 'beta-chat',
          name: 'x',
          roles: ['inbound'],
          framing: 'sse',
          routes: [{ operation: 'chat', method: 'POST', path: '/m/{other}', model: 'path.other' }],
        },
      ],
    }),
    /the route POST \/m\/\{other\} is already that of .*alpha/,
  ],
  [
    'a provider id',
    manifestOnly('beta', { id: 'gamma' }),
    /the provider id 'gamma' is already that of .*alpha/,
  ],
];
for (const [name, files, message] of clashes) {
  t.test(
    `two plugins cannot have ${name}: what runs stays, the newcomer waits until it is free`,
    async (t) => {
      const cwd = t.testdir({ 'gateway.yaml': 'plugins: { trust: { alpha: inline, beta: inline } }\n' });
      const alpha = dialectFiles('alpha', 'toy-chat', {
        providers: JSON.parse(manifestOnly('gamma')['plugin.json'] ?? '').providers,
        permissions: { hosts: ['api.gamma.test'] },
        dialects: [
          {
            id: 'toy-chat',
            name: 'x',
            roles: ['inbound', 'outbound'],
            framing: 'sse',
            routes: [{ operation: 'chat', method: 'POST', path: '/m/{model}', model: 'path.model' }],
          },
        ],
      });
      writePlugin(join(cwd, 'plugins/alpha'), alpha);
      const { host, report } = await openHost(t, cwd);
      // Whichever comes first by name: what is running has the right of way.
      writePlugin(join(cwd, 'plugins/beta'), {
        ...files,
        'plugin.json': (files['plugin.json'] ?? '').replaceAll('api.beta.test', 'api.gamma.test'),
      });
      await host.reload('test');
      t.match(report('alpha'), { state: 'on' });
      t.match(report('beta'), { state: 'conflict', code: 'GW_PLUGIN_CONFLICT', reason: message });
      rmSync(join(cwd, 'plugins/alpha'), { recursive: true });
      await host.reload('test');
      t.match(report('beta'), { state: 'on' });
    },
  );
}

t.test('what ships with the gateway gives way only to what the operator names', async (t) => {
  const cwd = t.testdir();
  writePlugin(join(cwd, 'bundled/acme'), manifestOnly('acme'));
  writePlugin(join(cwd, 'plugins/acme'), manifestOnly('acme', { name: 'Mine' }));
  const { host } = await openHost(t, cwd);
  const inUse = () => host.registry.current.plugins.get('acme')?.directory;
  t.equal(inUse(), join(cwd, 'bundled/acme'));
  writeFileSync(join(cwd, 'gateway.yaml'), 'plugins: { trust: { acme: worker } }\n');
  await host.reload('test');
  t.equal(inUse(), join(cwd, 'plugins/acme'));
});

t.test('shipped files that were changed do not load from a package, and do in a clone', async (t) => {
  const cwd = t.testdir();
  writePlugin(join(cwd, 'bundled/acme'), manifestOnly('acme'));
  const directory = join(cwd, 'bundled');
  const { hashes } = readFolder('acme', join(directory, 'acme'));
  const stateWith = async (shipped: Bundled['hashes']) => {
    const { report } = await openHost(t, cwd, { bundled: { directory, hashes: shipped } });
    return report('acme');
  };
  t.match(await stateWith(null), { state: 'on' });
  t.match(await stateWith({ acme: hashes }), { state: 'on' });
  t.match(await stateWith({ acme: { 'plugin.json': 'f'.repeat(64) } }), {
    state: 'conflict',
    reason: /is not what was shipped \(plugin\.json changed since it was shipped\)/,
  });
  t.match(await stateWith({ acme: { ...hashes, 'dist/index.js': 'f'.repeat(64) } }), {
    state: 'conflict',
    reason: /dist\/index\.js is missing/,
  });
  t.match(await stateWith({}), { state: 'conflict' });
});

t.test('a link that leaves the folder is refused, one inside it is a file', async (t) => {
  const cwd = t.testdir({ 'secret.txt': 'top secret', 'gateway.yaml': inline('acme', 'good') });
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme' }));
  symlinkSync(join(cwd, 'secret.txt'), join(cwd, 'plugins/acme/data.json'));
  writePlugin(join(cwd, 'plugins/good'), toyFiles({ id: 'good' }));
  symlinkSync('./text.ts', join(cwd, 'plugins/good/src/same.ts'));
  const { report } = await openHost(t, cwd);
  t.match(report('acme'), {
    state: 'failed',
    code: 'GW_PLUGIN_INTEGRITY',
    reason: /data\.json is a link that leaves the folder/,
  });
  t.match(report('good'), { state: 'on' });
});

t.test('a plugin folder may itself be a link, and what it points to may change', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': inline('acme') });
  writePlugin(join(cwd, 'v1/acme'), toyFiles({ id: 'acme', text: 'one' }));
  writePlugin(join(cwd, 'v2/acme'), toyFiles({ id: 'acme', text: 'two' }));
  mkdirSync(join(cwd, 'plugins'));
  symlinkSync(join(cwd, 'v1/acme'), join(cwd, 'plugins/acme'));
  const { host } = await openHost(t, cwd);
  t.equal(answerOf(host.registry.current, 'acme'), 'one');
  rmSync(join(cwd, 'plugins/acme'));
  symlinkSync(join(cwd, 'v2/acme'), join(cwd, 'plugins/acme'));
  await host.reload('test');
  t.equal(answerOf(host.registry.current, 'acme'), 'two');
});

t.test('a broken gateway.yaml keeps the settings of before, and plugins still change', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': inline('acme') });
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme' }));
  const { host, lines } = await openHost(t, cwd);
  const { settings } = host.registry.current;
  writeFileSync(join(cwd, 'gateway.yaml'), 'sever: {}\n');
  t.match(await host.reload('test'), {
    outcome: 'failed',
    problems: [{ path: 'sever', suggestion: 'server' }],
  });
  t.equal(host.registry.current.settings, settings);
  t.match(lines.at(-1), { level: 'error', message: /gateway\.yaml is not valid/ });
  writePlugin(join(cwd, 'plugins/acme'), toyFiles({ id: 'acme', text: 'two' }));
  t.match(await host.reload('test'), { outcome: 'swapped' });
  t.equal(answerOf(host.registry.current, 'acme'), 'two');

  const told = { level: 'info', message: 'the configuration was read again and is in use' };
  writeFileSync(join(cwd, 'gateway.yaml'), inline('acme'));
  await host.reload('test');
  t.match(lines.at(-1), told, 'whoever mends the file is told, though nothing is different');
  const before = lines.length;
  await host.reload('test');
  t.equal(lines.length, before, 'and not again when it was not touched');
  writeFileSync(join(cwd, 'gateway.yaml'), `${inline('acme')}routes: [{ model: quick, to: [acme/x] }]\n`);
  await host.reload('test');
  t.match(lines.at(-2), told, 'nor in silence when it was');
});

t.test('a gateway.yaml that is broken at the start is an error with every problem', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': 'sever: {}\ntranslation: { loss: no }\n' });
  await t.rejects(openHost(t, cwd), {
    code: 'GW_CONFIG_INVALID',
    message: /sever: unknown key[\s\S]*loss: must be one of/,
  });
});

t.test('a bundled folder that is edited runs from a copy from then on', async (t) => {
  const cwd = t.testdir();
  const folder = join(cwd, 'bundled/acme');
  writePlugin(folder, { ...toyFiles({ id: 'acme' }), 'package.json': '{ "type": "module" }' });
  const plain = toyFiles({
    id: 'acme',
    code: "import { text } from './text.ts';\nexport default { locals: { acme: { respond: () => ({ output: [{ type: 'part-delta', index: 0, delta: { type: 'text', text } }] }) } } };\n",
  });
  writePlugin(folder, plain);
  const { host } = await openHost(t, cwd);
  t.match(host.registry.current.plugins.get('acme')?.module, {
    format: 'esm',
    tier: 'inline',
    checked: false,
  });
  t.equal(
    answerOf(host.registry.current, 'acme'),
    'one',
    'it is on by itself: it is local and ships with the gateway',
  );
  writeFileSync(join(folder, 'src/text.ts'), "export const text = 'two';\n");
  await host.reload('test');
  t.match(host.registry.current.plugins.get('acme')?.module, { format: 'cjs' });
  t.equal(answerOf(host.registry.current, 'acme'), 'two');
});

t.test('warm makes copies of bundled code, so that a later thread runs what this one runs', async (t) => {
  const cwd = t.testdir();
  const code =
    "export default { locals: { acme: { respond: () => ({ output: [{ type: 'part-delta', index: 0, delta: { type: 'text', text: 'hi' } }] }) } } };\n";
  writePlugin(join(cwd, 'bundled/acme'), {
    ...toyFiles({ id: 'acme', code }),
    'package.json': '{ "type": "module" }',
  });
  const { host } = await openHost(t, cwd);
  const before = host.registry.current.plugins.get('acme')?.module;
  await host.warm();
  const after = host.registry.current.plugins.get('acme')?.module;
  t.equal(after?.id, before?.id);
  t.equal(after?.exports, before?.exports, 'the loaded functions stay');
  t.equal(after?.file, join(host.dataDir, 'plugins', after?.id ?? '', '.module.cjs'));
  t.ok(existsSync(after?.file ?? ''));
});
