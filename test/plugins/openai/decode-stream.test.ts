import { type CanonicalEvent, type Frame, foldEvents } from '@dragoman/plugin-sdk';
import t from 'tap';
import manifest from '../../../plugins/openai/plugin.json' with { type: 'json' };
import { types } from '../run.ts';
import { makeContext } from './context.ts';
import { chunk, done, events, finish } from './run.ts';

const usage: Frame = {
  data: { id: 'c', choices: [], usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 } },
};
const last = (list: CanonicalEvent[]): CanonicalEvent | undefined => list.at(-1);

function textOf(list: CanonicalEvent[]): string {
  return foldEvents(list)
    .parts.map((part) => (part.type === 'text' ? part.text : ''))
    .join('');
}

t.test('text arrives piece by piece, usage and the end at the end', async (t) => {
  const list = events([
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: 'a' }),
    chunk({ content: 'b' }),
    finish('stop'),
    usage,
    done,
  ]);
  t.same(types(list), [
    'response-start',
    'part-start',
    'part-delta',
    'part-delta',
    'part-end',
    'usage',
    'response-end',
  ]);
  t.match(list[0], { id: 'chatcmpl-1', model: 'm', createdAt: 1 });
  t.match(last(list), { finish: { reason: 'stop', raw: 'stop' } });
});

t.test('odd chunks do no harm', async (t) => {
  const frames: Frame[] = [
    { data: 'a comment' },
    { data: null },
    { data: { id: '', model: '', choices: [], prompt_filter_results: [] } },
    chunk({ content: 'a' }),
    { data: { id: 'chatcmpl-1', choices: [{ index: 0, finish_reason: null }], usage: { prompt_tokens: 1 } } },
    { data: { id: 'chatcmpl-1', choices: [{ delta: null }], usage: null } },
    chunk({ content: null, tool_calls: null, reasoning_content: '', refusal: null }),
    finish('stop', { content: 'b' }),
    chunk({ content: '' }, { finish_reason: '' }),
    usage,
    done,
    chunk({ content: 'late' }),
  ];
  const list = events(frames);
  t.equal(textOf(list), 'ab');
  t.match(last(list), { type: 'response-end', finish: { reason: 'stop' } });
  t.match(foldEvents(list).usage, { inputTokens: 3, outputTokens: 4 });
});

t.test('a whole message in a chunk is read like its pieces', async (t) => {
  const frame: Frame = {
    data: {
      id: 'c',
      choices: [{ index: 0, message: { role: 'assistant', content: 'a' }, finish_reason: 'stop' }],
    },
  };
  t.equal(textOf(events([frame, done])), 'a');
});

t.test('reasoning has its own part, in whichever field it comes', async (t) => {
  for (const field of ['reasoning_content', 'reasoning']) {
    const list = events([
      chunk({ [field]: 'hm' }),
      chunk({ [field]: null, content: 'a' }),
      finish('stop'),
      done,
    ]);
    t.match(foldEvents(list).parts, [
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'a' },
    ]);
  }
});

t.test('details of reasoning bring signatures, and their text counts once', async (t) => {
  const detail = (changes: object): object => ({
    type: 'reasoning.text',
    format: 'anthropic-claude-v1',
    index: 0,
    ...changes,
  });
  const list = events([
    chunk({ content: '', reasoning: 'h', reasoning_details: [detail({ text: 'h' }) as never] }),
    chunk({ content: '', reasoning: 'm', reasoning_details: [detail({ text: 'm' }) as never] }),
    chunk({ reasoning_details: [detail({ signature: 'sig' }) as never] }),
    chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'enc', index: 1 }] }),
    chunk({ content: 'a' }),
    finish('stop'),
    done,
  ]);
  t.match(foldEvents(list).parts, [
    { type: 'reasoning', text: 'hm', signature: { family: 'anthropic', value: 'sig' } },
    { type: 'reasoning', redacted: true, signature: { family: 'openai', value: 'enc' } },
    { type: 'text', text: 'a' },
  ]);
});

t.test('citations and log probabilities belong to the text', async (t) => {
  const logprobs = { content: [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [] }] };
  const annotation = {
    type: 'url_citation',
    url_citation: { url: 'https://example.com', title: 'E', start_index: 0, end_index: 1 },
  };
  const list = events([
    chunk({ content: 'a' }, { logprobs }),
    chunk({ annotations: [annotation] }),
    finish('stop'),
    done,
  ]);
  t.match(foldEvents(list).parts, [
    {
      text: 'a',
      logprobs: [{ token: 'a', logprob: -1, bytes: [97] }],
      citations: [{ url: 'https://example.com', end: 1 }],
    },
  ]);
});

t.test('several candidates have parts and finishes of their own', async (t) => {
  const list = events([
    chunk({ content: 'b' }, { index: 1 }),
    chunk({ content: 'a' }),
    chunk({}, { index: 1, finish_reason: 'length' }),
    finish('stop'),
    done,
  ]);
  const reply = foldEvents(list);
  t.match(reply.parts, [{ text: 'a' }]);
  t.match(reply.candidates, [{ parts: [{ text: 'b' }], finish: { reason: 'length' } }]);
});

t.test('a stream is whole only with its terminator or a finish reason for every choice', async (t) => {
  t.match(last(events([chunk({ content: 'a' }), finish('stop')])), { type: 'response-end' });
  t.match(last(events([chunk({ content: 'a' }), done])), { type: 'response-end' });
  t.match(last(events([chunk({ content: 'a' })])), {
    type: 'error',
    error: { kind: 'server', code: undefined, message: /before/ },
  });
  t.match(last(events([chunk({ content: 'a' }), chunk({ content: 'b' }, { index: 1 }), finish('stop')])), {
    type: 'error',
  });
  t.match(last(events([])), { type: 'error' });
});

t.test('a cut is an error even behind the finish reason, and what was counted is told', async (t) => {
  const list = events([chunk({ content: 'a' }), finish('stop'), usage], makeContext(), 'cut');
  t.same(types(list), ['response-start', 'part-start', 'part-delta', 'part-end', 'usage', 'error']);
});

t.test('errors inside a stream end it, whatever they look like', async (t) => {
  const inner = { message: 'Overloaded', type: 'overloaded_error', code: 503 };
  const frames: Frame[] = [
    { data: { error: inner } },
    { data: { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'error' }], error: inner } },
    { data: { object: 'error', message: 'Overloaded', type: 'overloaded_error', code: 503 } },
    { event: 'error', data: { message: 'Overloaded', type: 'overloaded_error' } },
  ];
  for (const frame of frames) {
    const list = events([chunk({ content: 'a' }), frame, done]);
    t.match(last(list), { type: 'error', error: { kind: 'overloaded', message: 'Overloaded' } });
    t.equal(list.filter(({ type }) => type === 'error' || type === 'response-end').length, 1);
  }
  t.match(
    last(
      events([{ data: { id: 'c', error: null, choices: [{ index: 0, delta: { content: 'a' } }] } }, done]),
    ),
    { type: 'response-end' },
  );
});

t.test(
  'what the hub has no word for is kept: changed fields at the end, unknown pieces on the way',
  async (t) => {
    const frame = (delta: object, changes: object): Frame => ({
      data: {
        id: 'c',
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta, finish_reason: null }],
        system_fingerprint: 'fp',
        obfuscation: 'x',
        ...changes,
      } as never,
    });
    const list = events([
      frame({ content: 'a' }, {}),
      frame({ executed_tools: [1] }, { system_fingerprint: 'fp' }),
      frame({}, { x_groq: { id: 'g' } }),
      finish('stop'),
      done,
    ]);
    t.same(list[0], {
      type: 'response-start',
      id: 'c',
      model: '',
      extensions: { 'openai-chat': { system_fingerprint: 'fp' } },
    });
    t.match(
      list.find(({ type }) => type === 'opaque'),
      { value: { index: 0, delta: { executed_tools: [1] } } },
    );
    t.match(last(list), { extensions: { 'openai-chat': { x_groq: { id: 'g' } } } });
  },
);

t.test('usage hidden in a service’s own field is found', async (t) => {
  const frame: Frame = {
    data: { id: 'c', choices: [], x_groq: { usage: { prompt_tokens: 2, completion_tokens: 1 } } },
  };
  t.match(foldEvents(events([chunk({ content: 'a' }), finish('stop'), frame, done])).usage, {
    inputTokens: 2,
    outputTokens: 1,
  });
});

t.test('the marked frames alone tell usage, errors and the end', async (t) => {
  const marks = manifest.dialects[0]?.marks ?? [];
  const isMarked = ({ data }: Frame): boolean => {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    const spaced = text.replaceAll('":', '": ');
    return marks.some((mark) => text.includes(mark)) && marks.some((mark) => spaced.includes(mark));
  };
  const frames = [chunk({ content: 'a' }), chunk({ content: 'b' }), finish('stop'), usage, done];
  const seen = frames.filter(isMarked);
  t.equal(seen.length, 3, 'pieces of the answer are not marked');
  const told = events(seen).filter(({ type }) => type === 'usage' || type === 'response-end');
  t.same(
    told,
    events(frames).filter(({ type }) => type === 'usage' || type === 'response-end'),
  );
  t.ok(isMarked({ data: { error: { message: 'x' } } }));
});
