import { checkGrammar, foldEvents, type JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeStream } from '../../../plugins/anthropic/src/decode-stream.ts';
import { oneByOne, types } from '../run.ts';
import { makeContext } from './context.ts';
import { frame, runStream } from './run.ts';

const start = frame({
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-x',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 5, cache_read_input_tokens: 10, cache_creation_input_tokens: 0, output_tokens: 1 },
  },
});
const end = [
  frame({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 9 },
  }),
  frame({ type: 'message_stop' }),
];
function block(index: number, content_block: JsonObject): ReturnType<typeof frame> {
  return frame({ type: 'content_block_start', index, content_block });
}
function delta(index: number, change: JsonObject): ReturnType<typeof frame> {
  return frame({ type: 'content_block_delta', index, delta: change });
}
function stop(index: number): ReturnType<typeof frame> {
  return frame({ type: 'content_block_stop', index });
}

t.test('decoding', (t) => {
  t.test('passes tool input on piece by piece, as it comes', (t) => {
    const frames = [
      start,
      block(0, { type: 'tool_use', id: 't', name: 'f', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '' }),
      delta(0, { type: 'input_json_delta', partial_json: '{"a"' }),
    ];
    let state = null as Parameters<typeof decodeStream>[0]['state'];
    const perFrame = frames.map((item) => {
      const { output } = decodeStream({ state, items: [item] }, makeContext());
      state = output.state;
      return output.items;
    });
    t.strictSame(perFrame.slice(1), [
      [
        {
          type: 'part-start',
          index: 0,
          part: { type: 'tool-call', id: 't', name: 'f', kind: 'function' },
        },
      ],
      [],
      [{ type: 'part-delta', index: 0, delta: { type: 'tool-input', text: '{"a"' } }],
    ]);
    t.end();
  });

  t.test('gives a call without input {}', (t) => {
    const events = runStream(decodeStream, [
      [start, block(0, { type: 'tool_use', id: 't', name: 'f', input: {} }), stop(0), ...end],
    ]);
    t.match(foldEvents(events).parts, [{ type: 'tool-call', input: '{}' }]);
    t.end();
  });

  t.test('leaves the input of a call that was cut off empty', (t) => {
    const events = runStream(
      decodeStream,
      [[start, block(0, { type: 'tool_use', id: 't', name: 'f', input: {} })]],
      makeContext(),
      'cut',
    );
    t.strictSame(types(events), ['response-start', 'usage', 'part-start', 'part-end', 'error']);
    t.end();
  });

  t.test('takes input that stands in the start of the block', (t) => {
    const events = runStream(decodeStream, [
      [start, block(0, { type: 'tool_use', id: 't', name: 'f', input: { a: 1 } }), stop(0), ...end],
    ]);
    t.match(foldEvents(events).parts, [{ input: '{"a":1}' }]);
    t.end();
  });

  t.test('adds up usage from both ends of the stream', (t) => {
    const { usage } = foldEvents(runStream(decodeStream, oneByOne([start, ...end])));
    t.match(usage, { inputTokens: 15, cacheReadTokens: 10, outputTokens: 9 });
    t.end();
  });

  t.test('keeps signatures, redacted thinking and citations', (t) => {
    const citation = {
      type: 'web_search_result_location',
      url: 'https://e.org',
      title: 'E',
      cited_text: 'q',
    };
    const events = runStream(decodeStream, [
      [
        start,
        block(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
        delta(0, { type: 'signature_delta', signature: 'Esig' }),
        stop(0),
        block(1, { type: 'redacted_thinking', data: 'xyz' }),
        stop(1),
        block(2, { type: 'text', text: '', citations: [] }),
        delta(2, { type: 'text_delta', text: 'See' }),
        delta(2, { type: 'citations_delta', citation }),
        stop(2),
        ...end,
      ],
    ]);
    t.match(foldEvents(events).parts, [
      { type: 'reasoning', text: 'Hm', signature: { family: 'anthropic', value: 'Esig' } },
      { type: 'reasoning', redacted: true, signature: { value: 'xyz' } },
      {
        type: 'text',
        text: 'See',
        citations: [{ url: 'https://e.org', quote: 'q', opaque: { value: citation } }],
      },
    ]);
    t.end();
  });

  t.test('collects a block it does not know and passes it on whole', (t) => {
    const events = runStream(decodeStream, [
      [
        start,
        block(0, { type: 'compaction', content: null }),
        delta(0, { type: 'compaction_delta', content: 'a' }),
        delta(0, { type: 'compaction_delta', content: 'b' }),
        stop(0),
        ...end,
      ],
    ]);
    t.match(foldEvents(events).parts, [{ type: 'opaque', value: { type: 'compaction', content: 'ab' } }]);
    t.end();
  });

  t.test('takes a clean end without message_stop for a cut', (t) => {
    const events = runStream(decodeStream, [[start, ...end.slice(0, 1)]], makeContext(), 'complete');
    t.match(events.at(-1), { type: 'error', error: { kind: 'server' } });
    t.end();
  });

  t.test('ends with the error the service sends, and with nothing after it', (t) => {
    const events = runStream(decodeStream, [
      [
        start,
        block(0, { type: 'text', text: '' }),
        frame({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
        ...end,
      ],
    ]);
    t.match(events.at(-1), { type: 'error', error: { kind: 'overloaded', message: 'Overloaded' } });
    t.strictSame(checkGrammar(events), []);
    t.end();
  });

  t.test('forgives what compatible services leave out', (t) => {
    const events = runStream(decodeStream, [
      [
        { data: '[DONE]' },
        delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
        delta(1, { type: 'text_delta', text: 'Hi' }),
        ...end,
      ],
    ]);
    t.strictSame(checkGrammar(events), []);
    t.match(foldEvents(events), {
      id: 'msg_req1',
      model: 'claude-sonnet-4-5',
      parts: [{ type: 'reasoning' }, { type: 'text' }],
    });
    t.strictSame(types(runStream(decodeStream, [[{ data: { error: { message: 'no' } } }]])), ['error']);
    t.end();
  });

  t.test('undoes what the request did with free-text tools and formats', (t) => {
    const memo = { customTools: ['patch'], answerTool: 'json_answer' };
    const calls = (name: string) =>
      foldEvents(
        runStream(
          decodeStream,
          oneByOne([
            start,
            block(0, { type: 'tool_use', id: 't', name, input: {} }),
            delta(0, { type: 'input_json_delta', partial_json: '{"input":"a' }),
            delta(0, { type: 'input_json_delta', partial_json: '\\nb"}' }),
            stop(0),
            frame({ type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } }),
            frame({ type: 'message_stop' }),
          ]),
          makeContext({ memo }),
        ),
      );
    t.match(calls('patch'), { parts: [{ kind: 'custom', input: 'a\nb' }], finish: { reason: 'tool-calls' } });
    t.match(calls('json_answer'), {
      parts: [{ type: 'text', text: '{"input":"a\\nb"}' }],
      finish: { reason: 'stop' },
    });
    t.end();
  });
  t.end();
});
