import {
  checkDialect,
  formatFailures,
  type LawName,
  loadFixtures,
  type Recording,
} from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import anthropic from '../../../plugins/anthropic/src/index.ts';
import openai from '../../../plugins/openai/src/index.ts';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { loadRecordings, noCorpus } from '../anthropic/recordings.ts';
import { readBack } from './read-back.ts';
import { bedrock, claude, contextFor, fixtures, framesOf, modelOf, nova, recorded } from './run.ts';

const id = 'bedrock-converse';
const others = [
  { id: 'openai-chat', dialect: openai.dialects['openai-chat'], family: 'openai' },
  { id: 'anthropic-messages', dialect: anthropic.dialects['anthropic-messages'], family: 'anthropic' },
];
const laws: LawName[] = [
  'round-trip',
  'stream-agrees-with-whole',
  'batching',
  'state-is-json',
  'pure',
  'grammar',
  'cut-anywhere',
  'loss-is-told',
];

const llama = 'meta.llama3-3-70b-instruct-v1:0';
/**
 * What the law cannot see: of a model that never thinks, no thinking is what it does anyway; and where tools are not cached
 * but messages are, the law counts cache points and takes the first for the one that is gone.
 */
const BLIND_SPOTS: Record<string, RegExp> = { [llama]: /disable/, [nova]: /cache_all_settings/ };

t.test('the fixtures hold to every law', (t) => {
  const recordings = loadFixtures(fixtures, id);
  const results = checkDialect(bedrock, { id, family: 'bedrock', recordings, others });
  t.equal(formatFailures(results), '');
  const checked = new Set(results.map(({ law }) => law));
  for (const law of laws) t.ok(checked.has(law), `${law} had something to check`);
  t.end();
});

t.test('recorded traffic holds to every law', { skip: skipWithoutCorpus }, (t) => {
  const recordings = recorded().map((recording): Recording => {
    const { model } = contextFor(modelOf(recording));
    const exchange: Recording = { name: recording.name, context: { model } };
    const frames = framesOf(recording);
    if (frames !== undefined) exchange.frames = frames;
    else exchange.response = { status: recording.response.status, body: recording.response.body };
    return exchange;
  });
  const results = checkDialect(bedrock, { id, family: 'bedrock', recordings, others });
  t.ok(recordings.length > 100, 'there are recordings to hold it to');
  t.equal(formatFailures(results), '');
  t.end();
});

t.test('recorded requests of other dialects lose nothing unsaid', { skip: noCorpus }, (t) => {
  const here = { id, dialect: { ...bedrock, decodeRequest: readBack }, family: 'bedrock' };
  for (const { id: folder, dialect, family } of others) {
    const recordings = loadRecordings(folder === 'openai-chat' ? folder : 'anthropic').flatMap(
      ({ name, path, request }): Recording[] =>
        /\/(chat\/completions|messages)$/.test(path) && typeof request === 'object' && request !== null
          ? [{ name, request: { path: {}, query: {}, headers: {}, body: request } }]
          : [],
    );
    for (const model of [claude, nova, llama]) {
      // A recording's own context, or the model it names would be taken for the one that is asked.
      const context = { model: contextFor(model).model };
      const asked = recordings.map((recording) => ({ ...recording, context }));
      const results = checkDialect(dialect, {
        id: folder,
        family,
        recordings: asked,
        laws: ['loss-is-told'],
        others: [here],
      });
      t.ok(results.length > 100, `${folder}: there are recordings to hold it to`);
      const told = results.filter(({ recording }) => !BLIND_SPOTS[model]?.test(recording));
      t.equal(formatFailures(told), '', `${folder} to ${model}`);
    }
  }
  t.end();
});
