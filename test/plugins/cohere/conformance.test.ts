import { loadFixtures } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges } from '../../helpers/exchanges.ts';
import { fixturesOf, foreign, holdFixturesToLaws, holdToLaws, holdToTelling } from '../conformance.ts';
import { readBack } from './read-back.ts';
import { cohere } from './run.ts';

const here = { id: 'cohere', dialect: cohere };

t.test('the fixtures hold to every law', async (t) => {
  holdFixturesToLaws(t, here, loadFixtures(fixturesOf('cohere'), 'cohere'), foreign);
});

t.test('recorded traffic holds to every law', { skip: skipWithoutCorpus }, async (t) => {
  const recordings = exchanges('cohere').map(({ request: _, ...reply }) => reply);
  t.ok(recordings.length >= 6, 'there are recordings to hold it to');
  holdToLaws(t, here, { recordings, others: foreign, least: recordings.length });
});

t.test('recorded requests of other dialects lose nothing unsaid', { skip: skipWithoutCorpus }, async (t) => {
  const reader = { ...here, dialect: { ...cohere, decodeRequest: readBack } };
  for (const other of foreign)
    holdToTelling(t, other, [reader], { recordings: exchanges(other.folder), least: 100 });
});
