import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type HistoryEntry, openHistory } from '../../../core/plugins/history.ts';

function entry(
  outcome: HistoryEntry['outcome'],
  version: string,
  more: Partial<HistoryEntry> = {},
): HistoryEntry {
  const copy = `acme@${version}`;
  return {
    time: '2026-01-02T03:04:05.000Z',
    plugin: 'acme',
    version,
    hash: `hash of ${version}`,
    outcome,
    directory: '/plugins/acme',
    ...(outcome === 'refused' ? {} : { copy }),
    ...more,
  };
}

t.test('the last two versions that were good are known over restarts', async (t) => {
  const directory = t.testdir();
  const history = openHistory(directory);
  for (const version of ['1', '2', '3']) history.add(entry('swapped', version, { fixtures: 4 }));
  history.add(entry('refused', '4', { code: 'GW_PLUGIN_LOAD' }));
  for (const each of [history, openHistory(directory)]) {
    t.same(
      each.goodsOf('/plugins/acme').map(({ version }) => version),
      ['3', '2'],
    );
    t.same(each.copies(), ['acme@3', 'acme@2']);
    t.equal(each.fixturesOf('acme@1'), 4);
    t.equal(each.fixturesOf('acme@4'), undefined);
    t.equal(each.isKnown(entry('refused', '4', { code: 'GW_PLUGIN_LOAD' })), true);
    t.equal(each.isKnown(entry('swapped', '4')), false);
  }
  t.equal(statSync(join(directory, 'plugins-history.jsonl')).mode & 0o077, 0, 'nobody else may read it');
});

t.test('a version that was taken back is bad until another one is in use', async (t) => {
  const history = openHistory(t.testdir());
  history.add(entry('on', '1'));
  history.add(entry('swapped', '2'));
  history.add(entry('rolled-back', '2', { reason: 'it failed' }));
  t.match(history.badOf('/plugins/acme'), { version: '2', reason: 'it failed' });
  t.same(history.copies(), ['acme@1']);
  history.add(entry('swapped', '3'));
  t.equal(history.badOf('/plugins/acme'), undefined);
  history.add(entry('removed', '3'));
  t.same(history.goodsOf('/plugins/acme'), [], 'what is dropped in next is another plugin');
});

t.test('it stays short, and forgets neither what is good nor what is bad', async (t) => {
  const directory = t.testdir();
  const history = openHistory(directory, { keep: 10 });
  const other = { directory: '/plugins/other', plugin: 'other' };
  history.add(entry('swapped', '1', other));
  history.add(entry('swapped', '2', other));
  history.add(entry('rolled-back', '2', other));
  for (let version = 0; version < 100; version++) history.add(entry('swapped', `${version}`));
  const lines = readFileSync(join(directory, 'plugins-history.jsonl'), 'utf8').trim().split('\n').length;
  t.ok(lines <= 25, `${lines} lines`);
  // A crash in the middle of a line.
  appendFileSync(join(directory, 'plugins-history.jsonl'), '{"time":"20');
  const again = openHistory(directory);
  t.same(again.copies().toSorted(), ['acme@1', 'acme@98', 'acme@99']);
  t.match(again.badOf('/plugins/other'), { version: '2' });
  t.equal(again.entries().at(-1)?.version, '99');
});

t.test('what cannot be written is told and stops nothing', async (t) => {
  const directory = t.testdir({ file: 'in the way' });
  const errors: unknown[] = [];
  const history = openHistory(join(directory, 'file'), { onError: (error) => errors.push(error) });
  history.add(entry('on', '1'));
  t.equal(errors.length, 1);
  t.equal(history.goodsOf('/plugins/acme').length, 1);

  openHistory(directory, { isReadOnly: true }).add(entry('on', '1'));
  t.same(openHistory(directory).entries(), [], 'and who only reads adds nothing');
});
