import { type CanonicalEvent, foldEvents } from '@dragoman/plugin-sdk';
import t from 'tap';
import { decodeResponse } from '../../../plugins/gemini/src/decode-response.ts';
import { decodeStream } from '../../../plugins/gemini/src/decode-stream.ts';
import { oneByOne, types } from '../run.ts';
import { makeContext } from './context.ts';
import { chunk, runStream } from './run.ts';

const stop = chunk([{ text: '' }], { finishReason: 'STOP' });

t.test('neighbouring texts of one kind are one part', (t) => {
  const frames = [
    chunk([{ text: 'Hm', thought: true }]),
    chunk([{ text: 'm', thought: true }]),
    chunk([{ text: 'A' }]),
    chunk([{ text: 'B' }, { text: 'C' }]),
    stop,
  ];
  const response = foldEvents(runStream(decodeStream, oneByOne(frames)));
  t.match(response.parts, [
    { type: 'reasoning', text: 'Hmm', summary: true },
    { type: 'text', text: 'ABC' },
  ]);
  t.equal(response.parts.length, 2);
  t.match(response, { id: 'r1', model: 'gemini-3-flash-preview', finish: { reason: 'stop', raw: 'STOP' } });
  t.end();
});

t.test('text goes out as it comes', (t) => {
  const { output } = decodeStream({ state: null, items: [chunk([{ text: 'A' }])] }, makeContext());
  t.strictSame(types(output.items), ['response-start', 'part-start', 'part-delta']);
  t.end();
});

t.test('finish and usage may come in different chunks, in either order', (t) => {
  const usage = {
    data: { usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, thoughtsTokenCount: 4 } },
  };
  for (const frames of [
    [chunk([{ text: 'A' }]), stop, usage],
    [chunk([{ text: 'A' }]), usage, stop],
  ]) {
    const response = foldEvents(runStream(decodeStream, oneByOne(frames)));
    t.match(response, {
      finish: { reason: 'stop' },
      usage: { inputTokens: 3, outputTokens: 6, reasoningTokens: 4 },
    });
  }
  t.end();
});

t.test('an empty answer still ends', (t) => {
  t.strictSame(types(runStream(decodeStream, [[stop]])), ['response-start', 'response-end']);
  t.end();
});

t.test('a clean end without a finish reason for every candidate is no success', (t) => {
  const second = { data: { candidates: [{ index: 1, content: { parts: [{ text: 'B' }] } }] } };
  t.equal(runStream(decodeStream, [[chunk([{ text: 'A' }])]]).at(-1)?.type, 'error');
  t.equal(runStream(decodeStream, [[chunk([{ text: 'A' }]), second, stop]]).at(-1)?.type, 'error');
  t.equal(runStream(decodeStream, [[]]).at(-1)?.type, 'error');
  t.end();
});

t.test('a cut is an error even behind a finish reason, and tells the usage known by then', (t) => {
  const frames = [
    chunk([{ text: 'A' }], { finishReason: 'STOP' }, { usageMetadata: { promptTokenCount: 3 } }),
  ];
  const events = runStream(decodeStream, [frames], makeContext(), 'cut');
  t.strictSame(types(events).slice(-3), ['part-end', 'usage', 'error']);
  t.end();
});

t.test(
  'a model that broke off its answer failed, but for a client of this dialect, whole and streamed',
  (t) => {
    const broken = { finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'print(x' };
    const frames = [chunk([{ text: 'Let me see.' }]), chunk([], broken)];
    const error = { kind: 'server', code: 'MALFORMED_FUNCTION_CALL', message: /print\(x/ };
    t.match(runStream(decodeStream, oneByOne(frames)).at(-1), { type: 'error', error });
    const own = makeContext({ client: { dialect: 'gemini' } });
    t.match(runStream(decodeStream, oneByOne(frames), own).at(-1), {
      type: 'response-end',
      finish: { reason: 'error' },
    });
    const whole = { status: 200, headers: {}, body: frames[1]?.data ?? null };
    t.throws(() => decodeResponse(whole, makeContext()), { code: 'upstream', upstream: error });
    t.match(decodeResponse(whole, own).output.finish, { raw: 'MALFORMED_FUNCTION_CALL' });
    t.end();
  },
);

t.test('a refused prompt is a filtered answer with nothing in it', (t) => {
  const frame = { data: { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, responseId: 'r' } };
  t.match(foldEvents(runStream(decodeStream, [[frame]])), {
    parts: [],
    finish: { reason: 'content-filter', raw: 'PROHIBITED_CONTENT' },
  });
  t.end();
});

t.test('an error in the stream, alone or in a list, ends it', (t) => {
  const error = { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } };
  for (const data of [error, [error]]) {
    const events = runStream(decodeStream, [[chunk([{ text: 'A' }]), { data }, stop]]);
    t.match(events.at(-1), { type: 'error', error: { kind: 'overloaded', message: /overloaded/ } });
  }
  t.end();
});

t.test('calls without ids get ids that no other exchange gives', (t) => {
  const frames = [chunk([{ functionCall: { name: 'f' } }, { functionCall: { name: 'f' } }]), stop];
  const idsOf = (requestId: string) =>
    runStream(decodeStream, oneByOne(frames), makeContext({ requestId })).flatMap((event: CanonicalEvent) =>
      event.type === 'part-start' && event.part.type === 'tool-call' ? [event.part.id] : [],
    );
  const ids = [...idsOf('one'), ...idsOf('two')];
  t.equal(new Set(ids).size, 4);
  t.strictSame(idsOf('one'), idsOf('one'));
  t.end();
});

t.test('calls mean tool-calls, although the service says STOP', (t) => {
  const response = foldEvents(
    runStream(decodeStream, [[chunk([{ functionCall: { name: 'f', args: { a: 1 } } }]), stop]]),
  );
  t.match(response, {
    parts: [{ name: 'f', input: '{"a":1}' }],
    finish: { reason: 'tool-calls', raw: 'STOP' },
  });
  t.end();
});

t.test('arguments in pieces become one input, though the closing chunk is missing', (t) => {
  const piece = (jsonPath: string, more: object) => ({ jsonPath, ...more });
  const call = (partialArgs: object[], willContinue = true) => ({
    functionCall: { partialArgs, willContinue },
  });
  const frames = [
    chunk([{ functionCall: { name: 'w', willContinue: true }, thoughtSignature: 'c2ln' }]),
    chunk([call([piece("$.a['b c'][1].d", { stringValue: 'x', willContinue: true })])] as never),
    chunk([
      call([piece("$.a['b c'][1].d", { stringValue: 'y' }), piece('$.n', { numberValue: 2 })]),
    ] as never),
    chunk([call([piece('$.t', { boolValue: true }), piece('$.z', { nullValue: 'NULL_VALUE' })])] as never),
    chunk([
      call([piece('$.__proto__.p', { stringValue: 'evil' }), piece('$.l[999999999]', { numberValue: 1 })]),
    ] as never),
    stop,
  ];
  const response = foldEvents(runStream(decodeStream, oneByOne(frames)));
  const [part] = response.parts;
  t.match(part, { type: 'tool-call', name: 'w', signature: { value: 'c2ln' } });
  t.strictSame(JSON.parse(part?.type === 'tool-call' ? part.input : ''), {
    a: { 'b c': [null, { d: 'xy' }] },
    n: 2,
    t: true,
    z: null,
    l: [],
  });
  t.equal(({} as { p?: string }).p, undefined);
  t.end();
});

t.test('names the request step changed are given back, and free text unwrapped', (t) => {
  const memo = { toolNames: { fs__read: { name: 'read', namespace: 'fs' } }, customTools: ['sh'] };
  const frames = [
    chunk([{ functionCall: { name: 'fs__read', args: {} } }]),
    chunk([{ functionCall: { name: 'sh', args: { input: 'ls' } } }]),
    chunk([{ functionCall: { name: 'sh', willContinue: true } }]),
    chunk([{ functionCall: { partialArgs: [{ jsonPath: '$.input', stringValue: 'pwd' }] } }]),
    stop,
  ];
  t.match(foldEvents(runStream(decodeStream, oneByOne(frames), makeContext({ memo }))).parts, [
    { name: 'read', namespace: 'fs' },
    { name: 'sh', kind: 'custom', input: 'ls' },
    { name: 'sh', kind: 'custom', input: 'pwd' },
  ]);
  t.end();
});

t.test('sources at the end are citations of the text it ends with, in the hub’s units', (t) => {
  const groundingMetadata = {
    groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }],
    groundingSupports: [
      { segment: { startIndex: 5, endIndex: 12, text: '🎉 x' }, groundingChunkIndices: [0] },
    ],
  };
  const frames = [
    chunk([{ text: 'né' }, { text: '. 🎉' }]),
    chunk([{ text: ' xyz' }], { finishReason: 'STOP', groundingMetadata }),
  ];
  const [part] = foldEvents(runStream(decodeStream, oneByOne(frames))).parts;
  const [citation] = part?.type === 'text' ? (part.citations ?? []) : [];
  t.match(citation, { url: 'https://a.example', title: 'A', quote: '🎉 x' });
  const text = part?.type === 'text' ? part.text : '';
  t.equal(text.slice(citation?.start, citation?.end), '🎉 xy');
  t.end();
});

t.test('every candidate has its parts and its end', (t) => {
  const both = (a: string, b: string, more: object = {}) => ({
    data: {
      responseId: 'r',
      candidates: [
        { index: 1, content: { parts: [{ text: b }] }, ...more },
        { index: 0, content: { parts: [{ text: a }] }, ...more },
      ],
    },
  });
  const frames = [both('A', 'B'), both('a', 'b', { finishReason: 'MAX_TOKENS' })];
  t.match(foldEvents(runStream(decodeStream, oneByOne(frames))), {
    parts: [{ text: 'Aa' }],
    finish: { reason: 'length' },
    candidates: [{ parts: [{ text: 'Bb' }], finish: { reason: 'length' } }],
  });
  t.end();
});
