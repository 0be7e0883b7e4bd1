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

/** A stream and a reply of one file are one exchange; a count is another operation. */
function toLawRecording(recording: Recording): LawRecording {
  const law: LawRecording = { name: recording.name };
  if (recording.path.endsWith('count_tokens')) law.operation = 'count-tokens';
  if (recording.request !== undefined) {
    law.request = { path: {}, query: {}, headers: {}, body: recording.request };
  }
  if (recording.body !== undefined) law.response = { status: recording.status, body: recording.body };
  if (recording.frames !== undefined) law.frames = recording.frames;
  return law;
}
