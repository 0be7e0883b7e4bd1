import { loadFixtures } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import plugin from '../../../plugins/gemini/src/index.ts';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges } from '../../helpers/exchanges.ts';
import { fixturesOf, foreign, holdFixturesToLaws, holdToLaws, holdToTelling } from '../conformance.ts';
import { contextFor } from './context.ts';

const here = { id: 'gemini', dialect: plugin.dialects.gemini, family: 'google' };

t.test('the fixtures hold to every law', async (t) => {
  const fixtures = loadFixtures(fixturesOf('gemini'), 'gemini');
  t.ok(fixtures.length > 5, 'there are fixtures');
  holdFixturesToLaws(t, here, fixtures);
});

t.test('recorded traffic holds to every law', { skip: skipWithoutCorpus }, async (t) => {
  const recordings = exchanges('gemini', 'gemini-count-tokens');
  holdToLaws(t, here, { recordings, splits: 2, least: 500 });
});

for (const other of foreign) {
  const name = `what is lost between this dialect and ${other.id} is told`;
  t.test(name, { skip: skipWithoutCorpus }, async (t) => {
    holdToTelling(t, here, [other], { recordings: exchanges('gemini'), least: 100 });
    const theirs = exchanges(other.folder);
    for (const model of ['gemini-2.5-flash', 'gemini-2.5-pro', 'gemini-3-flash-preview']) {
      const recordings = theirs.map((recording) => ({ ...recording, context: contextFor(model) }));
      holdToTelling(t, other, [here], { recordings, least: 100 });
    }
  });
}
