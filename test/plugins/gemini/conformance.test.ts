import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkDialect,
  formatFailures,
  type LawName,
  loadFixtures,
  type NamedDialect,
} from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import anthropic from '../../../plugins/anthropic/src/index.ts';
import plugin from '../../../plugins/gemini/src/index.ts';
import openai from '../../../plugins/openai/src/index.ts';
import { contextFor } from './context.ts';
import { loadRecordings, noCorpus, toLawRecording } from './recordings.ts';

const id = 'gemini';
const dialect = plugin.dialects[id];
const fixtures = join(import.meta.dirname, '..', '..', '..', 'plugins', 'gemini', 'fixtures');
const here: NamedDialect = { id, dialect, family: 'google' };

t.test('the fixtures hold to every law', (t) => {
  t.ok(existsSync(fixtures) && readdirSync(fixtures).length > 5, 'there are fixtures');
  const results = checkDialect(dialect, { id, family: 'google', recordings: loadFixtures(fixtures, id) });
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
  const recordings = loadRecordings('gemini', 'gemini-count-tokens').map(toLawRecording);
  const results = checkDialect(dialect, { id, family: 'google', recordings, splits: 2 });
  t.ok(results.length > 500, 'there are recordings to hold it to');
  t.equal(formatFailures(results), '');
  t.end();
});

const others: { dialect: NamedDialect; folder: string; path: string }[] = [
  {
    dialect: { id: 'openai-chat', dialect: openai.dialects['openai-chat'], family: 'openai' },
    folder: 'openai-chat',
    path: '/chat/completions',
  },
  {
    dialect: {
      id: 'anthropic-messages',
      dialect: anthropic.dialects['anthropic-messages'],
      family: 'anthropic',
    },
    folder: 'anthropic',
    path: '/messages',
  },
];
for (const { dialect: other, folder, path } of others) {
  t.test(`what is lost between this dialect and ${other.id} is told`, { skip: noCorpus }, (t) => {
    const only: { laws: LawName[] } = { laws: ['loss-is-told'] };
    const ours = loadRecordings('gemini').map(toLawRecording);
    const theirs = loadRecordings(folder)
      .filter((recording) => recording.path.endsWith(path))
      .map(toLawRecording);
    const from = checkDialect(dialect, { ...here, ...only, recordings: ours, others: [other] });
    const to = ['gemini-2.5-flash', 'gemini-2.5-pro', 'gemini-3-flash-preview'].flatMap((model) => {
      const recordings = theirs.map((recording) => ({ ...recording, context: contextFor(model) }));
      return checkDialect(other.dialect, { ...other, ...only, recordings, others: [here] });
    });
    t.ok(from.length > 100 && to.length > 100, 'there are recordings to hold it to');
    t.equal(formatFailures([...from, ...to]), '');
    t.end();
  });
}
