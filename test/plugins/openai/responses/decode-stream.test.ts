import type { CanonicalEvent } from '@dragoman/plugin-sdk';
import { foldEvents } from '@dragoman/plugin-sdk';
import t from 'tap';
import { makeContext } from './context.ts';
import { completed, created, events, frame } from './run.ts';

const call = (place: number, changes = {}) => ({
  id: `fc_${place}`,
  type: 'function_call',
  status: 'completed',
  call_id: `c${place}`,
  name: 'f',
  arguments: '{"a":1}',
  ...changes,
});
const added = (place: number, item: object) =>
  frame('response.output_item.added', { output_index: place, item: item as never });
const done = (place: number, item: object) =>
  frame('response.output_item.done', { output_index: place, item: item as never });
const text = (delta: string) =>
  frame('response.output_text.delta', {
    item_id: 'm',
    output_index: 0,
    content_index: 0,
    delta,
    logprobs: [],
  });
const message = (words: string) => ({
  id: 'm',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: words, annotations: [], logprobs: [] }],
});

function last(list: CanonicalEvent[]): CanonicalEvent | undefined {
  return list.at(-1);
}

t.test('arguments come live, also of calls by turns', async (t) => {
  const pending = (place: number) => added(place, call(place, { status: 'in_progress', arguments: '' }));
  const piece = (place: number, delta: string) =>
    frame('response.function_call_arguments.delta', { output_index: place, item_id: `fc_${place}`, delta });
  const list = events([
    created,
    pending(0),
    pending(1),
    piece(0, '{"a"'),
    piece(1, '{"a":1}'),
    piece(0, ':1}'),
    done(1, call(1)),
    done(0, call(0)),
    completed({ output: [call(0), call(1)] }),
  ]);
  t.strictSame(
    list.flatMap((event) => (event.type === 'part-delta' ? [[event.index, event.delta]] : [])),
    [
      [0, { type: 'tool-input', text: '{"a"' }],
      [1, { type: 'tool-input', text: '{"a":1}' }],
      [0, { type: 'tool-input', text: ':1}' }],
    ],
  );
  t.same(foldEvents(list).finish, { reason: 'tool-calls', raw: 'completed' });
});

t.test('what did not come in pieces comes with the end of its item', async (t) => {
  const parts = foldEvents(
    events([
      created,
      added(0, { ...message(''), content: [] }),
      done(0, message('Hello')),
      done(1, call(1)),
      completed(),
    ]),
  ).parts;
  t.match(parts, [
    { type: 'text', text: 'Hello' },
    { type: 'tool-call', id: 'c1', input: '{"a":1}' },
  ]);
});

t.test('a call waits for its name, and keeps what came before', async (t) => {
  const list = events([
    created,
    added(0, { id: 'fc_0', type: 'function_call', arguments: '' }),
    frame('response.function_call_arguments.delta', { output_index: 0, delta: '{"a":1}' }),
    done(0, call(0)),
    completed(),
  ]);
  t.match(foldEvents(list).parts, [{ type: 'tool-call', id: 'c0', name: 'f', input: '{"a":1}' }]);
});

t.test('the whole reply fills in items that never came', async (t) => {
  t.match(foldEvents(events([created, completed({ output: [call(0)] })])).parts, [
    { type: 'tool-call', id: 'c0' },
  ]);
});

t.test('ids that change from event to event do not matter', async (t) => {
  const list = events([
    created,
    added(0, { ...message(''), id: 'a', content: [] }),
    frame('response.output_text.delta', { item_id: 'b', output_index: 0, content_index: 0, delta: 'Hi' }),
    done(0, { ...message('Hi'), id: 'c' }),
    completed({ output: [{ ...message('Hi'), id: 'd' }] }),
  ]);
  t.match(foldEvents(list).parts, [{ type: 'text', text: 'Hi' }]);
  t.equal(foldEvents(list).parts.length, 1);
});

t.test('pieces of one reasoning item are one part, and only its end is signed', async (t) => {
  const piece = (place: number, delta: string) =>
    frame('response.reasoning_summary_text.delta', {
      output_index: 0,
      item_id: 'rs',
      summary_index: place,
      delta,
    });
  const item = {
    id: 'rs',
    type: 'reasoning',
    encrypted_content: 'gAAAAB1',
    summary: [
      { type: 'summary_text', text: 'One.' },
      { type: 'summary_text', text: 'Two.' },
    ],
  };
  const list = events([
    created,
    added(0, { id: 'rs', type: 'reasoning', summary: [], encrypted_content: 'gAAAAB0' }),
    piece(0, 'One.'),
    piece(1, 'Two.'),
    done(0, item),
    completed(),
  ]);
  t.match(foldEvents(list).parts, [
    {
      type: 'reasoning',
      text: 'One.\n\nTwo.',
      signature: { dialect: 'openai-responses', family: 'openai', value: 'gAAAAB1' },
    },
  ]);
});

t.test('names and forms the request changed are changed back', async (t) => {
  const memo = { tools: { mail__send: { name: 'send', namespace: 'mail' } }, wrapped: ['p'] };
  const context = makeContext({ memo });
  const list = events(
    [
      created,
      added(0, call(0, { name: 'mail__send', arguments: '' })),
      done(0, call(0, { name: 'mail__send' })),
      added(1, call(1, { name: 'p', arguments: '' })),
      frame('response.function_call_arguments.delta', { output_index: 1, delta: '{"input":"ls"}' }),
      done(1, call(1, { name: 'p', arguments: '{"input":"ls"}' })),
      completed(),
    ],
    context,
  );
  t.match(foldEvents(list).parts, [
    { name: 'send', namespace: 'mail', kind: 'function' },
    { name: 'p', kind: 'custom', input: 'ls' },
  ]);
});

t.test('usage comes before the end, and the end only with the last event', async (t) => {
  const usage = {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 6,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: 16,
  };
  const list = events([
    created,
    added(0, message('')),
    text('Hi'),
    done(0, message('Hi')),
    completed({ usage }),
  ]);
  t.match(list.slice(-2), [
    { type: 'usage', usage: { inputTokens: 10, outputTokens: 6, cacheReadTokens: 4, reasoningTokens: 2 } },
    { type: 'response-end', finish: { reason: 'stop' } },
  ]);
});

t.test('an incomplete answer says why', async (t) => {
  const end = (reason: string) =>
    last(
      events([
        created,
        frame('response.incomplete', { response: { status: 'incomplete', incomplete_details: { reason } } }),
      ]),
    );
  t.match(end('max_output_tokens'), { finish: { reason: 'length', raw: 'max_output_tokens' } });
  t.match(end('content_filter'), { finish: { reason: 'content-filter' } });
  t.match(end('else'), { finish: { reason: 'other', raw: 'else' } });
});

t.test('a failure is an error, in each of its forms, after the usage', async (t) => {
  const error = { code: 'rate_limit_exceeded', message: 'slow down' };
  const failed = events([
    created,
    frame('response.failed', { response: { status: 'failed', error, usage: { input_tokens: 1 } } }),
  ]);
  t.match(failed.slice(-2), [
    { type: 'usage' },
    { type: 'error', error: { kind: 'rate-limit', message: 'slow down' } },
  ]);
  for (const fields of [error, { error }])
    t.match(last(events([frame('error', fields)])), {
      type: 'error',
      error: { kind: 'rate-limit', message: 'slow down' },
    });
  t.match(last(events([created, frame('response.cancelled')])), {
    type: 'error',
    error: { kind: 'cancelled' },
  });
});

t.test('an answer that stops is no success, however the connection ended', async (t) => {
  const list = [created, added(0, message('')), text('Hi'), done(0, message('Hi'))];
  for (const end of ['complete', 'cut'] as const) {
    const all = events(list, makeContext(), end);
    t.match(last(all), { type: 'error', error: { kind: 'server', code: undefined, message: /before/ } });
    t.equal(all.filter(({ type }) => type === 'error' || type === 'response-end').length, 1);
  }
});

t.test('the frames that carry the dialect’s marks are enough for usage and end', async (t) => {
  const list = events([completed({ output: [message('Hi')], usage: { input_tokens: 3, output_tokens: 1 } })]);
  t.match(list.slice(-2), [
    { type: 'usage', usage: { inputTokens: 3, outputTokens: 1 } },
    { type: 'response-end', finish: { reason: 'stop' } },
  ]);
});

t.test('events without a name of their own take it from the frame, and sentinels are none', async (t) => {
  const { event, data } = completed();
  const { type: _, ...rest } = data as Record<string, never>;
  t.equal(
    last(events([created, { data: '[DONE]' }, { ...(event && { event }), data: rest }]))?.type,
    'response-end',
  );
});

t.test(
  'the sources of a search follow it as its results, which clients of other dialects wait for',
  async (t) => {
    const search = {
      id: 'ws_1',
      type: 'web_search_call',
      status: 'completed',
      action: { type: 'search', query: 'cats', sources: [{ type: 'url', url: 'https://a.org/' }] },
    };
    const list = events([
      created,
      added(0, { id: 'ws_1', type: 'web_search_call', status: 'in_progress' }),
      frame('response.web_search_call.searching', { item_id: 'ws_1', output_index: 0 }),
      done(0, search),
      completed({ output: [search] }),
    ]);
    const { parts, finish } = foldEvents(list);
    t.match(parts, [
      { type: 'tool-call', id: 'ws_1', name: 'web_search', kind: 'hosted' },
      { type: 'tool-result', callId: 'ws_1', hosted: true, output: [{ value: [{ url: 'https://a.org/' }] }] },
    ]);
    t.equal(finish.reason, 'stop', 'a call the service ran itself waits for nobody');
    t.match(
      list.filter(({ type }) => type === 'opaque'),
      [{ dialect: 'openai-responses', value: { type: 'response.web_search_call.searching' } }],
    );
  },
);
