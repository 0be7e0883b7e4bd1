import { type CanonicalEvent, checkGrammar } from '@dragoman/plugin-sdk';
import {
  checkDialect,
  formatFailures,
  type LawName,
  loadFixtures,
  type Recording,
  runStream,
  testContext,
} from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import anthropic from '../../../plugins/anthropic/src/index.ts';
import openai from '../../../plugins/openai/src/index.ts';
import { loadRecordings, noCorpus } from '../anthropic/recordings.ts';
import { chat, fixtures, prompt } from './dialects.ts';

const others = [
  { id: 'openai-chat', dialect: openai.dialects['openai-chat'], family: 'openai' },
  { id: 'anthropic-messages', dialect: anthropic.dialects['anthropic-messages'], family: 'anthropic' },
];
const everyLaw: LawName[] = [
  'round-trip',
  'stream-agrees-with-whole',
  'batching',
  'state-is-json',
  'pure',
  'grammar',
  'cut-anywhere',
  'loss-is-told',
];

t.test('the fixtures of both dialects hold to every law', (t) => {
  for (const [id, dialect] of [
    ['ollama', chat],
    ['ollama-prompt', prompt],
  ] as const) {
    const recordings = loadFixtures(fixtures, id);
    const results = checkDialect(dialect, { id: 'ollama', recordings, others });
    t.equal(formatFailures(results), '');
    const checked = new Set(results.map(({ law }) => law));
    for (const law of everyLaw) t.ok(checked.has(law), `${id}: ${law} had something to check`);
  }
  t.end();
});

t.test('recorded requests and replies of other dialects lose nothing unsaid', { skip: noCorpus }, (t) => {
  for (const { id, dialect, family } of others) {
    const recordings = foreignRecordings(id === 'openai-chat' ? id : 'anthropic');
    const results = checkDialect(dialect, {
      id,
      family,
      recordings,
      laws: ['loss-is-told'],
      others: [{ id: 'ollama', dialect: chat }],
    });
    t.ok(results.length > 100, `${id}: there are recordings to hold it to`);
    t.equal(formatFailures(results), '');
  }
  t.end();
});

t.test('recorded streams of other dialects say the same as lines', { skip: noCorpus }, (t) => {
  for (const { id, dialect } of others) {
    const recordings = foreignRecordings(id === 'openai-chat' ? id : 'anthropic');
    const streams = recordings.filter(({ frames }) => frames !== undefined);
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

function foreignRecordings(folder: string): Recording[] {
  const chats = loadRecordings(folder).filter(({ path }) => /\/(chat\/completions|messages)$/.test(path));
  return chats.map(({ name, request, status, body, frames }) => {
    const recording: Recording = { name };
    if (typeof request === 'object' && request !== null)
      recording.request = { path: {}, query: {}, headers: {}, body: request };
    if (body !== undefined) recording.response = { status, body };
    if (frames !== undefined) recording.frames = frames;
    return recording;
  });
}
