import { join } from 'node:path';
import { checkDialect, formatFailures, type LawName, loadFixtures } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import anthropic from '../../../../plugins/anthropic/src/index.ts';
import openai from '../../../../plugins/openai/src/index.ts';
import { responses as dialect } from '../../../../plugins/openai/src/responses/responses.ts';
import { loadRecordings, noCorpus } from '../recordings.ts';
import { loadResponses, withWhole } from './recordings.ts';

const id = 'openai-responses';
const chat = { id: 'openai-chat', dialect: openai.dialects['openai-chat'], family: 'openai' };
const messages = {
  id: 'anthropic-messages',
  dialect: anthropic.dialects['anthropic-messages'],
  family: 'anthropic',
};
const self = { id, dialect, family: 'openai' };
const folder = join(import.meta.dirname, '..', '..', '..', '..', 'plugins', 'openai', 'fixtures');
const everyLaw: LawName[] = [
  'round-trip',
  'stream-agrees-with-whole',
  'batching',
  'state-is-json',
  'pure',
  'grammar',
  'cut-anywhere',
];

t.test('the fixtures hold to every law', (t) => {
  const recordings = loadFixtures(folder, id);
  const results = checkDialect(dialect, { ...self, recordings, others: [chat] });
  t.equal(formatFailures(results), '');
  const checked = new Set(results.map(({ law }) => law));
  for (const law of everyLaw) t.ok(checked.has(law), `${law} had something to check`);
  t.end();
});

t.test('recorded traffic holds to every law', { skip: noCorpus }, (t) => {
  const recordings = loadResponses();
  t.ok(recordings.length > 150, 'there are recordings to hold it to');
  const results = checkDialect(dialect, { ...self, recordings, others: [chat, messages], splits: 2 });
  t.ok(results.length > 1500);
  t.equal(formatFailures(results), '');
  t.end();
});

/** Two streams in one file, and a text whose end says other words than its pieces. */
const ODD = ['vercel--openai-shell-tool.1.stream.json', 'vercel--openai-shell-container.1.stream.json'];

t.test('a recorded stream is the whole reply its last event holds', { skip: noCorpus }, (t) => {
  const recordings = loadResponses()
    .filter(({ name }) => !ODD.includes(name))
    .flatMap((recording) => withWhole(recording) ?? []);
  t.ok(recordings.length > 30);
  const results = checkDialect(dialect, { ...self, recordings, laws: ['stream-agrees-with-whole'] });
  t.equal(formatFailures(results), '');
  t.end();
});

for (const [other, corpus] of [
  [chat, ['openai-chat', 'mistral']],
  [messages, ['anthropic']],
] as const) {
  t.test(`what comes in ${other.id} loses nothing unsaid`, { skip: noCorpus }, (t) => {
    const recordings = loadRecordings(...corpus);
    const results = checkDialect(other.dialect, {
      ...other,
      recordings,
      laws: ['loss-is-told'],
      others: [self],
    });
    t.ok(results.length > 100);
    t.equal(formatFailures(results), '');
    t.end();
  });
}
