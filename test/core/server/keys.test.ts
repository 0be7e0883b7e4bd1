import { rmSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { Secret } from '../../../core/config/secret.ts';
import { createKeyRing } from '../../../core/server/client-auth.ts';
import { openKeyStore } from '../../../core/server/keys/store.ts';

const environmentKey = 'the-key-of-the-environment';
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

t.test('a key opens the gateway in each of its four places', async (t) => {
  const ring = createKeyRing({ environmentKey });
  const identity = { name: 'DRAGOMAN_KEY', source: 'environment', owner: 'environment:DRAGOMAN_KEY' };
  t.same(ring.authenticate(bearer(environmentKey)), identity);
  t.same(ring.authenticate({ authorization: `bearer  ${environmentKey} ` }), identity);
  t.same(ring.authenticate({ 'x-api-key': environmentKey }), identity);
  t.same(ring.authenticate({ 'x-goog-api-key': environmentKey }), identity);
  t.same(ring.authenticate({}, `alt=sse&key=${environmentKey}`), identity);
});

t.test('anything else stays outside', async (t) => {
  const ring = createKeyRing({ environmentKey });
  for (const [headers, query] of [
    [{}, ''],
    [{ authorization: environmentKey }, ''],
    [{ authorization: `Basic ${environmentKey}` }, ''],
    [{ authorization: 'Bearer ' }, ''],
    [{ authorization: 'Bearer' }, ''],
    [bearer(environmentKey.slice(0, -1)), ''],
    [bearer(`${environmentKey}x`), ''],
    [bearer(environmentKey.toUpperCase()), ''],
    [{ cookie: environmentKey }, ''],
    [{ 'x-api-key': '' }, ''],
    [{ 'x-api-key': 'undefined' }, ''],
    [{ 'x-api-key': '\u0000' }, ''],
    [{}, `keys=${environmentKey}`],
    [{}, 'key='],
    [{}, 'key=%'],
    [bearer('__proto__'), ''],
    [bearer('x'.repeat(100_000)), ''],
  ] as const)
    t.equal(ring.authenticate(headers, query), null, JSON.stringify({ headers, query }).slice(0, 80));
});

t.test('one valid key is enough, whatever is sent beside it', async (t) => {
  const ring = createKeyRing({ environmentKey });
  t.ok(ring.authenticate({ ...bearer('sk-of-a-provider'), 'x-api-key': environmentKey }));
  t.ok(ring.authenticate({ ...bearer(environmentKey), 'x-api-key': 'dummy' }));
  t.ok(ring.authenticate({ 'x-api-key': 'dummy', 'x-goog-api-key': environmentKey }));
  t.ok(ring.authenticate(bearer('dummy'), `key=${environmentKey}`));
});

t.test('a gateway without keys is closed, not open', async (t) => {
  const ring = createKeyRing();
  t.equal(ring.count(), 0);
  t.equal(ring.authenticate({}), null);
  t.equal(ring.authenticate(bearer('')), null);
  t.equal(ring.authenticate(bearer('anything')), null);
});

t.test('a blank DRAGOMAN_KEY is none, a guessable one stops the start', async (t) => {
  for (const blank of [undefined, '', ' ', '\n'])
    t.equal(createKeyRing({ environmentKey: blank }).count(), 0);
  for (const weak of ['changeme', 'short', 'your-api-key-here']) {
    t.throws(() => createKeyRing({ environmentKey: weak }), {
      code: 'GW_CONFIG_INVALID',
      message: /DRAGOMAN_KEY/,
    });
  }
});

t.test('a line end after DRAGOMAN_KEY, as a file leaves it, does no harm', async (t) => {
  const ring = createKeyRing({ environmentKey: `${environmentKey}\n` });
  t.ok(ring.authenticate(bearer(environmentKey)));
});

t.test('a short DRAGOMAN_KEY works with a warning that does not show it', async (t) => {
  t.same(createKeyRing({ environmentKey }).warnings(), []);
  const ring = createKeyRing({ environmentKey: 'a1b2c3d4e5' });
  t.ok(ring.authenticate(bearer('a1b2c3d4e5')));
  t.match(ring.warnings(), [/fewer than 16 characters/]);
  t.notMatch(ring.warnings().join(), 'a1b2');
});

t.test('keys of gateway.yaml work under their names, and a reload replaces them', async (t) => {
  const ring = createKeyRing({ configured: [{ name: 'me', key: new Secret('key-number-one-of-me') }] });
  t.same(ring.authenticate(bearer('key-number-one-of-me')), {
    name: 'me',
    source: 'config',
    owner: 'config:me',
  });
  ring.setConfigured([{ name: 'me', key: new Secret('key-number-two-of-me') }]);
  t.equal(ring.authenticate(bearer('key-number-one-of-me')), null);
  t.same(ring.authenticate(bearer('key-number-two-of-me')), {
    name: 'me',
    source: 'config',
    owner: 'config:me',
  });
});

t.test('an empty key that slipped past the configuration opens nothing', async (t) => {
  const ring = createKeyRing({ configured: [{ name: 'me', key: new Secret('') }] });
  t.equal(ring.count(), 0);
  t.equal(ring.authenticate({ 'x-api-key': '' }), null);
});

t.test('the first key is made only when there is none anywhere', async (t) => {
  const store = openKeyStore(t.testdir());
  t.equal(createKeyRing({ store, environmentKey }).ensureKey(), null);
  t.equal(
    createKeyRing({
      store,
      configured: [{ name: 'me', key: new Secret('key-number-one-of-me') }],
    }).ensureKey(),
    null,
  );
  const ring = createKeyRing({ store });
  const key = ring.ensureKey();
  t.match(key, /^dgm_/);
  t.same(ring.authenticate(bearer(key ?? '')), { name: 'default', source: 'store', owner: 'store:default' });
  t.equal(ring.ensureKey(), null);
  t.equal(createKeyRing({ store }).ensureKey(), null);
});

t.test(
  'a key added by another process works at once, a revoked one stops within half a second',
  async (t) => {
    const store = openKeyStore(t.testdir());
    let time = 0;
    const ring = createKeyRing({ store, environmentKey, now: () => time });
    time += 50;
    const key = store.add('laptop') ?? '';
    t.same(ring.authenticate(bearer(key)), { name: 'laptop', source: 'store', owner: 'store:laptop' });
    store.revoke('laptop');
    time += 499;
    t.ok(ring.authenticate(bearer(key)), 'the file is not asked about at every request');
    time += 1;
    t.equal(ring.authenticate(bearer(key)), null);
    t.ok(ring.authenticate(bearer(environmentKey)));
  },
);

t.test('a clock that is put back does not keep a revoked key alive', async (t) => {
  const store = openKeyStore(t.testdir());
  const key = store.add('laptop') ?? '';
  const { now } = Date;
  const { now: monotonic } = performance;
  t.teardown(() => {
    Date.now = now;
    performance.now = monotonic;
  });
  const ring = createKeyRing({ store });
  Date.now = () => now() - 3_600_000;
  performance.now = () => monotonic.call(performance) + 520;
  store.revoke('laptop');
  t.equal(ring.authenticate(bearer(key)), null);
});

t.test('wrong keys do not make the gateway look at the file again and again', async (t) => {
  const store = openKeyStore(t.testdir());
  let checks = 0;
  const counting = { ...store, revision: () => String(++checks && store.revision()) };
  const ring = createKeyRing({ store: counting, environmentKey, now: () => 0 });
  for (let index = 0; index < 1000; index++) ring.authenticate(bearer(`wrong-${index}`));
  t.equal(checks, 1);
});

t.test('a key file that becomes unreadable leaves its keys in force and is reported', async (t) => {
  const store = openKeyStore(t.testdir());
  const key = store.add('laptop') ?? '';
  let time = 0;
  const reports: unknown[] = [];
  const ring = createKeyRing({ store, now: () => time, onUnreadable: (error) => reports.push(error) });
  writeFileSync(store.file, '{ half');
  time += 1000;
  t.ok(ring.authenticate(bearer(key)));
  time += 1000;
  t.ok(ring.authenticate(bearer(key)));
  t.equal(reports.length, 1, 'once, not at every request');
  const lost = Object.assign(new Error('EACCES'), { code: 'EACCES' });
  const { revision } = store;
  store.revision = () => {
    throw lost;
  };
  for (let look = 0; look < 2; look++) {
    time += 1000;
    t.ok(ring.authenticate(bearer(key)), 'a folder nobody may look into any more locks nobody out');
  }
  t.same(reports.slice(1), [lost]);
  store.revision = revision;
  t.throws(() => createKeyRing({ store }), { code: 'GW_CONFIG_INVALID' });
});

t.test('deleting the key file revokes what was in it', async (t) => {
  const store = openKeyStore(t.testdir());
  const key = store.add('laptop') ?? '';
  let time = 0;
  const ring = createKeyRing({ store, now: () => time });
  rmSync(store.file);
  time += 1000;
  t.equal(ring.authenticate(bearer(key)), null);
  t.equal(ring.count(), 0);
});

t.test('a right beginning takes no longer to refuse than a wrong one', async (t) => {
  const key = 'dgm_0123456789abcdefghijABCDEFGHIJ0123456789xyz';
  const ring = createKeyRing({ environmentKey: key });
  const close = bearer(`${key.slice(0, -1)}!`);
  const far = bearer(`!${key.slice(1)}`);
  const time = (headers: { authorization: string }) => {
    const from = process.hrtime.bigint();
    for (let index = 0; index < 200; index++) ring.authenticate(headers);
    return Number(process.hrtime.bigint() - from) / 200;
  };
  for (let index = 0; index < 20; index++) [time(close), time(far)];
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
  const [ofClose, ofFar]: [number[], number[]] = [[], []];
  for (let index = 0; index < 300; index++) {
    ofClose.push(time(close));
    ofFar.push(time(far));
  }
  const ratio = median(ofClose) / median(ofFar);
  t.ok(ratio > 0.8 && ratio < 1.25, `ratio ${ratio.toFixed(3)}`);
  t.comment(`${median(ofClose).toFixed(0)} ns a refusal`);
});
