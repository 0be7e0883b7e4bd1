import {
  checkDialect,
  formatFailures,
  type LawName,
  loadFixtures,
  type Recording,
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

/** Token probabilities in a reply are left out by `anthropic-messages`, and whether it says so is its own affair. */
t.test('the fixtures of both dialects hold to every law', (t) => {
  for (const [id, dialect] of [
    ['ollama', chat],
    ['ollama-prompt', prompt],
  ] as const) {
    const recordings = loadFixtures(fixtures, id);
    const results = checkDialect(dialect, { id: 'ollama', recordings, others }).filter(
      ({ recording, message }) => !(recording === 'logprobs' && message.includes(' to anthropic-messages')),
    );
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
