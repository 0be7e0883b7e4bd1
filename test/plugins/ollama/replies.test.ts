import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CanonicalEvent, Frame, JsonObject, TranslateContext } from '@dragoman/plugin-sdk';
import { loadFixtures, runStream } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { told } from '../run.ts';
import { chat, fixtures, prompt } from './dialects.ts';
import { context, reply } from './run.ts';

const start: CanonicalEvent = { type: 'response-start', id: 'r1', model: 'm', createdAt: 1_790_000_000 };
const end: CanonicalEvent = { type: 'response-end', finish: { reason: 'stop' } };

function frames(events: CanonicalEvent[], dialect: typeof chat | typeof prompt = chat): JsonObject[] {
  const { items } = runStream(dialect.encodeStream, [events], context);
  return JSON.parse(JSON.stringify(items.map((frame) => frame.data)));
}

function events(
  data: JsonObject[],
  finish: 'complete' | 'cut' = 'complete',
  changes?: Partial<TranslateContext>,
) {
  const list: Frame[] = data.map((each) => ({ data: each }));
  return runStream(chat.decodeStream, [list], { ...context, ...changes }, { end: finish }).items;
}

t.test('a call arrives whole however many pieces it came in', (t) => {
  const part = { type: 'tool-call', id: 'c1', name: 'f', kind: 'function' } as const;
  const lines = frames([
    start,
    { type: 'part-start', index: 0, part },
    { type: 'part-start', index: 1, part: { ...part, id: 'c2' } },
    { type: 'part-delta', index: 0, delta: { type: 'tool-input', text: '{"a"' } },
    { type: 'part-delta', index: 1, delta: { type: 'tool-input', text: '{}' } },
    { type: 'part-delta', index: 0, delta: { type: 'tool-input', text: ':1}' } },
    { type: 'part-end', index: 1 },
    { type: 'part-end', index: 0 },
    end,
  ]);
  t.strictSame(
    lines.map(({ message }) => (message as JsonObject).tool_calls),
    [
      [{ id: 'c2', function: { name: 'f', arguments: {} } }],
      [{ id: 'c1', function: { name: 'f', arguments: { a: 1 } } }],
      undefined,
    ],
  );
  t.end();
});

t.test('every line of a stream has what the service’s lines have', (t) => {
  const said: CanonicalEvent[] = [
    start,
    { type: 'part-start', index: 0, part: { type: 'reasoning' } },
    { type: 'part-delta', index: 0, delta: { type: 'reasoning', text: 'Hm.' } },
    { type: 'part-end', index: 0 },
    { type: 'part-start', index: 1, part: { type: 'text' } },
    { type: 'part-delta', index: 1, delta: { type: 'text', text: 'Hi' } },
    { type: 'part-end', index: 1 },
    { type: 'usage', usage: { inputTokens: 3, outputTokens: 2 } },
    { type: 'response-end', finish: { reason: 'length' } },
  ];
  const head = { model: 'm', created_at: '2026-09-21T14:13:20.000Z' };
  const last = { done: true, done_reason: 'length', prompt_eval_count: 3, eval_count: 2 };
  t.strictSame(frames(said), [
    { ...head, message: { role: 'assistant', content: '', thinking: 'Hm.' }, done: false },
    { ...head, message: { role: 'assistant', content: 'Hi' }, done: false },
    { ...head, message: { role: 'assistant', content: '' }, ...last },
  ]);
  t.strictSame(frames(said, prompt), [
    { ...head, response: '', thinking: 'Hm.', done: false },
    { ...head, response: 'Hi', done: false },
    { ...head, response: '', ...last },
  ]);
  t.end();
});

t.test('a second answer and what nobody can read stay out of the stream', (t) => {
  const result = runStream(
    chat.encodeStream,
    [
      [
        start,
        { type: 'part-start', index: 0, candidate: 1, part: { type: 'text' } },
        { type: 'part-delta', index: 0, delta: { type: 'text', text: 'Other' } },
        { type: 'part-end', index: 0 },
        { type: 'part-start', index: 1, part: { type: 'opaque', dialect: 'gemini', value: {} } },
        { type: 'part-end', index: 1 },
        { type: 'part-start', index: 2, part: { type: 'media', mediaType: 'audio/wav' } },
        { type: 'part-delta', index: 2, delta: { type: 'media-data', data: 'AA' } },
        { type: 'part-end', index: 2 },
        { type: 'part-start', index: 3, part: { type: 'media', mediaType: 'image/png' } },
        { type: 'part-delta', index: 3, delta: { type: 'media-data', data: 'iVBO' } },
        { type: 'part-end', index: 3 },
        end,
      ],
    ],
    context,
  );
  t.match(
    result.items.map((frame) => frame.data),
    [{ message: { images: ['iVBO'] }, done: false }, { done: true }],
  );
  t.equal(result.items.length, 2);
  t.strictSame(told(result.warnings), ['dropped /parts/1', 'dropped /parts/2']);
  t.end();
});

t.test('a stream that breaks off says so to the client', (t) => {
  const failed = frames([start, { type: 'error', error: { kind: 'overloaded', message: 'too busy' } }]);
  t.strictSame(failed, [{ error: 'too busy' }]);
  const { items } = runStream(chat.encodeStream, [[start]], context, { end: 'cut' });
  t.strictSame(items, [{ data: { error: 'The stream was cut off' } }]);
  t.end();
});

t.test('calls make it a stop for calls, though the server says stop', (t) => {
  const line = {
    model: 'm',
    message: { content: '', tool_calls: [{ function: { name: 'f', arguments: {} } }] },
  };
  const list = events([
    { ...line, done: false },
    { model: 'm', done: true, done_reason: 'stop' },
  ]);
  t.match(list.at(-1), { type: 'response-end', finish: { reason: 'tool-calls', raw: 'stop' } });
  const { output } = chat.decodeResponse(
    { status: 200, headers: {}, body: { ...line, done: true } },
    context,
  );
  t.equal(output.finish.reason, 'tool-calls');
  t.end();
});

t.test('calls without ids get ids of their own, other ones in the next exchange', (t) => {
  const call = { function: { name: 'f', arguments: {} } };
  const line = { model: 'm', message: { content: '', tool_calls: [call, call] }, done: true };
  const ids = (requestId: string) =>
    events([line], 'complete', { requestId }).flatMap((event) =>
      event.type === 'part-start' && event.part.type === 'tool-call' ? [event.part.id] : [],
    );
  t.equal(new Set([...ids('r1'), ...ids('r2')]).size, 4);
  t.strictSame(ids('r1'), ids('r1'));
  t.end();
});

t.test('text without a last line is no success', (t) => {
  const line = { model: 'm', message: { role: 'assistant', content: 'Hi' }, done: false };
  for (const finish of ['complete', 'cut'] as const) {
    const list = events([line], finish);
    t.match(list.at(-1), { type: 'error', error: { kind: 'server' } });
    t.match(list.at(-2), { type: 'part-end', index: 0 });
  }
  t.match(events([line, { error: 'out of memory' }]).at(-1), { error: { message: 'out of memory' } });
  t.end();
});

t.test('the frames the manifest marks alone tell usage, calls and the end', (t) => {
  const manifest = JSON.parse(readFileSync(join(fixtures, '..', 'plugin.json'), 'utf8'));
  const marks: string[] = manifest.dialects[0].marks;
  const ending = (frames: Frame[]) =>
    runStream(chat.decodeStream, [frames], context).items.filter(({ type }) =>
      ['usage', 'response-end', 'error'].includes(type),
    );
  for (const { name, frames = [] } of loadFixtures(fixtures, 'ollama')) {
    if (frames.length === 0) continue;
    const marked = frames.filter(({ data }) => marks.some((mark) => JSON.stringify(data).includes(mark)));
    t.ok(marked.length < frames.length || name.startsWith('tool-call'), `${name}: some frames are not`);
    t.strictSame(ending(marked), ending(frames), name);
  }
  t.end();
});

t.test('what a whole reply cannot carry is told', (t) => {
  const { output, warnings } = chat.encodeResponse(
    reply({
      parts: [
        { type: 'refusal', text: 'No.' },
        { type: 'text', text: ' Sorry.', citations: [{ title: 'Law' }] },
        { type: 'tool-call', id: 'c', name: 'f', kind: 'function', input: '{"a":' },
        { type: 'tool-call', id: 'h', name: 'web', kind: 'hosted', input: '{}' },
        { type: 'reasoning', text: 'Hm.', signature: { dialect: 'x', value: 's' } },
      ],
      finish: { reason: 'refusal' },
      candidates: [{ parts: [], finish: { reason: 'stop' } }],
    }),
    { ...context, provider: { id: 'other', family: 'other', dialect: 'other', options: {} } },
  );
  t.match(output, {
    message: {
      content: 'No. Sorry.',
      thinking: 'Hm.',
      tool_calls: [{ id: 'c', function: { arguments: {} } }],
    },
    done: true,
    done_reason: 'stop',
  });
  t.strictSame(told(warnings), [
    'approximated /parts/0',
    'approximated /parts/2/input',
    'dropped /parts/3',
    'dropped /parts/1/citations',
    'dropped /parts/4/signature',
    'approximated /finish/reason',
    'dropped /candidates',
  ]);
  t.end();
});

t.test('a reply of another shape is refused', (t) => {
  for (const body of ['<html>', { choices: [] }, { status: 'success' }]) {
    t.throws(() => chat.decodeResponse({ status: 200, headers: {}, body }, context), {
      code: 'invalid-input',
    });
  }
  t.end();
});
