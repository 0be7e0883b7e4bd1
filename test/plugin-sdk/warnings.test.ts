import { createWarnings, pointer } from '@dragoman/plugin-sdk';
import t from 'tap';

t.test('warnings are gathered in order, the same one once', async (t) => {
  const warnings = createWarnings();
  warnings.dropped('/seed', 'no seed');
  warnings.approximated('/temperature', 'at most 1');
  warnings.unsupported('/tools/0', 'no hosted tools');
  warnings.dropped('/seed', 'no seed');
  warnings.dropped('/topK', 'no seed');
  t.same(
    warnings.list?.map(({ code, path }) => `${code} ${path}`),
    ['dropped /seed', 'approximated /temperature', 'unsupported /tools/0', 'dropped /topK'],
  );
});

t.test('with() gives what a translator returns, and nothing that is not there', async (t) => {
  const warnings = createWarnings();
  t.strictSame(warnings.with({ a: 1 }), { output: { a: 1 } });
  t.strictSame(warnings.with('x', null), { output: 'x', memo: null });
  warnings.dropped('/seed', 'm');
  t.strictSame(warnings.with(1), { output: 1, warnings: [{ code: 'dropped', path: '/seed', message: 'm' }] });
});

t.test('a pointer escapes what JSON pointers escape', async (t) => {
  t.equal(pointer('tools', 0, 'a/b~c'), '/tools/0/a~1b~0c');
  t.equal(pointer(), '');
});
