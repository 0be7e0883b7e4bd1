import { join } from 'node:path';
import t from 'tap';
import { resolveReferences } from '../../../core/config/references.ts';
import { loadYaml, writeFiles } from './temp-folder.ts';

const resolve = (value: unknown, environment: Record<string, string> = {}, directory = '.') =>
  resolveReferences(value, { environment, directory });

t.test('variables are filled in, anywhere in a string and more than once', (t) => {
  const { value } = resolve({ a: '${X}', b: ['pre-${X}-${Y}'], c: 1, d: null }, { X: 'x', Y: 'y' });
  t.same(value, { a: 'x', b: ['pre-x-y'], c: 1, d: null });
  t.end();
});

t.test('a default holds for what is not set or empty, and may be empty itself', (t) => {
  const { value, faults } = resolve(['${A:-one}', '${B:-two}', '${C:-}'], { B: '' });
  t.same(value, ['one', 'two', '']);
  t.same(faults, []);
  t.end();
});

t.test('$${ stands for the two characters', (t) => {
  t.equal(resolve('$${X} costs $5', { X: 'no' }).value, '${X} costs $5');
  t.end();
});

t.test('what a variable holds is not looked into again', (t) => {
  t.equal(resolve('${A}', { A: '${B}', B: 'no' }).value, '${B}');
  t.end();
});

t.test('an empty variable is missing: an empty key is never meant', (t) => {
  t.match(resolve('${A}', { A: '' }).faults, [
    { code: 'GW_CONFIG_REFERENCE_MISSING', message: 'the environment variable A is empty' },
  ]);
  t.end();
});

t.test('file:PATH is the content of a file beside the configuration, without its last line end', (t) => {
  const directory = t.testdir({ 'key.txt': 'secret-in-a-file\n', empty: '\n' });
  const { value, files } = resolve(
    { key: 'file:key.txt', abs: `file:${join(directory, 'key.txt')}` },
    {},
    directory,
  );
  t.same(value, { key: 'secret-in-a-file', abs: 'secret-in-a-file' });
  t.equal(files[0], join(directory, 'key.txt'));
  t.match(resolve('file:nope.txt', {}, directory).faults, [
    { message: /nope\.txt cannot be read \(ENOENT\)/ },
  ]);
  t.match(resolve('file:empty', {}, directory).faults, [{ message: /is empty/ }]);
  t.match(resolve('file:/dev/zero', {}, directory).faults, [{ message: '/dev/zero is not a file' }]);
  t.match(resolve('file:${WHERE}', { WHERE: 'key.txt' }, directory).value, 'secret-in-a-file');
  t.end();
});

t.test('.env beside the configuration fills in what the environment does not have', async (t) => {
  const cwd = t.testdir({ '.env': 'A=app://from-dotenv\nB="app://from-dotenv"\n' });
  const config = await loadYaml(cwd, 'server: { cors: ["${A}", "${B}"] }\n', {
    env: { A: 'app://from-process' },
  });
  t.same(config.settings?.server.cors, ['app://from-process', 'app://from-dotenv']);
  t.equal(config.environment.B, 'app://from-dotenv');
});

t.test('a variable is text, and means the number or the claim it spells where one is wanted', async (t) => {
  const yaml = 'server: { port: "${PORT}" }\nobserve: { bodies: "${BODIES}" }\n';
  const good = await loadYaml(t.testdir(), yaml, { env: { PORT: '81', BODIES: 'true' } });
  t.match(good.settings, { server: { port: 81 }, observe: { bodies: true } });
  const bad = await loadYaml(t.testdir(), yaml, { env: { PORT: 'high', BODIES: 'perhaps' } });
  t.same(
    bad.problems.map((problem) => problem.path),
    ['server.port', 'observe.bodies'],
  );
  const quoted = await loadYaml(t.testdir(), 'server: { port: "81" }\n');
  t.match(quoted.problems, [{ path: 'server.port', message: 'must be an integer' }]);
});

t.test('a file that is referred to is watched', async (t) => {
  const cwd = t.testdir();
  writeFiles(cwd, { 'run/key': '0123456789abcdef-x' });
  const config = await loadYaml(cwd, 'keys: [{ name: a, key: "file:run/key" }]\n');
  t.equal(config.settings?.keys[0]?.key.reveal(), '0123456789abcdef-x');
  t.ok(config.watch.includes(join(cwd, 'run/key')));
  t.same(config.problems, [], 'and its key is no literal');
});
