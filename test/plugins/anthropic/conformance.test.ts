import { join } from 'node:path';
import {
  checkDialect,
  formatFailures,
  type LawName,
  type Recording as LawRecording,
  loadFixtures,
} from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import plugin from '../../../plugins/anthropic/src/index.ts';
import openai from '../../../plugins/openai/src/index.ts';
import { contextFor } from './context.ts';
import { loadRecordings, noCorpus, type Recording } from './recordings.ts';

const id = 'anthropic-messages';
const dialect = plugin.dialects[id];
const fixtures = join(import.meta.dirname, '..', '..', '..', 'plugins', 'anthropic', 'fixtures');

t.test('the fixtures hold to every law', (t) => {
  const results = checkDialect(dialect, { id, family: 'anthropic', recordings: loadFixtures(fixtures, id) });
  t.equal(formatFailures(results), '');
  const checked = new Set(results.map(({ law }) => law));
  const expected: LawName[] = [
    'round-trip',
    'stream-agrees-with-whole',
    'batching',
    'state-is-json',
    'pure',
    'grammar',
    'cut-anywhere',
  ];
  for (const law of expected) t.ok(checked.has(law), `${law} had something to check`);
  t.end();
});

t.test('recorded traffic holds to every law', { skip: noCorpus }, (t) => {
  const recordings = loadRecordings('anthropic', 'anthropic-count-tokens').map(toLawRecording);
  const results = checkDialect(dialect, { id, family: 'anthropic', recordings, splits: 2 });
  t.ok(results.length > 500, 'there are recordings to hold it to');
  t.equal(formatFailures(results), '');
  t.end();
});

t.test('what is lost between this dialect and openai-chat is told', { skip: noCorpus }, (t) => {
  const other = { id: 'openai-chat', dialect: openai.dialects['openai-chat'], family: 'openai' };
  const here = { id, dialect, family: 'anthropic' };
  const only: { laws: LawName[] } = { laws: ['loss-is-told'] };
  const ours = loadRecordings('anthropic').map(toLawRecording);
  const theirs = loadRecordings('openai-chat')
    .filter(({ path }) => path.endsWith('/chat/completions'))
    .map(toLawRecording);
  const from = checkDialect(dialect, { ...here, ...only, recordings: ours, others: [other] });
  const to = ['claude-sonnet-4-5', 'claude-opus-5-5'].flatMap((model) => {
    const recordings = theirs.map((recording) => ({ ...recording, context: contextFor(model) }));
    return checkDialect(other.dialect, { ...other, ...only, recordings, others: [here] });
  });
  t.ok(from.length > 100 && to.length > 100, 'there are recordings to hold it to');
  t.equal(formatFailures([...from, ...to]), '');
  t.end();
});

/** A stream and a reply of one file are one exchange; a count is another operation. */
function toLawRecording(recording: Recording): LawRecording {
  const law: LawRecording = { name: recording.name };
  if (recording.path.endsWith('count_tokens')) law.operation = 'count-tokens';
  if (typeof recording.request === 'object' && recording.request !== null) {
    law.request = { path: {}, query: {}, headers: {}, body: recording.request };
  }
  if (recording.body !== undefined) law.response = { status: recording.status, body: recording.body };
  if (recording.frames !== undefined) law.frames = recording.frames;
  return law;
}
