import type { CanonicalEvent, Frame, PartStart } from '@dragoman/plugin-sdk';
import t from 'tap';
import { encodeStream } from '../../../plugins/gemini/src/encode-stream.ts';
import { oneByOne } from '../run.ts';
import { makeContext } from './context.ts';
import { runStream } from './run.ts';

const start: CanonicalEvent = { type: 'response-start', id: 'r1', model: 'claude' };
const end: CanonicalEvent = { type: 'response-end', finish: { reason: 'stop', raw: 'end_turn' } };

interface Candidate {
  content: { parts: Record<string, unknown>[] };
  finishReason?: string;
  index: number;
}
interface Chunk {
  candidates: Candidate[];
  usageMetadata?: object;
  error?: object;
}

function write(events: CanonicalEvent[]): Chunk[] {
  return runStream(encodeStream, oneByOne(events)).map((frame: Frame) => frame.data as unknown as Chunk);
}

function partsOf(chunks: Chunk[]): Record<string, unknown>[] {
  return chunks.flatMap(({ candidates }) => candidates.flatMap(({ content }) => content.parts));
}

function open(index: number, part: PartStart): CanonicalEvent {
  return { type: 'part-start', index, part };
}
function call(index: number, id: string, name = 'f'): CanonicalEvent {
  return open(index, { type: 'tool-call', id, name, kind: 'function' });
}
function input(index: number, text: string): CanonicalEvent {
  return { type: 'part-delta', index, delta: { type: 'tool-input', text } };
}
function text(index: number, words: string): CanonicalEvent {
  return { type: 'part-delta', index, delta: { type: 'text', text: words } };
}
function close(index: number): CanonicalEvent {
  return { type: 'part-end', index };
}

t.test('text goes out as it comes; finish and usage stand together in the last chunk', (t) => {
  const chunks = write([
    start,
    { type: 'usage', usage: { inputTokens: 10 } },
    open(0, { type: 'text' }),
    text(0, 'A'),
    text(0, 'B'),
    close(0),
    { type: 'usage', usage: { outputTokens: 5, reasoningTokens: 2, cacheReadTokens: 4 } },
    end,
  ]);
  t.equal(chunks.length, 3);
  t.strictSame(chunks[0], {
    candidates: [{ content: { parts: [{ text: 'A' }], role: 'model' }, index: 0 }],
    modelVersion: 'claude',
    responseId: 'r1',
  });
  t.match(chunks[2], {
    candidates: [{ finishReason: 'STOP' }],
    usageMetadata: {
      promptTokenCount: 10,
      candidatesTokenCount: 3,
      thoughtsTokenCount: 2,
      cachedContentTokenCount: 4,
      totalTokenCount: 15,
    },
  });
  t.end();
});

t.test('calls go out whole, in the order they began, whichever ends first', (t) => {
  const chunks = write([
    start,
    call(0, 'a'),
    call(1, 'b'),
    input(1, '{"n":2}'),
    close(1),
    input(0, '{"n":'),
    input(0, '1}'),
    close(0),
    end,
  ]);
  const calls = partsOf(chunks).filter((part) => 'functionCall' in part);
  t.strictSame(calls, [
    // Signed in Google's words for "nobody did", so that the client may go on with Gemini itself.
    {
      functionCall: { id: 'a', name: 'f', args: { n: 1 } },
      thoughtSignature: 'skip_thought_signature_validator',
    },
    { functionCall: { id: 'b', name: 'f', args: { n: 2 } } },
  ]);
  t.end();
});

t.test('text behind an open call waits for it', (t) => {
  const parts = partsOf(
    write([
      start,
      call(0, 'a'),
      open(1, { type: 'text' }),
      text(1, 'later'),
      close(1),
      input(0, '{}'),
      close(0),
      end,
    ]),
  );
  t.match(parts, [{ functionCall: { id: 'a' } }, { text: 'later' }, { text: '' }]);
  t.end();
});

t.test('a text and an end in one breath lose neither', (t) => {
  const frames = runStream(encodeStream, [[start, open(0, { type: 'text' }), text(0, 'A'), close(0), end]]);
  t.match(frames, [
    { data: { candidates: [{ content: { parts: [{ text: 'A' }] } }] } },
    { data: { candidates: [{ finishReason: 'STOP' }] } },
  ]);
  t.end();
});

t.test('each reason has a word of the closed list', (t) => {
  const reasonFor = (reason: 'length' | 'refusal' | 'content-filter' | 'pause' | 'other') =>
    write([start, { type: 'response-end', finish: { reason, raw: 'x' } }]).at(-1)?.candidates[0]
      ?.finishReason;
  t.strictSame((['length', 'refusal', 'content-filter', 'pause', 'other'] as const).map(reasonFor), [
    'MAX_TOKENS',
    'SAFETY',
    'SAFETY',
    'STOP',
    'OTHER',
  ]);
  t.end();
});

t.test('a foreign signature crosses in an envelope, and thoughts are marked', (t) => {
  const signature = { dialect: 'anthropic-messages', family: 'anthropic', value: 'EqQB' };
  const parts = partsOf(
    write([
      start,
      open(0, { type: 'reasoning' }),
      { type: 'part-delta', index: 0, delta: { type: 'reasoning', text: 'Hm' } },
      { type: 'part-delta', index: 0, delta: { type: 'signature', signature } },
      close(0),
      end,
    ]),
  );
  t.match(parts, [
    { text: 'Hm', thought: true },
    { text: '', thought: true, thoughtSignature: /^ZHJhZ29tYW46/ },
    { text: '' },
  ]);
  t.end();
});

t.test('sources become grounding, in bytes', (t) => {
  const chunks = write([
    start,
    open(0, { type: 'text' }),
    text(0, 'né. yes'),
    {
      type: 'part-delta',
      index: 0,
      delta: { type: 'citation', citation: { url: 'https://a.example', title: 'A', start: 4, end: 7 } },
    },
    close(0),
    end,
  ]);
  t.match(chunks.at(-1)?.candidates[0], {
    groundingMetadata: {
      groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }],
      groundingSupports: [{ segment: { startIndex: 5, endIndex: 8 }, groundingChunkIndices: [0] }],
    },
  });
  t.end();
});

t.test('several answers end together', (t) => {
  const chunks = write([
    start,
    { type: 'part-start', index: 0, candidate: 1, part: { type: 'text' } },
    text(0, 'B'),
    close(0),
    { type: 'finish', candidate: 1, finish: { reason: 'length' } },
    end,
  ]);
  t.match(chunks[0]?.candidates, [{ index: 1 }]);
  t.match(chunks.at(-1)?.candidates, [
    { index: 0, finishReason: 'STOP' },
    { index: 1, finishReason: 'MAX_TOKENS' },
  ]);
  t.end();
});

t.test('an error and a broken stream end in one error and nothing after it', (t) => {
  const failed = write([start, { type: 'error', error: { kind: 'overloaded', message: 'busy' } }, end]);
  t.strictSame(failed, [{ error: { code: 503, message: 'busy', status: 'UNAVAILABLE' } }]);
  const cut = runStream(
    encodeStream,
    [[start, open(0, { type: 'text' }), text(0, 'A')]],
    makeContext(),
    'cut',
  );
  t.match(cut.at(-1), { data: { error: { status: 'INTERNAL' } } });
  t.end();
});

t.test('a call that never ended is not made up', (t) => {
  const chunks = write([
    start,
    call(0, 'a'),
    input(0, '{"n'),
    { type: 'error', error: { kind: 'server', message: 'x' } },
  ]);
  t.equal(chunks.length, 1);
  t.ok(chunks[0]?.error);
  t.end();
});

t.test('what clients of this dialect cannot read is told', (t) => {
  const { warnings } = encodeStream(
    {
      state: null,
      items: [
        start,
        open(0, { type: 'tool-call', id: 's', name: 'web_search', kind: 'hosted' }),
        close(0),
        open(1, { type: 'opaque', dialect: 'other', value: {} }),
        close(1),
        end,
      ],
    },
    makeContext(),
  );
  t.strictSame(
    warnings?.map(({ path }) => path),
    ['/parts/0', '/parts/1'],
  );
  t.end();
});
