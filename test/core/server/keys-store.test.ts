import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createClientKey, explainWeakKey } from '../../../core/server/keys/client-key.ts';
import { explainBadName, openKeyStore } from '../../../core/server/keys/store.ts';

t.test('a key is dgm_ and 43 letters and digits, and never the same twice', async (t) => {
  const keys = new Set(Array.from({ length: 1000 }, createClientKey));
  t.equal(keys.size, 1000);
  for (const key of keys) if (!/^dgm_[0-9A-Za-z]{43}$/.test(key)) t.fail(`badly formed: ${key}`);
});

t.test('no letter of a key is more likely than another', async (t) => {
  const counts = new Map<string, number>();
  for (let index = 0; index < 5000; index++) {
    for (const letter of createClientKey().slice(4)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  const expected = (5000 * 43) / 62;
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  t.equal(counts.size, 62);
  // 61 degrees of freedom: above 122 by chance once in 200,000 runs. Taking bytes modulo 62 as they come gives over 1,000.
  t.ok(chiSquare < 122, `chi square ${chiSquare.toFixed(1)}`);
});

t.test('the file holds a digest and never the key, readable by its owner only', async (t) => {
  const store = openKeyStore(join(t.testdir(), 'state'));
  const key = store.add('laptop') ?? '';
  const text = readFileSync(store.file, 'utf8');
  t.notMatch(text, key);
  t.notMatch(text, key.slice(10));
  t.match(store.read().keys, [{ name: 'laptop', hint: key.slice(0, 8), digest: /^[0-9a-f]{64}$/ }]);
  if (process.platform !== 'win32') t.equal(statSync(store.file).mode & 0o777, 0o600);
  t.same(readdirSync(join(store.file, '..')), ['keys.json'], 'neither lock nor temporary file is left');
});

t.test('two stores given the same keys would not hold the same digests', async (t) => {
  const [first, second] = [openKeyStore(join(t.testdir(), 'a')), openKeyStore(join(t.testdirName, 'b'))];
  first.add('one');
  second.add('one');
  t.not(first.read().salt, second.read().salt);
});

t.test('a name is taken once, and free again after it was revoked', async (t) => {
  const store = openKeyStore(t.testdir());
  t.ok(store.add('laptop'));
  t.equal(store.add('laptop'), null);
  t.equal(store.revoke('laptop'), true);
  t.equal(store.revoke('laptop'), false);
  t.ok(store.add('laptop'));
  t.equal(store.read().keys.length, 1);
});

t.test('reading where nothing was written gives no keys and makes no file', async (t) => {
  const directory = t.testdir();
  t.same(openKeyStore(directory).read().keys, []);
  t.same(readdirSync(directory), []);
});

for (const [name, text] of Object.entries({
  'not JSON': '{',
  'another version': '{"version":2,"salt":"","keys":[]}',
  'a short salt': '{"version":1,"salt":"ab","keys":[]}',
  'a bad digest': `{"version":1,"salt":"${'a'.repeat(64)}","keys":[{"name":"x","digest":"zz","created":"","hint":""}]}`,
  'a list': '[]',
  null: 'null',
})) {
  t.test(`a key file that is ${name} is refused by name, not taken for empty`, async (t) => {
    const directory = t.testdir({ 'keys.json': text });
    const store = openKeyStore(directory);
    t.throws(() => store.read(), { code: 'GW_CONFIG_INVALID', message: /keys\.json/ });
    t.throws(() => store.add('x'), { code: 'GW_CONFIG_INVALID' });
    t.equal(readFileSync(store.file, 'utf8'), text, 'and is left as it was');
  });
}

t.test('processes that add keys at the same time lose none', async (t) => {
  const directory = t.testdir();
  const module = JSON.stringify(new URL('../../../core/server/keys/store.ts', import.meta.url).href);
  const children = Array.from({ length: 3 }, (_, child) => {
    const code = `
      import { openKeyStore } from ${module};
      const store = openKeyStore(${JSON.stringify(directory)});
      for (let index = 0; index < 10; index++) store.add('c${child}-' + index);`;
    return spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
  });
  for (const [status] of await Promise.all(children.map((child) => once(child, 'exit')))) t.equal(status, 0);
  t.equal(openKeyStore(directory).read().keys.length, 30);
});

t.test('a lock left by a process that died is taken over', async (t) => {
  const directory = t.testdir({ 'keys.json.lock': '12345' });
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(join(directory, 'keys.json.lock'), longAgo, longAgo);
  t.ok(openKeyStore(directory).add('laptop'));
});

t.test('the revision changes with the file', async (t) => {
  const store = openKeyStore(t.testdir());
  const seen = [store.revision()];
  store.add('a');
  seen.push(store.revision());
  store.add('b');
  seen.push(store.revision());
  t.equal(new Set(seen).size, 3);
  t.equal(store.revision(), seen.at(-1));
});

t.test('keys that anybody could guess are refused without being repeated', async (t) => {
  const refused = [
    ['', 'short'],
    ['changeme', 'sample'],
    ['sk-1234567890', 'sample'],
    ['your-api-key-here', 'sample'],
    ['sk-your-api-key', 'sample'],
    ['<YOUR_API_KEY>', 'sample'],
    ['sk-xxxxxxxxxxxxxxxx', 'sample'],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'repeats'],
    ['with a space inside', 'header'],
    ['schlüssel-mit-umlaut', 'header'],
    ['line\nbreak-line-break', 'header'],
    ['x1y2'.repeat(200), 'longer'],
  ] as const;
  for (const [key, reason] of refused) {
    const weakness = explainWeakKey(key);
    t.match(weakness, reason, JSON.stringify(key.slice(0, 30)));
    if (key !== '') t.notMatch(weakness ?? '', key);
  }
  for (const key of [createClientKey(), 'test-key-for-the-office-1', 'my own long key'.replaceAll(' ', '-')])
    t.equal(explainWeakKey(key), null);
});

t.test('names that could be taken for options, paths or lines are refused', async (t) => {
  for (const name of ['', '-x', '.hidden', 'a b', 'a/b', 'a\nb', 'é', 'x'.repeat(65)])
    t.ok(explainBadName(name), name);
  for (const name of ['laptop', 'ci.build-2', 'anna@example.org', 'X']) t.equal(explainBadName(name), null);
});
