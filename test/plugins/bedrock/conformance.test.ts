import { loadFixtures, type Recording } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges, toExchange } from '../../helpers/exchanges.ts';
import { fixturesOf, foreign, holdFixturesToLaws, holdToLaws, holdToTelling } from '../conformance.ts';
import { readBack } from './read-back.ts';
import { bedrock, claude, contextFor, modelOf, nova, recorded } from './run.ts';

const here = { id: 'bedrock-converse', dialect: bedrock, family: 'bedrock' };
const llama = 'meta.llama3-3-70b-instruct-v1:0';
/**
 * What the law cannot see: of a model that never thinks, no thinking is what it does anyway; and where tools are not cached
 * but messages are, the law counts cache points and takes the first for the one that is gone.
 */
const BLIND_SPOTS: Record<string, RegExp> = { [llama]: /disable/, [nova]: /cache_all_settings/ };

t.test('the fixtures hold to every law', async (t) => {
  holdFixturesToLaws(t, here, loadFixtures(fixturesOf('bedrock'), here.id), foreign);
});

t.test('recorded traffic holds to every law', { skip: skipWithoutCorpus }, async (t) => {
  const recordings = recorded().map((recording): Recording => {
    const { request: _, ...reply } = toExchange(recording);
    return { ...reply, context: { model: contextFor(modelOf(recording)).model } };
  });
  t.ok(recordings.length > 100, 'there are recordings to hold it to');
  holdToLaws(t, here, { recordings, others: foreign, least: recordings.length });
});

t.test('recorded requests of other dialects lose nothing unsaid', { skip: skipWithoutCorpus }, async (t) => {
  const reader = { ...here, dialect: { ...bedrock, decodeRequest: readBack } };
  for (const other of foreign) {
    const requests = exchanges(other.folder).filter(({ request }) => request !== undefined);
    for (const model of [claude, nova, llama]) {
      // A recording's own context, or the model it names would be taken for the one that is asked.
      const context = { model: contextFor(model).model };
      const recordings = requests.map(({ name, request }) => ({
        name,
        context,
        ...(request && { request }),
      }));
      const except = ({ recording }: { recording: string }) => BLIND_SPOTS[model]?.test(recording) === true;
      holdToTelling(t, other, [reader], { recordings, except, least: 100 });
    }
  }
});
