import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfig, requireSettings } from '../../../core/config/load.ts';
import { GatewayError } from '../../../core/errors/gateway-error.ts';
import { loadYaml, writeFiles } from './temp-folder.ts';

t.test('without a file the defaults hold, and the file is watched all the same', async (t) => {
  const cwd = t.testdir();
  const config = await loadConfig({ cwd, env: {} });
  t.match(config, { file: null, problems: [], dataDir: join(cwd, '.dragoman') });
  t.match(config.settings, {
    server: {
      host: '127.0.0.1',
      port: 8317,
      drainSeconds: 30,
      maxBodyMb: 32,
      maxUploadMb: 512,
      keepAliveSeconds: 15,
      cors: [],
    },
    plugins: { dirs: [join(cwd, 'plugins')], mode: 'drop-in', trust: {}, config: {} },
    keys: [],
    providers: undefined,
    routes: [],
    translation: { inlineBelowKb: 32, loss: 'warn', askUsage: false },
    observe: { metrics: 'keys', bodies: false },
  });
  t.ok(config.watch.includes(join(cwd, 'gateway.yaml')));
  t.ok(config.watch.includes(join(cwd, '.env')));
});

t.test('an empty file is the defaults', async (t) => {
  const { settings } = await loadYaml(t.testdir(), '# nothing yet\n');
  t.equal(requireSettings({ ...(await loadYaml(t.testdir(), '')) }).server.port, 8317);
  t.equal(settings?.server.port, 8317);
});

t.test('a provider gets its defaults, and its name as the id it uses', async (t) => {
  const { settings } = await loadYaml(
    t.testdir(),
    'providers: { groq: {}, mine: { use: openai-compatible } }\n',
  );
  t.match(settings?.providers, {
    groq: {
      use: 'groq',
      enabled: true,
      allowPrivate: false,
      credentials: [],
      models: [],
      headers: {},
      timeouts: { connectMs: 10_000, idleMs: 300_000 },
      retries: 2,
      config: {},
    },
    mine: { use: 'openai-compatible' },
  });
});

t.test('a file that was asked for must exist', async (t) => {
  const cwd = t.testdir();
  const config = await loadConfig({ cwd, env: {}, file: 'other.yaml' });
  t.equal(config.settings, null);
  t.match(config.problems, [{ severity: 'error', file: join(cwd, 'other.yaml'), message: 'does not exist' }]);
  t.throws(() => requireSettings(config), { code: 'GW_CONFIG_INVALID', message: /does not exist/ });
});

t.test('a file larger than 1 MiB is not read', async (t) => {
  const { problems } = await loadYaml(t.testdir(), `# ${'x'.repeat(1024 * 1024)}\n`);
  t.match(problems, [{ message: 'is larger than 1 MiB' }]);
});

t.test('plugin folders and the state directory are relative to the file', async (t) => {
  const root = t.testdir();
  writeFiles(root, { 'etc/gateway.yaml': 'plugins: { dirs: [./mine, /abs/olute] }\n' });
  const config = await loadConfig({ cwd: root, env: {}, file: 'etc/gateway.yaml' });
  t.same(config.settings?.plugins.dirs, [join(root, 'etc/mine'), '/abs/olute']);
  t.equal(config.dataDir, join(root, 'etc/.dragoman'));
});

t.test('options beat the file', async (t) => {
  const cwd = t.testdir();
  const overrides = { host: '127.0.0.2', port: 0 };
  const config = await loadYaml(cwd, 'server: { port: 9, host: 127.0.0.1 }\n', {
    overrides,
    dataDir: 'state',
  });
  t.match(config.settings?.server, overrides);
  t.equal(config.dataDir, join(cwd, 'state'));
});

t.test('an option that is not given leaves the file alone', async (t) => {
  const config = await loadYaml(t.testdir(), 'server: { port: 9 }\n', {
    overrides: { host: '', port: undefined },
  });
  t.match(config.settings?.server, { host: '127.0.0.1', port: 9 });
});

t.test('a configuration may be given as a value', async (t) => {
  const good = await loadConfig({ cwd: t.testdir(), env: {}, value: { server: { port: 1 } } });
  t.equal(good.settings?.server.port, 1);
  const bad = await loadConfig({ cwd: t.testdir(), env: {}, value: { server: { prot: 1 } } });
  t.match(bad.problems, [{ path: 'server.prot', suggestion: 'port' }]);
  t.equal(bad.problems[0]?.line, undefined);
});

t.test('a literal key works, with one warning for all of them', async (t) => {
  const yaml =
    'keys: [{ name: a, key: 0123456789-abcdefghij }, { name: b, key: abcd-0123456789-efgh }]\nproviders: { x: { credentials: [{ key: short }] } }\n';
  const { settings, problems } = await loadYaml(t.testdir(), yaml);
  t.match(problems, [{ severity: 'warning', path: 'keys[0].key', message: /^3 keys stand in this file/ }]);
  t.equal(problems.length, 1);
  t.equal(settings?.keys[1]?.key.reveal(), 'abcd-0123456789-efgh');
  t.equal(settings?.providers?.x?.credentials[0]?.key?.reveal(), 'short');
  t.notMatch(JSON.stringify(settings), /0123456789|short/, 'and it is not printed');
});

t.test('the secret of AWS’s documentation is nobody’s', async (t) => {
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const yaml = `providers: { x: { credentials: [{ accessKeyId: AKIA1, secretAccessKey: ${secret} }] } }\n`;
  const { problems } = await loadYaml(t.testdir(), yaml);
  t.match(problems[0], { severity: 'error', message: 'is a sample key from documentation' });
});

t.test('of the keys of an AWS account, two are secret', async (t) => {
  const yaml =
    'providers: { x: { credentials: [{ accessKeyId: AKIA1, secretAccessKey: wJalr, sessionToken: IQoJ }] } }\n';
  const { settings, problems } = await loadYaml(t.testdir(), yaml);
  t.match(problems, [
    { path: 'providers.x.credentials[0].secretAccessKey', message: /^2 keys stand in this file/ },
  ]);
  const { aws, key } = settings?.providers?.x?.credentials[0] ?? {};
  t.equal(key, undefined);
  t.equal(aws?.accessKeyId, 'AKIA1');
  t.equal(aws?.secretAccessKey.reveal(), 'wJalr');
  t.equal(aws?.sessionToken?.reveal(), 'IQoJ');
  t.notMatch(JSON.stringify(settings), /wJalr|IQoJ/);
});

t.test('short and sample keys are refused', async (t) => {
  for (const key of [
    'fifteen-chars-x',
    'your-api-key-goes-here',
    'sk-xxxxxxxxxxxxxxxxxxxx',
    'change-me-please-now',
  ]) {
    const { settings } = await loadYaml(t.testdir(), `keys: [{ name: a, key: ${key} }]\n`);
    t.equal(settings, null, key);
  }
});

t.test('the fingerprint tells two configurations apart, and not two loads of one', async (t) => {
  const cwd = t.testdir();
  const first = await loadYaml(cwd, 'keys: [{ name: a, key: "${K}" }]\n', {
    env: { K: '0123456789abcdef-a' },
  });
  const again = await loadYaml(cwd, 'keys: [{ name: a, key: "${K}" }]\n', {
    env: { K: '0123456789abcdef-a' },
  });
  const other = await loadYaml(cwd, 'keys: [{ name: a, key: "${K}" }]\n', {
    env: { K: '0123456789abcdef-b' },
  });
  t.equal(first.fingerprint, again.fingerprint);
  t.not(first.fingerprint, other.fingerprint, 'a secret that changed counts');
});

t.test('what is missing from the environment has a code of its own', async (t) => {
  const config = await loadYaml(t.testdir(), 'server: { host: "${NOPE}" }\n');
  try {
    requireSettings(config);
    t.fail('it must throw');
  } catch (error) {
    t.ok(GatewayError.is(error) && error.code === 'GW_CONFIG_REFERENCE_MISSING');
    t.match(String(error), /NOPE is not set.*server\.host/);
  }
});

t.test('a directory in place of the file is said to be one', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': {} });
  const { problems } = await loadConfig({ cwd, env: {} });
  t.match(problems, [{ severity: 'error', message: 'is a folder, not a file' }]);
});

t.test('a file in another encoding is said to be none of UTF-8', async (t) => {
  const cwd = t.testdir();
  writeFileSync(join(cwd, 'gateway.yaml'), Buffer.from('server: { host: caf\u00e9 }', 'latin1'));
  t.match((await loadConfig({ cwd, env: {} })).problems, [{ severity: 'error', message: 'is not UTF-8' }]);
});

t.test('positions point into the file that was read', async (t) => {
  const cwd = t.testdir();
  writeFileSync(join(cwd, 'gateway.yaml'), 'providers:\n  x:\n    config: { a: 1 }\n');
  const { locate } = await loadConfig({ cwd, env: {} });
  t.same(locate(['providers', 'x', 'config', 'a'], 'key'), { line: 3, column: 15 });
  t.same(locate(['providers', 'x', 'config', 'a'], 'value'), { line: 3, column: 18 });
  t.same(locate(['providers', 'x', 'nothing', 'here'], 'value'), { line: 3, column: 5 });
});
