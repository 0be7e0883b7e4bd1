import { type CanonicalEvent, foldEvents, type JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeStream } from '../../../plugins/anthropic/src/decode-stream.ts';
import { encodeStream } from '../../../plugins/anthropic/src/encode-stream.ts';
import { oneByOne } from '../run.ts';
import { makeContext } from './context.ts';
import { frame, runStream } from './run.ts';

function say(index: number, text: string): CanonicalEvent[] {
  return [
    { type: 'part-start', index, part: { type: 'text' } },
    { type: 'part-delta', index, delta: { type: 'text', text } },
    { type: 'part-end', index },
  ];
}
const begin: CanonicalEvent = { type: 'response-start', id: 'r', model: 'gpt' };
const finish: CanonicalEvent = { type: 'response-end', finish: { reason: 'stop' } };
function startCall(index: number, id: string, kind: 'function' | 'custom' = 'function'): CanonicalEvent {
  return { type: 'part-start', index, part: { type: 'tool-call', id, name: 'f', kind } };
}
function input(index: number, text: string): CanonicalEvent {
  return { type: 'part-delta', index, delta: { type: 'tool-input', text } };
}
function encode(events: CanonicalEvent[], context = makeContext()): JsonObject[] {
  return runStream(encodeStream, oneByOne(events), context).map((item) => item.data as JsonObject);
}

t.test('encoding', (t) => {
  t.test('names every event as its data does', (t) => {
    const frames = runStream(encodeStream, oneByOne([begin, ...say(0, 'Hi'), finish]));
    t.strictSame(
      frames.map((item) => item.event),
      [
        'message_start',
        'content_block_start',
        'content_block_delta',
        'content_block_stop',
        'message_delta',
        'message_stop',
      ],
    );
    for (const item of frames) t.equal((item.data as JsonObject).type, item.event);
    t.end();
  });

  t.test('tells usage at the start when it is known, and at the end in any case', (t) => {
    const usage: CanonicalEvent = {
      type: 'usage',
      usage: { inputTokens: 30, cacheReadTokens: 10, outputTokens: 2 },
    };
    const early = encode([begin, usage, finish]);
    t.match(early[0], {
      message: { usage: { input_tokens: 20, cache_read_input_tokens: 10, output_tokens: 2 } },
    });
    const late = encode([begin, ...say(0, 'Hi'), usage, finish]);
    t.match(late[0], { message: { usage: { input_tokens: 0, output_tokens: 0 } } });
    t.match(late.at(-2), { usage: { input_tokens: 20, cache_read_input_tokens: 10, output_tokens: 2 } });
    t.end();
  });

  t.test('passes tool input on live, in the event in which it came', (t) => {
    let state = null as Parameters<typeof encodeStream>[0]['state'];
    const events = [begin, startCall(0, 'a'), input(0, '{"x"'), input(0, ':1}')];
    const perEvent = events.map((event) => {
      const { output } = encodeStream({ state, items: [event] }, makeContext());
      state = output.state;
      return output.items.map((item) => item.data);
    });
    t.match(perEvent, [
      [],
      [{ type: 'message_start' }, { content_block: { type: 'tool_use', id: 'a', name: 'f', input: {} } }],
      [{ delta: { type: 'input_json_delta', partial_json: '{"x"' } }],
      [{ delta: { type: 'input_json_delta', partial_json: ':1}' } }],
    ]);
    t.end();
  });

  t.test('puts interleaved parts one after the other, with indexes that count up', (t) => {
    const data = encode([
      begin,
      { type: 'part-start', index: 0, part: { type: 'text' } },
      startCall(1, 'a'),
      startCall(2, 'b'),
      input(2, '{"b"'),
      input(1, '{"a"'),
      { type: 'part-delta', index: 0, delta: { type: 'text', text: 'Hi' } },
      { type: 'part-end', index: 0 },
      input(1, ':1}'),
      input(2, ':2}'),
      { type: 'part-end', index: 2 },
      { type: 'part-end', index: 1 },
      { type: 'response-end', finish: { reason: 'tool-calls' } },
    ]);
    const open: number[] = [];
    let next = 0;
    for (const item of data) {
      if (item.type === 'content_block_start') {
        t.strictSame(open, [], 'one block at a time');
        t.equal(item.index, next++);
        open.push(item.index as number);
      }
      if (item.type === 'content_block_delta') t.equal(item.index, open[0]);
      if (item.type === 'content_block_stop') t.equal(open.pop(), item.index);
    }
    const folded = foldEvents(runStream(decodeStream, [data.map(frame)]));
    t.match(folded.parts, [
      { type: 'text', text: 'Hi' },
      { id: 'a', input: '{"a":1}' },
      { id: 'b', input: '{"b":2}' },
    ]);
    t.match(data.at(-2), { delta: { stop_reason: 'tool_use' } });
    t.end();
  });

  t.test('says tool_use only when a tool block went out', (t) => {
    const data = encode([begin, ...say(0, 'Hi'), { type: 'response-end', finish: { reason: 'tool-calls' } }]);
    t.match(data.at(-2), { delta: { stop_reason: 'end_turn' } });
    t.end();
  });

  t.test('wraps free text so that it parses, however it was cut', (t) => {
    const pair = '\u{1F600}';
    const data = encode([
      begin,
      startCall(0, 'a', 'custom'),
      input(0, `"q"\n${pair[0]}`),
      input(0, `${pair[1]}\\`),
      { type: 'part-end', index: 0 },
      finish,
    ]);
    const text = data
      .filter((item) => item.type === 'content_block_delta')
      .map((item) => (item.delta as JsonObject).partial_json)
      .join('');
    t.strictSame(JSON.parse(text), { input: `"q"\n${pair}\\` });
    t.end();
  });

  t.test('opens a redacted block only with its data', (t) => {
    const data = encode([
      begin,
      { type: 'part-start', index: 0, part: { type: 'reasoning', redacted: true } },
      {
        type: 'part-delta',
        index: 0,
        delta: {
          type: 'signature',
          signature: { dialect: 'anthropic-messages', family: 'anthropic', value: 'x' },
        },
      },
      { type: 'part-end', index: 0 },
      { type: 'part-start', index: 1, part: { type: 'reasoning', redacted: true } },
      { type: 'part-end', index: 1 },
      ...say(2, 'Hi'),
      finish,
    ]);
    t.match(
      data.filter((item) => item.type === 'content_block_start'),
      [
        { index: 0, content_block: { type: 'redacted_thinking', data: 'x' } },
        { index: 1, content_block: { type: 'text' } },
      ],
    );
    t.end();
  });

  t.test('lets a signature its block has no place for follow in one of its own', (t) => {
    const signature = { dialect: 'gemini', family: 'google', value: 'abc' };
    const data = encode([
      begin,
      startCall(0, 'a'),
      { type: 'part-delta', index: 0, delta: { type: 'signature', signature } },
      input(0, '{}'),
      { type: 'part-end', index: 0 },
      ...say(1, 'Hi'),
      finish,
    ]);
    t.match(
      data.filter((item) => item.type === 'content_block_start'),
      [
        { index: 0, content_block: { type: 'tool_use' } },
        { index: 1, content_block: { type: 'redacted_thinking', data: /"abc","previous"/ } },
        { index: 2, content_block: { type: 'text' } },
      ],
    );
    t.end();
  });

  t.test('leaves out what its clients cannot read, and tells', (t) => {
    const { warnings, output } = encodeStream(
      {
        state: null,
        items: [
          begin,
          { type: 'part-start', index: 0, part: { type: 'media', mediaType: 'image/png' } },
          { type: 'part-delta', index: 0, delta: { type: 'media-data', data: 'AAAA' } },
          { type: 'part-end', index: 0 },
          { type: 'part-start', index: 1, candidate: 1, part: { type: 'text' } },
          { type: 'part-delta', index: 1, delta: { type: 'text', text: 'other answer' } },
          { type: 'part-end', index: 1 },
          { type: 'finish', candidate: 1, finish: { reason: 'stop' } },
          ...say(2, 'Hi'),
          finish,
        ],
      },
      makeContext(),
    );
    t.match(warnings, [{ code: 'dropped', path: '/parts/0' }]);
    t.equal(output.items.filter((item) => item.event === 'content_block_start').length, 1);
    t.notMatch(JSON.stringify(output.items), /other answer/);
    t.end();
  });

  t.test('ends a failed stream with the error and never with success', (t) => {
    const data = encode([
      begin,
      ...say(0, 'Hi'),
      { type: 'error', error: { kind: 'overloaded', message: 'busy' } },
    ]);
    t.match(data.at(-1), { type: 'error', error: { type: 'overloaded_error', message: 'busy' } });
    t.notOk(data.some((item) => item.type === 'message_stop'));
    t.end();
  });

  t.test('ends a stream that was cut with an error', (t) => {
    for (const how of ['cut', 'complete'] as const) {
      const frames = runStream(encodeStream, [[begin, ...say(0, 'Hi')]], makeContext(), how);
      t.match(frames.at(-1), { event: 'error', data: { error: { type: 'api_error' } } });
    }
    t.end();
  });

  t.test('gives a client of the API of 2026-10-21 every field of a message', (t) => {
    const [first] = encode([begin, finish], makeContext({ memo: { version: '2026-10-21' } }));
    t.match(first, {
      message: { container: null, diagnostics: null, stop_details: null, usage: { speed: null } },
    });
    t.end();
  });
  t.end();
});
