import t from 'tap';
import { updateMatrix } from '../../scripts/fidelity-matrix.ts';
import { clients, providers } from './dialects.ts';
import { features } from './matrix/features.ts';
import { type GatewayProbe, refusedWords } from './matrix/gateway.ts';
import { approximated, impossible, judge, worst, yes } from './matrix/outcome.ts';
import { renderMatrix } from './matrix/render.ts';

const fine: GatewayProbe = { isTold: () => true, refusal: () => `429 7 ${refusedWords}` };

t.test('the matrix in plugins/README.md is what the probes give', async (t) => {
  const isFresh = await updateMatrix({ check: true });
  t.ok(isFresh, 'run `node scripts/fidelity-matrix.ts` and commit plugins/README.md');
});

t.test('every feature has a word for every pair', async (t) => {
  const lines = renderMatrix(fine)
    .split('\n')
    .filter((line) => line.startsWith('| '));
  const rows = lines.filter((line) => !/^\| (---|\s*\|)/.test(line) && !line.startsWith('|  |'));
  t.equal(rows.length, clients.length * (Object.keys(features).length + 2));
  for (const row of rows) {
    const cells = row
      .split('|')
      .slice(2, -1)
      .map((cell) => cell.trim());
    t.equal(cells.length, providers.length, row);
    t.ok(
      cells.every((cell) => /^(yes|≈|no)/.test(cell)),
      row,
    );
  }
});

t.test('what is lost without a word, or without telling the provider, is no outcome', async (t) => {
  const warning = { code: 'dropped' as const, path: '/seed', message: 'no seeds' };
  t.throws(() => judge(false, [], /./, 'the seed'), /lost without a word/);
  t.throws(() => judge(false, [warning], /^\/stop/, 'a stop'), /lost without a word/);
  t.same(judge(false, [warning], /^\/seed/, 'the seed'), impossible('no seeds'));
  t.same(judge(true, [{ ...warning, code: 'approximated' }], /./, 'the seed'), approximated('no seeds'));
  t.same(worst([yes, approximated('a'), approximated('a')]), approximated('a'));
  t.throws(() => renderMatrix({ ...fine, refusal: () => '200 null {}' }), /is told of a refusal/);
  t.throws(() => renderMatrix({ ...fine, isTold: () => false }), /is not told that a client/);
});
