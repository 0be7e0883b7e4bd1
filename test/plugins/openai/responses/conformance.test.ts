import { loadFixtures } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { responses as dialect } from '../../../../plugins/openai/src/responses/responses.ts';
import { skipWithoutCorpus } from '../../../helpers/corpus.ts';
import { exchanges } from '../../../helpers/exchanges.ts';
import {
  chat,
  fixturesOf,
  holdFixturesToLaws,
  holdToLaws,
  holdToTelling,
  messages,
} from '../../conformance.ts';
import { recordedChats } from '../recordings.ts';
import { withWhole } from './recordings.ts';

const self = { id: 'openai-responses', dialect, family: 'openai' };

t.test('the fixtures hold to every law', async (t) => {
  holdFixturesToLaws(t, self, loadFixtures(fixturesOf('openai'), self.id), [chat]);
});

t.test('recorded traffic holds to every law', { skip: skipWithoutCorpus }, async (t) => {
  const recordings = exchanges(self.id);
  t.ok(recordings.length > 150, 'there are recordings to hold it to');
  holdToLaws(t, self, { recordings, others: [chat, messages], splits: 2, least: 1500 });
});

/** Two streams in one file, and a text whose end says other words than its pieces. */
const ODD = ['vercel--openai-shell-tool.1.stream', 'vercel--openai-shell-container.1.stream'];

t.test(
  'a recorded stream is the whole reply its last event holds',
  { skip: skipWithoutCorpus },
  async (t) => {
    const recordings = exchanges(self.id)
      .filter(({ name }) => !ODD.includes(name))
      .flatMap((recording) => withWhole(recording) ?? []);
    holdToLaws(t, self, { recordings, laws: ['stream-agrees-with-whole'], least: 30 });
  },
);

t.test('what comes in other dialects loses nothing unsaid', { skip: skipWithoutCorpus }, async (t) => {
  holdToTelling(t, chat, [self], { recordings: recordedChats(), least: 100 });
  holdToTelling(t, messages, [self], { recordings: exchanges('anthropic'), least: 100 });
});
