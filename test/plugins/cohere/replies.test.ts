import type { CanonicalEvent, Json, JsonObject } from '@dragoman/plugin-sdk';
import { runStream } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { told } from '../run.ts';
import { cohere, context } from './run.ts';

function decode(body: Json) {
  return cohere.decodeResponse({ status: 200, headers: {}, body }, context);
}

function stream(frames: JsonObject[], end: 'complete' | 'cut' = 'complete') {
  return runStream(cohere.decodeStream, [frames.map((data) => ({ data }))], context, { end });
}

const start = { type: 'message-start', id: 'c1' };
const startText = (index: number, text = '') => ({
  type: 'content-start',
  index,
  delta: { message: { content: { type: 'text', text } } },
});
const cite = (index: number, citation: JsonObject) => ({
  type: 'citation-start',
  index,
  delta: { message: { citations: citation } },
});
const end = (reason = 'COMPLETE') => ({ type: 'message-end', delta: { finish_reason: reason } });

t.test('every finish reason has a word in the hub', (t) => {
  const reasons = {
    COMPLETE: 'stop',
    STOP_SEQUENCE: 'stop',
    MAX_TOKENS: 'length',
    TOOL_CALL: 'tool-calls',
    ERROR_TOXIC: 'content-filter',
    SOMETHING_NEW: 'other',
  };
  for (const [raw, reason] of Object.entries(reasons)) {
    t.strictSame(decode({ message: {}, finish_reason: raw }).output.finish, { reason, raw });
    t.match(stream([start, end(raw)]).items.at(-1), { type: 'response-end', finish: { reason, raw } });
  }
  t.end();
});

t.test('an answer the service broke off is a failure', (t) => {
  t.throws(() => decode({ message: {}, finish_reason: 'ERROR' }), {
    code: 'upstream',
    upstream: { kind: 'server', message: /ERROR/ },
  });
  t.throws(() => decode({ message: {}, finish_reason: 'TIMEOUT' }), {
    code: 'upstream',
    upstream: { kind: 'timeout' },
  });
  t.end();
});

t.test('tokens are what the model read and wrote; what is paid for stays in raw', (t) => {
  const usage = {
    billed_units: { input_tokens: 1, output_tokens: 2 },
    tokens: { input_tokens: 500, output_tokens: 12 },
    cached_tokens: 64,
  };
  t.strictSame(decode({ message: {}, usage }).output.usage, {
    inputTokens: 500,
    outputTokens: 12,
    cacheReadTokens: 64,
    raw: { dialect: 'cohere', family: 'cohere', value: usage },
  });
  const billed = { billed_units: { input_tokens: 1, output_tokens: 2 } };
  t.match(decode({ message: {}, usage: billed }).output.usage, { inputTokens: 1, outputTokens: 2 });
  t.end();
});

t.test('a citation has a place in the text and a source', (t) => {
  const { output } = decode({
    message: {
      content: [{ type: 'text', text: '🐧🐧 tall' }],
      citations: [
        {
          start: 3,
          end: 7,
          text: 'tall',
          sources: [{ type: 'document', document: { title: 'P', url: 'https://p.example' } }],
        },
        { start: 0, end: 2 },
      ],
    },
  });
  const [text] = output.parts;
  t.match(text, {
    citations: [
      { start: 5, end: 9, quote: 'tall', title: 'P', url: 'https://p.example' },
      { start: 0, end: 4 },
    ],
  });
  if (text?.type === 'text') t.equal(text.text.slice(5, 9), 'tall');
  t.end();
});

t.test('citations of a plan belong to it; those of thinking have no place', (t) => {
  const plan = { type: 'PLAN', start: 0, end: 1 };
  const thinking = { type: 'THINKING_CONTENT', content_index: 0, start: 0, end: 1 };
  const whole = decode({ message: { tool_plan: 'I look.', citations: [plan, thinking] } });
  t.match(whole.output.parts, [{ text: 'I look.', citations: { length: 1 } }]);
  t.strictSame(told(whole.warnings), ['dropped /message/citations/1']);
  const planDelta = { type: 'tool-plan-delta', delta: { message: { tool_plan: 'I look.' } } };
  const streamed = stream([start, planDelta, cite(0, plan), cite(1, thinking), end('TOOL_CALL')]);
  t.equal(streamed.items.filter(isCitation).length, 1);
  t.strictSame(told(streamed.warnings), ['dropped /message/citations/1']);
  t.end();
});

function isCitation(event: CanonicalEvent): boolean {
  return event.type === 'part-delta' && event.delta.type === 'citation';
}

t.test('a text that ended still takes citations, until something else begins', (t) => {
  const ended = { type: 'content-end', index: 0 };
  const citation = { start: 0, end: 1, content_index: 0 };
  const late = stream([start, startText(0, 'a'), ended, cite(0, citation), end()]);
  t.equal(late.items.filter(isCitation).length, 1);
  const tooLate = stream([start, startText(0, 'a'), ended, startText(1, 'b'), cite(0, citation), end()]);
  t.equal(tooLate.items.filter(isCitation).length, 0);
  t.strictSame(told(tooLate.warnings), ['dropped /message/citations/0']);
  t.end();
});

t.test('arguments arrive as they are written, and none are an empty object', (t) => {
  const call = (index: number, input: string) => ({
    type: 'tool-call-start',
    index,
    delta: { message: { tool_calls: { id: `c${index}`, function: { name: 'f', arguments: input } } } },
  });
  const more = (index: number, input: string) => ({
    type: 'tool-call-delta',
    index,
    delta: { message: { tool_calls: { function: { arguments: input } } } },
  });
  const { items } = stream([
    start,
    call(0, ''),
    more(0, '{"a":'),
    more(0, 'null}'),
    { type: 'tool-call-end', index: 0 },
    call(1, 'nu'),
    more(1, 'll'),
    { type: 'tool-call-end', index: 1 },
    call(2, ''),
    end('TOOL_CALL'),
  ]);
  const inputs = items.flatMap((event) =>
    event.type === 'part-delta' && event.delta.type === 'tool-input' ? [[event.index, event.delta.text]] : [],
  );
  t.strictSame(inputs, [
    [0, '{"a":'],
    [0, 'null}'],
    [1, '{}'],
    [2, '{}'],
  ]);
  t.end();
});

t.test('a call that is cut off is not completed', (t) => {
  const call = {
    type: 'tool-call-start',
    index: 0,
    delta: { message: { tool_calls: { id: 'c', function: { name: 'f', arguments: '' } } } },
  };
  const { items } = stream([start, call], 'cut');
  t.match(
    items.map(({ type }) => type),
    ['response-start', 'part-start', 'part-end', 'error'],
  );
  t.end();
});

t.test('failures in a stream are errors, whatever their form', (t) => {
  const failed = (frame: JsonObject) => stream([start, startText(0, 'a'), frame]).items.at(-1);
  t.match(failed({ type: 'message-end', delta: { finish_reason: 'ERROR', error: 'broken' } }), {
    type: 'error',
    error: { kind: 'server', message: 'broken' },
  });
  t.match(failed(end('TIMEOUT')), { error: { kind: 'timeout' } });
  t.match(failed({ message: 'internal error', id: 'x' }), { error: { message: 'internal error' } });
  t.match(stream([start, startText(0, 'a')]).items.at(-1), { error: { message: /message-end/ } });
  t.end();
});

t.test('pieces without a beginning, and events nobody knows, do no harm', (t) => {
  const { items } = stream([
    { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hi' } } } },
    { type: 'debug', prompt: '...' },
    { type: 'something-new' },
    end(),
  ]);
  t.match(items, [
    { type: 'response-start', model: 'test-model' },
    { type: 'part-start', part: { type: 'text' } },
    { delta: { text: 'Hi' } },
    { type: 'part-end' },
    { type: 'response-end' },
  ]);
  t.end();
});

t.test('a reply of another shape is refused', (t) => {
  for (const body of ['<html>', {}, { message: 'no' }])
    t.throws(() => decode(body), { code: 'invalid-input' });
  t.end();
});
