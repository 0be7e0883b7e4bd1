import t from 'tap';
import { createBreaker } from '../../../core/translate/breaker.ts';
import { createGuards } from '../../../core/translate/guards.ts';
import { toy } from './plans.ts';

const settings = {
  enabled: true,
  windowSeconds: 30,
  minCalls: 10,
  errorShare: 0.5,
  rollbackSeconds: 600,
  maxKills: 3,
  pauseSeconds: 15,
};

t.test('errors trip when there are enough calls and enough of them failed, within the window', async (t) => {
  const breaker = createBreaker(() => settings);
  for (let call = 0; call < 9; call++) t.equal(breaker.record('failed', 1_000), null);
  t.equal(breaker.record('failed', 2_000), 'errors');
  t.ok(breaker.admit(2_000), 'and calls go on: what throws costs nothing');
  t.same(breaker.counts(2_000), { calls: 10, failed: 10, killed: 0 });
  t.same(breaker.counts(40_000), { calls: 0, failed: 0, killed: 0 }, 'what is long ago does not count');

  for (let call = 0; call < 20; call++) breaker.record('ok', 40_000);
  for (let call = 0; call < 19; call++) t.equal(breaker.record('failed', 41_000), null);
  t.equal(breaker.record('failed', 41_000), 'errors');
});

t.test('kills pause, one call tries again, and its end decides', async (t) => {
  const breaker = createBreaker(() => settings);
  t.equal(breaker.record('killed', 0), null);
  t.equal(breaker.record('killed', 0), null);
  t.equal(breaker.record('killed', 0), 'kills');
  t.notOk(breaker.admit(14_999));
  t.ok(breaker.isPaused(14_999));
  t.equal(breaker.record('ok', 5_000), null, 'a call that was under way says nothing');

  t.ok(breaker.admit(15_000), 'one may try');
  t.notOk(breaker.admit(15_000), 'and only one');
  t.equal(breaker.record('killed', 16_000), null);
  t.notOk(breaker.admit(30_999), 'it was killed again');
  t.ok(breaker.admit(31_000));
  t.notOk(breaker.admit(45_999));
  t.ok(breaker.admit(46_000), 'one that never came back does not block for ever');
  t.equal(breaker.record('failed', 46_000), 'recovered', 'a throw is no reason to stay paused');
  t.ok(breaker.admit(46_000));
  t.notOk(breaker.isOpen());
});

t.test('kills that are few among many calls pause nothing', async (t) => {
  const breaker = createBreaker(() => settings);
  for (let call = 0; call < 20; call++) breaker.record('ok', 0);
  for (let call = 0; call < 8; call++) t.equal(breaker.record('killed', 0), null);
  t.ok(breaker.admit(0));
});

const old = toy('acme', { id: 'acme@1' });
const next = toy('acme', { id: 'acme@2' });

/** Guards with a clock that is moved by hand, and what they told. */
function open() {
  const clock = { now: 0 };
  const told: string[] = [];
  const guards = createGuards(() => clock.now);
  guards.settings = settings;
  guards.listener = {
    failing: (plugin, module, reason) => told.push(`${plugin} ${module} fails: ${reason}`),
    paused: (plugin, isPaused, reason) =>
      told.push(`${plugin} ${isPaused ? 'paused' : 'goes on'}: ${reason}`),
  };
  guards.follow([{ id: old.id, plugin: 'acme', previous: null }]);
  const flip = (): void => guards.follow([{ id: next.id, plugin: 'acme', previous: old.id }]);
  const fail = (module = next, calls = 10): void => {
    for (let call = 0; call < calls; call++) guards.record(module, 'failed');
  };
  return { guards, clock, told, flip, fail };
}

t.test('a version that fails where the one before did not is told, once', async (t) => {
  const { told, flip, fail, guards } = open();
  for (let call = 0; call < 10; call++) guards.record(old, 'ok');
  flip();
  fail(next, 20);
  t.same(told, ['acme acme@2 fails: 10 of its 10 calls in 30 s failed']);
});

t.test('one that is no worse, no longer new, or the first of its plugin is not', async (t) => {
  const same = open();
  same.fail(old);
  same.flip();
  same.fail();
  t.same(same.told, [], 'the version before failed too');

  const late = open();
  late.flip();
  late.clock.now = 601_000;
  late.fail();
  t.same(late.told, [], 'it has served for long');

  const first = open();
  first.fail(old);
  t.same(first.told, [], 'there is nothing to go back to');

  const off = open();
  off.guards.settings = { ...settings, enabled: false };
  off.flip();
  off.fail();
  t.same(off.told, []);
});

t.test('a pause ends with another version', async (t) => {
  const { guards, told, flip } = open();
  for (let call = 0; call < 3; call++) guards.record(old, 'killed');
  t.throws(() => guards.admit([old]), { code: 'GW_TRANSLATE_PAUSED', status: 503, retryAfterMs: 15_000 });
  t.match(guards.refusal([old]), { code: 'GW_TRANSLATE_PAUSED' });
  flip();
  guards.admit([next]);
  t.equal(guards.refusal([next]), null);
  t.same(told, [
    'acme paused: 3 of its 3 calls in 30 s failed, 3 of them had to be stopped',
    'acme goes on: another version of it is in use',
  ]);
});
