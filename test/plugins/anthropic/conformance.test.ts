import { loadFixtures } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges } from '../../helpers/exchanges.ts';
import { chat, fixturesOf, holdFixturesToLaws, holdToLaws, holdToTelling, messages } from '../conformance.ts';
import { contextFor } from './context.ts';

t.test('the fixtures hold to every law', async (t) => {
  holdFixturesToLaws(t, messages, loadFixtures(fixturesOf('anthropic'), messages.id));
});

t.test('recorded traffic holds to every law', { skip: skipWithoutCorpus }, async (t) => {
  const recordings = exchanges('anthropic', 'anthropic-count-tokens');
  holdToLaws(t, messages, { recordings, splits: 2, least: 500 });
});

t.test(
  'what is lost between this dialect and openai-chat is told',
  { skip: skipWithoutCorpus },
  async (t) => {
    holdToTelling(t, messages, [chat], { recordings: exchanges('anthropic'), least: 100 });
    const theirs = exchanges('openai-chat');
    for (const model of ['claude-sonnet-4-5', 'claude-opus-5-5']) {
      const recordings = theirs.map((recording) => ({ ...recording, context: contextFor(model) }));
      holdToTelling(t, chat, [messages], { recordings, least: 100 });
    }
  },
);
