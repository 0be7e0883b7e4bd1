import { type CanonicalEvent, checkGrammar } from '@dragoman/plugin-sdk';
import { loadFixtures, runStream, testContext } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges } from '../../helpers/exchanges.ts';
import { foreign, holdFixturesToLaws, holdToTelling } from '../conformance.ts';
import { chat, fixtures, prompt } from './dialects.ts';

t.test('the fixtures of both dialects hold to every law', async (t) => {
  holdFixturesToLaws(t, { id: 'ollama', dialect: chat }, loadFixtures(fixtures, 'ollama'), foreign);
  holdFixturesToLaws(t, { id: 'ollama', dialect: prompt }, loadFixtures(fixtures, 'ollama-prompt'), foreign);
});

t.test(
  'recorded requests and replies of other dialects lose nothing unsaid',
  { skip: skipWithoutCorpus },
  async (t) => {
    for (const other of foreign) {
      const recordings = exchanges(other.folder);
      holdToTelling(t, other, [{ id: 'ollama', dialect: chat }], { recordings, least: 100 });
    }
  },
);

t.test('recorded streams of other dialects say the same as lines', { skip: skipWithoutCorpus }, (t) => {
  for (const { id, dialect, folder } of foreign) {
    const streams = exchanges(folder).filter(({ frames }) => frames !== undefined);
    t.ok(streams.length > 20, `${id}: there are streams`);
    const failed = streams.filter(({ frames = [] }) => {
      const context = testContext(id);
      const events = runStream(dialect.decodeStream, [frames], context).items;
      const lines = runStream(chat.encodeStream, [events], context).items;
      const again = runStream(chat.decodeStream, [lines], context).items;
      return checkGrammar(again).length > 0 || essence(again) !== essence(events);
    });
    t.strictSame(
      failed.map(({ name }) => name),
      [],
    );
  }
  t.end();
});

/** Text, thinking and calls of the first answer, and how it ended. */
function essence(events: CanonicalEvent[]): string {
  let thinking = '';
  let text = '';
  const calls = new Map<number, string>();
  const others = new Set<number>();
  for (const event of events) {
    if (event.type === 'part-start' && event.candidate) others.add(event.index);
    if (event.type === 'part-start' && event.part.type === 'tool-call' && event.part.kind === 'function')
      calls.set(event.index, '');
    if (event.type !== 'part-delta' || others.has(event.index)) continue;
    const { delta, index } = event;
    if (delta.type === 'reasoning') thinking += delta.text;
    if (delta.type === 'text' || delta.type === 'refusal') text += delta.text;
    const before = calls.get(index);
    if (delta.type === 'tool-input' && before !== undefined) calls.set(index, before + delta.text);
  }
  const inputs = [...calls.values()].map((input) => JSON.stringify(JSON.parse(input || '{}')));
  return JSON.stringify([thinking, text, inputs, events.at(-1)?.type]);
}
