import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { discover } from '../../../core/plugins/discover.ts';
import { readFolder } from '../../../core/plugins/read-folder.ts';

t.test('every folder counts once, in the order of the directories, and nothing else does', (t) => {
  const root = t.testdir({
    bundled: { beta: {}, alpha: {}, 'bundled.json': '{}' },
    mine: {
      gamma: {},
      '.git': {},
      node_modules: {},
      'gamma.tmp': {},
      'gamma~': {},
      'upload.part': {},
      'README.md': '',
    },
  });
  const bundled = join(root, 'bundled');
  const mine = join(root, 'mine');
  symlinkSync(join(bundled, 'alpha'), join(mine, 'again'));
  symlinkSync(join(root, 'nowhere'), join(mine, 'broken'));
  const found = discover({ directory: bundled }, [bundled, mine, join(root, 'none')]);
  t.same(
    found.map(({ id, bundled: ships }) => [id, ships]),
    [
      ['alpha', true],
      ['beta', true],
      ['gamma', false],
    ],
  );
  t.end();
});

t.test('the hash of a folder is that of its names and bytes, and of nothing an editor leaves', (t) => {
  const hashOf = (files: Parameters<typeof t.testdir>[0]) => {
    const root = t.testdir({ folder: files ?? {} });
    return readFolder('x', join(root, 'folder')).hash;
  };
  const plain = hashOf({ 'a.txt': '1', b: { 'c.txt': '2' } });
  t.equal(
    hashOf({ b: { 'c.txt': '2', '.c.swp': 'x' }, 'a.txt': '1', 'a.txt~': '0', node_modules: { x: '' } }),
    plain,
  );
  t.not(hashOf({ 'a.txt': '2', b: { 'c.txt': '1' } }), plain);
  t.not(hashOf({ 'a.txt': '1', b: { 'd.txt': '2' } }), plain);
  t.not(hashOf({ 'a.txt': '1', b: { 'c.txt': '2' }, 'd.txt': '' }), plain);
  t.end();
});

t.test('a folder that cannot be a plugin is not read to its end', (t) => {
  const many = Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`f${index}`, '']));
  let deep: Exclude<Parameters<typeof t.testdir>[0], undefined> = { 'x.txt': '' };
  for (let level = 0; level < 14; level++) deep = { d: deep };
  const root = t.testdir({
    many,
    deep,
    huge: { 'a.bin': Buffer.alloc(17 * 1024 * 1024).toString('latin1') },
  });
  for (const [name, message] of [
    ['many', /more than 2000 files/],
    ['deep', /nested deeper than 12/],
    ['huge', /too large/],
  ] as const) {
    t.throws(() => readFolder(name, join(root, name)), { code: 'GW_PLUGIN_INTEGRITY', message });
  }
  for (const name of ['two\nlines', 'back\\slash', 'es\u001bcape']) {
    const folder = t.testdir({ [name]: '' });
    const message = /^[^\p{Cc}]+is not a name a file of a plugin may have$/u;
    t.throws(() => readFolder('odd', folder), { code: 'GW_PLUGIN_INTEGRITY', message }, JSON.stringify(name));
  }
  t.end();
});

t.test('a folder dropped in beside what ships is not bundled', async (t) => {
  const root = t.testdir({ plugins: { alpha: {}, dropped: {} } });
  const directory = join(root, 'plugins');
  const found = discover({ directory, ids: new Set(['alpha']) }, [directory]);
  t.same(
    found.map(({ id, bundled }) => [id, bundled]),
    [
      ['alpha', true],
      ['dropped', false],
    ],
  );
  t.same(
    discover({ directory, ids: new Set(['alpha']) }, []).map(({ id }) => id),
    ['alpha'],
    'and is left alone where its folder is none of plugins.dirs',
  );
});
