import { join } from 'node:path';
import { checkDialect, formatFailures, type LawName, loadFixtures } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import anthropic from '../../../plugins/anthropic/src/index.ts';
import plugin from '../../../plugins/openai/src/index.ts';
import { loadRecordings, noCorpus } from './recordings.ts';

const id = 'openai-chat';
const dialect = plugin.dialects[id];
const others = [
  {
    id: 'anthropic-messages',
    dialect: anthropic.dialects['anthropic-messages'],
    family: 'anthropic',
  },
];
const fixtures = join(import.meta.dirname, '..', '..', '..', 'plugins', 'openai', 'fixtures');
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
  const recordings = loadFixtures(fixtures, id);
  const results = checkDialect(dialect, { id, family: 'openai', recordings });
  t.equal(formatFailures(results), '');
  const checked = new Set(results.map(({ law }) => law));
  for (const law of everyLaw) t.ok(checked.has(law), `${law} had something to check`);
  t.end();
});

/** Reasoning, a call, reasoning and text by turns: a whole reply of this dialect has no order to write that in. */
const INTERLEAVED = 'vercel--cererebras-structured-output-tools.1.stream.json';

t.test('recorded traffic holds to every law', { skip: noCorpus }, (t) => {
  const recordings = loadRecordings('openai-chat', 'mistral');
  t.ok(recordings.length > 200, 'there are recordings to hold it to');
  const results = checkDialect(dialect, { id, family: 'openai', recordings, others, splits: 2 }).filter(
    ({ law, recording }) => !(law === 'stream-agrees-with-whole' && recording === INTERLEAVED),
  );
  t.ok(results.length > 2000);
  t.equal(formatFailures(results), '');
  t.end();
});

t.test('requests and replies of the other dialect lose nothing unsaid', { skip: noCorpus }, (t) => {
  const [other] = others;
  if (other === undefined) throw new Error('there is another dialect');
  const results = checkDialect(other.dialect, {
    id: other.id,
    family: other.family,
    recordings: loadRecordings('anthropic'),
    laws: ['loss-is-told'],
    others: [{ id, dialect, family: 'openai' }],
  });
  t.ok(results.length > 100);
  t.equal(formatFailures(results), '');
  t.end();
});
