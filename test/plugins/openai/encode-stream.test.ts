import type { CanonicalEvent, Frame, JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { encodeStream } from '../../../plugins/openai/src/encode-stream.ts';
import { makeContext } from './context.ts';
import { frames } from './run.ts';

interface Choice {
  index: number;
  delta: JsonObject;
  finish_reason: string | null;
  logprobs?: JsonObject;
}

const start: CanonicalEvent = { type: 'response-start', id: 'msg_1', model: 'claude' };
const end = (reason: 'stop' | 'tool-calls' | 'length' = 'stop'): CanonicalEvent => ({
  type: 'response-end',
  finish: { reason },
});
const text = (index: number, value: string): CanonicalEvent[] => [
  { type: 'part-start', index, part: { type: 'text' } },
  { type: 'part-delta', index, delta: { type: 'text', text: value } },
  { type: 'part-end', index },
];
const call = (index: number, ...pieces: string[]): CanonicalEvent[] => [
  { type: 'part-start', index, part: { type: 'tool-call', id: `c${index}`, name: 'f', kind: 'function' } },
  ...pieces.map(
    (piece): CanonicalEvent => ({ type: 'part-delta', index, delta: { type: 'tool-input', text: piece } }),
  ),
  { type: 'part-end', index },
];

function choices(list: Frame[]): Choice[] {
  return list.flatMap(({ data }) =>
    typeof data === 'string' ? [] : (((data as JsonObject).choices ?? []) as unknown as Choice[]),
  );
}
const deltas = (list: CanonicalEvent[], context = makeContext()): JsonObject[] =>
  choices(frames([start, ...list, end()], context)).map(({ delta }) => delta);
const calls = (list: CanonicalEvent[]): unknown[] =>
  deltas(list).flatMap((delta) => (delta.tool_calls as unknown[]) ?? []);

t.test('the role comes first, the finish reason last, then [DONE]', async (t) => {
  const list = frames([start, ...text(0, 'Hi'), end('length')]);
  t.match(list, [
    {
      data: {
        id: 'msg_1',
        object: 'chat.completion.chunk',
        model: 'claude',
        choices: [{ index: 0, delta: { role: 'assistant' }, finish_reason: null }],
      },
    },
    { data: { choices: [{ delta: { content: 'Hi' }, finish_reason: null }] } },
    { data: { choices: [{ delta: {}, finish_reason: 'length' }] } },
    { data: '[DONE]' },
  ]);
  t.equal(list.length, 4);
});

t.test(
  'calls are numbered from 0 whatever stands before them, and arguments are sent as they come',
  async (t) => {
    t.same(
      calls([...text(0, 'Let me look'), ...call(1, '{"a"', ':1}'), ...text(2, 'and'), ...call(3, '{}')]),
      [
        { index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '' } },
        { index: 0, function: { arguments: '{"a"' } },
        { index: 0, function: { arguments: ':1}' } },
        { index: 1, id: 'c3', type: 'function', function: { name: 'f', arguments: '' } },
        { index: 1, function: { arguments: '{}' } },
      ],
    );
  },
);

t.test('a call without arguments has an empty object', async (t) => {
  t.match(calls(call(0)), [{ index: 0 }, { index: 0, function: { arguments: '{}' } }]);
});

t.test('a free-text call is one', async (t) => {
  const list: CanonicalEvent[] = [
    { type: 'part-start', index: 0, part: { type: 'tool-call', id: 'c', name: 'note', kind: 'custom' } },
    { type: 'part-delta', index: 0, delta: { type: 'tool-input', text: 'milk' } },
    { type: 'part-end', index: 0 },
  ];
  t.match(calls(list), [
    { type: 'custom', custom: { name: 'note', input: '' } },
    { custom: { input: 'milk' } },
  ]);
});

t.test('usage has a chunk of its own, only for clients that asked', async (t) => {
  const list: CanonicalEvent[] = [
    start,
    { type: 'usage', usage: { inputTokens: 3 } },
    { type: 'usage', usage: { outputTokens: 4, cacheReadTokens: 2 } },
    ...text(0, 'a'),
    end(),
  ];
  const asked = frames(list, makeContext({ memo: { includeUsage: true } }));
  t.match(asked.at(-2), {
    data: {
      choices: [],
      usage: {
        prompt_tokens: 3,
        completion_tokens: 4,
        total_tokens: 7,
        prompt_tokens_details: { cached_tokens: 2 },
      },
    },
  });
  t.notMatch(JSON.stringify(frames(list, makeContext({ memo: { includeUsage: false } }))), /usage/);
});

t.test('reasoning is shown, and its signature in the form that clients send back', async (t) => {
  const signature = { dialect: 'anthropic-messages', family: 'anthropic', value: 'sig' };
  t.same(
    deltas([
      { type: 'part-start', index: 0, part: { type: 'reasoning' } },
      { type: 'part-delta', index: 0, delta: { type: 'reasoning', text: 'hm' } },
      { type: 'part-delta', index: 0, delta: { type: 'signature', signature } },
      { type: 'part-end', index: 0 },
      { type: 'part-start', index: 1, part: { type: 'reasoning', redacted: true } },
      { type: 'part-delta', index: 1, delta: { type: 'signature', signature } },
      { type: 'part-end', index: 1 },
    ]).slice(1, -1),
    [
      { reasoning_content: 'hm' },
      { reasoning_details: [{ type: 'reasoning.text', signature: 'sig', format: 'anthropic-claude-v1' }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'sig', format: 'anthropic-claude-v1' }] },
    ],
  );
});

t.test('a thought signature on a call is written where Google’s clients look', async (t) => {
  const list = call(0, '{}');
  list.splice(1, 0, {
    type: 'part-delta',
    index: 0,
    delta: { type: 'signature', signature: { dialect: 'gemini', family: 'google', value: 's' } },
  });
  t.match(calls(list)[1], { index: 0, function: {}, extra_content: { google: { thought_signature: 's' } } });
});

t.test('citations, log probabilities, refusals and images have their places', async (t) => {
  const list = choices(
    frames([
      start,
      { type: 'part-start', index: 0, part: { type: 'text' } },
      { type: 'part-delta', index: 0, delta: { type: 'text', text: 'Sun' } },
      { type: 'part-delta', index: 0, delta: { type: 'citation', citation: { url: 'https://example.com' } } },
      {
        type: 'part-delta',
        index: 0,
        delta: { type: 'logprobs', logprobs: [{ token: 'Sun', logprob: -1 }] },
      },
      { type: 'part-end', index: 0 },
      { type: 'part-start', index: 1, part: { type: 'refusal' } },
      { type: 'part-delta', index: 1, delta: { type: 'refusal', text: 'No' } },
      { type: 'part-end', index: 1 },
      { type: 'part-start', index: 2, part: { type: 'media', mediaType: 'image/png' } },
      { type: 'part-delta', index: 2, delta: { type: 'media-data', data: 'AA' } },
      { type: 'part-delta', index: 2, delta: { type: 'media-data', data: 'AA' } },
      { type: 'part-end', index: 2 },
      end(),
    ]),
  ).slice(1, -1);
  t.match(list, [
    { delta: { content: 'Sun' } },
    {
      delta: {
        annotations: [{ url_citation: { url: 'https://example.com', start_index: 0, end_index: 3 } }],
      },
    },
    { logprobs: { content: [{ token: 'Sun', logprob: -1, bytes: null, top_logprobs: [] }] } },
    { delta: { refusal: 'No' } },
    { delta: { images: [{ image_url: { url: 'data:image/png;base64,AAAA' } }] } },
  ]);
});

t.test('what has no place is left out, told once for each part, and takes no number', async (t) => {
  const hosted: CanonicalEvent[] = [
    {
      type: 'part-start',
      index: 0,
      part: { type: 'tool-call', id: 's', name: 'web_search', kind: 'hosted' },
    },
    { type: 'part-delta', index: 0, delta: { type: 'tool-input', text: '{}' } },
    { type: 'part-end', index: 0 },
  ];
  const again = hosted.map((event) => ('index' in event ? { ...event, index: 5 } : event));
  t.match(calls([...hosted, ...call(1, '{}')])[0], { index: 0, id: 'c1' });
  const { warnings } = encodeStream(
    { state: null, items: [start, ...hosted, ...again, end()], end: 'complete' },
    makeContext(),
  );
  t.match(warnings, [
    { code: 'dropped', path: '/parts/0' },
    { code: 'dropped', path: '/parts/5' },
  ]);
  t.equal(warnings?.length, 2);
});

t.test('a client of functions gets a function call', async (t) => {
  const context = makeContext({ memo: { functions: true } });
  const list = choices(frames([start, ...call(0, '{}'), end('tool-calls')], context));
  t.match(list.slice(1), [
    { delta: { function_call: { name: 'f', arguments: '' } } },
    { delta: { function_call: { arguments: '{}' } } },
    { finish_reason: 'function_call' },
  ]);
});

t.test('candidates begin and finish each for themselves', async (t) => {
  const second: CanonicalEvent[] = [
    { type: 'part-start', index: 1, candidate: 1, part: { type: 'text' } },
    { type: 'part-delta', index: 1, delta: { type: 'text', text: 'b' } },
    { type: 'part-end', index: 1 },
    { type: 'finish', candidate: 1, finish: { reason: 'length' } },
  ];
  const list = choices(frames([start, ...text(0, 'a'), ...second, end()]));
  t.match(list.slice(2), [
    { index: 1, delta: { role: 'assistant' } },
    { index: 1, delta: { content: 'b' } },
    { index: 0, finish_reason: 'stop' },
    { index: 1, finish_reason: 'length' },
  ]);
});

t.test('a failure is an error chunk and never [DONE]', async (t) => {
  const error: CanonicalEvent = { type: 'error', error: { kind: 'overloaded', message: 'Busy' } };
  const list = frames([start, ...text(0, 'a').slice(0, 2), error]);
  t.match(list.at(-1), {
    data: { error: { message: 'Busy', type: 'server_error', code: 'overloaded', param: null } },
  });
  t.notMatch(JSON.stringify(list), /DONE/);
  const cut = encodeStream({ state: null, items: [start], end: 'complete' }, makeContext()).output.items;
  t.match(cut.at(-1), { data: { error: { type: 'server_error' } } });
});

t.test('every finish reason is one that clients know', async (t) => {
  const words = {
    stop: 'stop',
    length: 'length',
    'tool-calls': 'tool_calls',
    'content-filter': 'content_filter',
    refusal: 'content_filter',
    'context-length': 'length',
    pause: 'stop',
    error: 'stop',
    other: 'stop',
  } as const;
  for (const [reason, word] of Object.entries(words)) {
    const list = choices(
      frames([start, { type: 'response-end', finish: { reason: reason as keyof typeof words, raw: 'x' } }]),
    );
    t.equal(list.at(-1)?.finish_reason, word, reason);
  }
});
