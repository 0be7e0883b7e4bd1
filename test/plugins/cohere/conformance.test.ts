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
import { loadRecordings, noCorpus } from '../anthropic/recordings.ts';
import { readBack } from './read-back.ts';
import { cohere, fixtures } from './run.ts';

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

t.test('the fixtures hold to every law', (t) => {
  const recordings = loadFixtures(fixtures, 'cohere');
  const results = checkDialect(cohere, { id: 'cohere', recordings, others });
  t.equal(formatFailures(results), '');
  const checked = new Set(results.map(({ law }) => law));
  for (const law of laws) t.ok(checked.has(law), `${law} had something to check`);
  t.end();
});

t.test('recorded traffic holds to every law', { skip: noCorpus }, (t) => {
  const recordings = toLawRecordings('cohere', () => true).map(({ request: _, ...reply }) => reply);
  const results = checkDialect(cohere, { id: 'cohere', recordings, others });
  t.ok(recordings.length >= 6, 'there are recordings to hold it to');
  t.equal(formatFailures(results), '');
  t.end();
});

t.test('recorded requests of other dialects lose nothing unsaid', { skip: noCorpus }, (t) => {
  const here = { id: 'cohere', dialect: { ...cohere, decodeRequest: readBack } };
  for (const { id, dialect, family } of others) {
    const folder = id === 'openai-chat' ? id : 'anthropic';
    const recordings = toLawRecordings(folder, (path) => /\/(chat\/completions|messages)$/.test(path));
    const results = checkDialect(dialect, { id, family, recordings, laws: ['loss-is-told'], others: [here] });
    t.ok(results.length > 100, `${id}: there are recordings to hold it to`);
    t.equal(formatFailures(results), '');
  }
  t.end();
});

function toLawRecordings(folder: string, isWanted: (path: string) => boolean): Recording[] {
  return loadRecordings(folder)
    .filter(({ path }) => isWanted(path))
    .map(({ name, request, status, body, frames }) => {
      const recording: Recording = { name };
      if (typeof request === 'object' && request !== null)
        recording.request = { path: {}, query: {}, headers: {}, body: request };
      if (body !== undefined) recording.response = { status, body };
      if (frames !== undefined) recording.frames = frames;
      return recording;
    });
}
