import { loadFixtures } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges } from '../../helpers/exchanges.ts';
import { chat, fixturesOf, holdFixturesToLaws, holdToLaws, holdToTelling, messages } from '../conformance.ts';
import { recordedChats } from './recordings.ts';

t.test('the fixtures hold to every law', async (t) => {
  holdFixturesToLaws(t, chat, loadFixtures(fixturesOf('openai'), chat.id));
});

/** Reasoning, a call, reasoning and text by turns: a whole reply of this dialect has no order to write that in. */
const INTERLEAVED = 'vercel--cererebras-structured-output-tools.1.stream';

t.test('recorded traffic holds to every law', { skip: skipWithoutCorpus }, async (t) => {
  const recordings = recordedChats();
  t.ok(recordings.length > 200, 'there are recordings to hold it to');
  holdToLaws(t, chat, {
    recordings,
    others: [messages],
    splits: 2,
    except: ({ law, recording }) => law === 'stream-agrees-with-whole' && recording === INTERLEAVED,
    least: 2000,
  });
});

t.test(
  'requests and replies of the other dialect lose nothing unsaid',
  { skip: skipWithoutCorpus },
  async (t) => {
    holdToTelling(t, messages, [chat], { recordings: exchanges('anthropic'), least: 100 });
  },
);
