import { digest, makeId, sanitiseId } from '@dragoman/plugin-sdk';
import fc from 'fast-check';
import t from 'tap';

const context = { requestId: 'req_1' };

t.test('an id depends on request, prefix and number, and on nothing else', async (t) => {
  t.equal(makeId(context, 'call', 0), makeId({ requestId: 'req_1' }, 'call', 0));
  const ids = [
    makeId(context, 'call', 0),
    makeId(context, 'call', 1),
    makeId(context, 'msg', 0),
    makeId({ requestId: 'req_2' }, 'call', 0),
    makeId(context, 'call', 'a'),
  ];
  t.equal(new Set(ids).size, ids.length);
});

t.test('an id never changes from release to release: prompt caches hold it', async (t) => {
  t.equal(makeId(context, 'call', 0), 'call_mZoEYmTUsDgXUAQDfnt5S7yN');
});

t.test('an id is the prefix, a joint and 24 letters or digits', async (t) => {
  t.match(makeId(context, 'call', 0), /^call_[0-9A-Za-z]{24}$/);
  t.match(makeId(context, 'chatcmpl-', 0), /^chatcmpl-[0-9A-Za-z]{24}$/);
  t.match(makeId(context, '', 0), /^[0-9A-Za-z]{24}$/);
});

t.test('a hundred thousand ids are all different and use the whole alphabet', async (t) => {
  const ids = new Set<string>();
  const used = new Set<string>();
  for (let n = 0; n < 100_000; n++) ids.add(digest(`request\n${n}`, 24));
  for (const id of ids) for (const letter of id) used.add(letter);
  t.equal(ids.size, 100_000);
  t.equal(used.size, 62);
});

t.test(
  'a sanitised id has only characters every service takes, and stays as it is when it had',
  async (t) => {
    t.equal(sanitiseId('toolu_01-ok'), 'toolu_01-ok');
    t.equal(sanitiseId('fn:call.1'), 'fn_call_1');
    t.equal(sanitiseId(''), 'id');
    t.equal(sanitiseId('', { empty: 'call' }), 'call');
    fc.assert(fc.property(fc.string(), (id) => /^[A-Za-z0-9_-]{1,64}$/.test(sanitiseId(id))));
    fc.assert(fc.property(fc.string(), (id) => sanitiseId(sanitiseId(id)) === sanitiseId(id)));
  },
);

t.test('long ids are cut and stay different', async (t) => {
  const long = 'x'.repeat(100);
  t.equal(sanitiseId(`${long}1`).length, 64);
  t.not(sanitiseId(`${long}1`), sanitiseId(`${long}2`));
  t.equal(sanitiseId(long, { maxLength: 40 }).length, 40);
});
