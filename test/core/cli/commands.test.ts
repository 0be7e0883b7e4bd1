import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { keyFileIn, runCommand, spawnCommand } from './command.ts';

const cwd = t.testdir();

t.test('--version is the version of the package', async (t) => {
  const { status, stdout } = await runCommand(['--version'], { cwd });
  const manifest = JSON.parse(readFileSync(new URL('../../../core/package.json', import.meta.url), 'utf8'));
  t.equal(status, 0);
  t.equal(stdout, `${manifest.version}\n`);
});

t.test('help names every command, and each command shows how it is used', async (t) => {
  const { status, stdout } = await runCommand(['--help'], { cwd });
  t.equal(status, 0);
  for (const name of ['start', 'init', 'check', 'plugins', 'doctor', 'keys', 'translate']) {
    t.match(stdout, new RegExp(`^ {2}${name}\\b`, 'm'));
    const help = await runCommand(['help', name], { cwd });
    t.equal(help.status, 0, name);
    t.match(help.stdout, `Usage: dragoman ${name}`);
  }
});

for (const [argv, message] of [
  [[], /Usage: dragoman/],
  [['strat'], /unknown command 'strat'\n\(Did you mean start\?\)/],
  [['start', '--prot', '1'], /unknown option '--prot'\n\(Did you mean --port\?\)/],
  [['start', '--port', 'http'], /'http' is invalid. A port is a number from 0 to 65535/],
  [['start', '--port', '65536'], /'65536' is invalid/],
  [['start', '--log-level', 'loud'], /'loud' is invalid. Allowed choices are error, warn, info, debug/],
  [['start', '--host', ''], /argument '' is invalid. It is empty/],
  [['start', 'now'], /too many arguments/],
  [['help', 'nope'], /^dragoman: unknown command 'nope'/],
  [['keys'], /Usage: dragoman keys/],
  [['keys', 'add'], /missing required argument 'NAME'/],
  [['translate', 'x.json', '--from', 'openai-chat'], /required option '--to <TARGET>' not specified/],
] as const) {
  t.test(`dragoman ${argv.join(' ')}: a wrong call exits with 2 and says what is wrong`, async (t) => {
    const { status, stdout, stderr } = await runCommand(argv, { cwd });
    t.equal(status, 2);
    t.equal(stdout, '');
    t.match(stderr, message);
    t.notMatch(stderr, /\bat .*:\d+:\d+/, 'no stack');
  });
}

t.test('keys are added, listed and revoked, and only the adding shows one', async (t) => {
  const cwd = t.testdir();
  const added = await runCommand(['keys', 'add', 'laptop'], { cwd });
  t.equal(added.status, 0);
  t.match(added.stdout, /^dgm_\w{43}\n$/, 'standard output is the key and nothing else');
  t.match(added.stderr, /shown once/);
  t.notMatch(readFileSync(keyFileIn(cwd), 'utf8'), added.stdout.trim());

  const again = await runCommand(['keys', 'add', 'laptop'], { cwd });
  t.equal(again.status, 1);
  t.match(again.stderr, /already has a key named 'laptop'\n {2}.*revoke laptop/);

  const listed = await runCommand(['keys', 'list', '--json'], { cwd });
  t.match(JSON.parse(listed.stdout), [
    { name: 'laptop', hint: added.stdout.slice(0, 8), created: /^\d{4}-/ },
  ]);
  t.notMatch(listed.stdout, added.stdout.trim());
  t.match((await runCommand(['keys', 'list'], { cwd })).stdout, /^NAME +KEY +CREATED\nlaptop +dgm_/);

  t.equal((await runCommand(['keys', 'revoke', 'laptop'], { cwd })).status, 0);
  const gone = await runCommand(['keys', 'revoke', 'laptop'], { cwd });
  t.equal(gone.status, 1);
  t.match(gone.stderr, /has no key named 'laptop'/);
  t.match((await runCommand(['keys', 'list'], { cwd })).stderr, /No keys/);
});

t.test('--json gives a new key to a program', async (t) => {
  const { status, stdout } = await runCommand(['keys', 'add', 'ci', '--json'], { cwd: t.testdir() });
  t.equal(status, 0);
  t.match(JSON.parse(stdout), { name: 'ci', key: /^dgm_/ });
});

t.test('keys lie beside the configuration, or where --data says', async (t) => {
  const cwd = t.testdir({ conf: { 'gateway.yaml': '' } });
  await runCommand(['keys', 'add', 'one', '--config', 'conf/gateway.yaml'], { cwd });
  t.ok(existsSync(keyFileIn(join(cwd, 'conf'))));
  await runCommand(['keys', 'add', 'one', '--data', 'state'], { cwd });
  t.ok(existsSync(join(cwd, 'state/keys.json')));
});

t.test('a name that could be an option, a path or a line is refused', async (t) => {
  const cwd = t.testdir();
  for (const name of ['a/b', 'a b', 'x'.repeat(65)]) {
    const { status, stderr } = await runCommand(['keys', 'add', name], { cwd });
    t.equal(status, 1);
    t.match(stderr, /cannot be a key's name/);
  }
  t.notOk(existsSync(keyFileIn(cwd)));
});

t.test(
  'a damaged key file is an error of one or two lines, with the stack only when asked for',
  async (t) => {
    const cwd = t.testdir({ '.dragoman': { 'keys.json': '{' } });
    const plain = await runCommand(['keys', 'list'], { cwd });
    t.equal(plain.status, 1);
    t.match(plain.stderr, /keys\.json.*it is not JSON.*\n {2}put back a copy, or move it away/);
    t.ok(plain.stderr.trim().split('\n').length <= 2, plain.stderr);
    const debug = await runCommand(['keys', 'list'], { cwd, env: { DRAGOMAN_DEBUG: '1' } });
    t.match(debug.stderr, /\n {4}at /);
  },
);

t.test('init writes a configuration that is valid, and never overwrites one', async (t) => {
  const cwd = t.testdir();
  const made = await runCommand(['init'], { cwd });
  t.equal(made.status, 0);
  const file = join(cwd, 'gateway.yaml');
  const [first = ''] = readFileSync(file, 'utf8').split('\n');
  const schema = first.replace('# yaml-language-server: $schema=', '');
  t.match(
    JSON.parse(readFileSync(join(cwd, schema), 'utf8')),
    { title: 'GatewayConfig' },
    'editors find the schema',
  );

  const checked = await runCommand(['check'], { cwd });
  t.equal(checked.status, 0);
  t.match(checked.stdout, 'gateway.yaml is valid.');

  const before = readFileSync(file, 'utf8');
  const again = await runCommand(['init'], { cwd });
  t.equal(again.status, 1);
  t.match(again.stderr, /exists already/);
  t.equal(readFileSync(file, 'utf8'), before);
});

t.test('every commented line of the template is valid too', async (t) => {
  const cwd = t.testdir();
  await runCommand(['init'], { cwd });
  const lines = readFileSync(join(cwd, 'gateway.yaml'), 'utf8').split('\n');
  const settings = lines.map((line) => line.replace(/^#(?=\w| {2})/, ''));
  writeFileSync(join(cwd, 'gateway.yaml'), settings.join('\n'));
  const env = {
    ANTHROPIC_API_KEY: 'sk-ant-1a2b3c4d5e6f',
    OPENAI_API_KEY: 'sk-1a2b3c4d5e6f7g8h',
    LAPTOP_GATEWAY_KEY: 'dgm_1a2b3c4d5e6f7g8h',
  };
  const { status, stdout } = await runCommand(['check'], { cwd, env });
  t.equal(status, 0, stdout);
  t.match(settings.join('\n'), /^routes:\n {2}- /m, 'the comments were indeed taken away');
});

t.test('check prints every problem with its place and what was meant, and exits with 1', async (t) => {
  const cwd = t.testdir({
    'gateway.yaml': 'server:\n  prot: 1\nkeys:\n  - { name: me, key: "${NOT_SET}" }\nprovidrs: {}\n',
  });
  const { status, stdout } = await runCommand(['check'], { cwd });
  t.equal(status, 1);
  const lines = stdout.trim().split('\n');
  t.match(lines, [
    /^gateway\.yaml:2:3: error: server\.prot: unknown key \(did you mean 'port'\?\)$/,
    /^gateway\.yaml:4:\d+: error: keys\[0\]\.key: .*NOT_SET/,
    /^gateway\.yaml:5:1: error: providrs: unknown key \(did you mean 'providers'\?\)$/,
    'gateway.yaml: 3 errors, 0 warnings.',
  ]);
  const json = await runCommand(['check', '--json'], { cwd });
  t.equal(json.status, 1);
  t.match(JSON.parse(json.stdout), [{ line: 2, column: 3, path: 'server.prot', suggestion: 'port' }, {}, {}]);
});

t.test('check of nothing says so; of a file that is not there is an error', async (t) => {
  const cwd = t.testdir();
  const none = await runCommand(['check'], { cwd });
  t.equal(none.status, 0);
  t.match(none.stdout, 'No gateway.yaml here: the defaults apply.');
  const missing = await runCommand(['check', '--config', 'nope.yaml'], { cwd });
  t.equal(missing.status, 1);
  t.match(missing.stdout, /nope\.yaml: error: does not exist/);
});

t.test('check names a plugin that would not be used, and exits with 1', async (t) => {
  const cwd = t.testdir({ 'gateway.yaml': '{}\n', plugins: { torn: { 'plugin.json': '{' } } });
  const [text, json] = await Promise.all([
    runCommand(['check'], { cwd }),
    runCommand(['check', '--json'], { cwd }),
  ]);
  t.equal(text.status, 1);
  t.match(
    text.stdout,
    /^plugins.torn: error: Plugin 'torn': plugin\.json is not valid: .*\n.*: 1 error, 0 warn/,
  );
  t.equal(json.status, 1);
  t.match(JSON.parse(json.stdout), [
    { severity: 'error', code: 'GW_PLUGIN_MANIFEST_INVALID', file: /torn$/ },
  ]);
});

t.test('a reader that leaves early is no failure', async (t) => {
  const child = spawnCommand(['--help'], { cwd });
  child.stdout?.destroy();
  const status = await new Promise((resolve) => child.once('exit', resolve));
  t.equal(status, 0);
});
