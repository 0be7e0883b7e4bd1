import type { Dialect, Frame, Json } from '@dragoman/plugin-sdk';
import {
  checkDialect,
  formatFailures,
  type LawName,
  type LawResult,
  laws,
  type Recording,
} from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import { decodeRequest, decodeStream, encodeRequest, encodeStream, toyDialect } from './toy-dialect.ts';

const whole = { id: 'r1', model: 'toy-1', text: 'Hello there' };
const frames: Frame[] = [
  { data: { open: 'r1', model: 'toy-1' } },
  { data: { text: 'Hello' } },
  { data: { text: ' there' } },
  { data: { close: true } },
];
const request = {
  path: {},
  query: {},
  headers: {},
  body: { model: 'toy-1', prompt: 'Hi', heat: 0.5, stream: true },
};
const recordings: Recording[] = [
  { name: 'unary', request, response: { status: 200, body: whole } },
  { name: 'stream', request, frames },
  { name: 'pair', response: { status: 200, body: whole }, frames },
  {
    name: 'error',
    response: { status: 429, body: { problem: 'slow down', kind: 'rate-limit' } },
    error: { kind: 'rate-limit' },
  },
];
const allLaws = Object.keys(laws) as LawName[];

function check(dialect: Dialect, others = [{ id: 'twin', dialect: toyDialect as Dialect }]): LawResult[] {
  return checkDialect(dialect, { id: 'toy', recordings, others });
}

/** The law must fail for the broken dialect, and say something telling. */
function breaks(law: LawName, mistake: string, dialect: Dialect, pattern: RegExp): void {
  t.test(`a dialect that ${mistake} breaks the law '${law}'`, async (t) => {
    const failed = check(dialect).filter((result) => result.law === law && !result.ok);
    t.not(failed.length, 0);
    t.match(formatFailures(failed), pattern);
  });
}

t.test('a dialect that keeps the laws passes all eight of them', async (t) => {
  const results = check(toyDialect);
  t.equal(formatFailures(results), '');
  for (const law of allLaws)
    t.ok(
      results.some((result) => result.law === law),
      `${law} was checked`,
    );
});

t.test('a law that throws is a failure of that recording, not of the run', async (t) => {
  const results = check({
    ...toyDialect,
    decodeResponse: () => {
      throw new Error('boom');
    },
  });
  const failed = results.filter(({ ok }) => !ok);
  t.match(formatFailures(failed), /boom/);
  t.ok(results.some(({ ok, recording }) => ok && recording === 'error'));
});

t.test('the same seed gives the same results', async (t) => {
  t.same(check(toyDialect), check(toyDialect));
});

breaks(
  'round-trip',
  'loses a field of the request',
  {
    ...toyDialect,
    encodeRequest: (input, context) => {
      const { output } = encodeRequest(input, context);
      delete (output.body as Record<string, Json>).heat;
      return { output };
    },
  },
  /heat: expected 0.5, got nothing/,
);

breaks(
  'round-trip',
  'has a normaliser that is not idempotent',
  {
    ...toyDialect,
    normalise: {
      normaliseRequest: (body) => body,
      normaliseResponse: (body) => ({
        ...(body as object),
        text: `${String((body as { text: string }).text)}!`,
      }),
    },
  },
  /idempotent/,
);

breaks(
  'round-trip',
  'forgets what kind of error it was',
  {
    ...toyDialect,
    encodeError: ({ message }) => ({ output: { status: 500, body: { problem: message, kind: 'server' } } }),
  },
  /kind: expected "rate-limit", got "server"/,
);

breaks(
  'stream-agrees-with-whole',
  'writes another reply whole than streamed',
  {
    ...toyDialect,
    decodeResponse: ({ body }) => ({
      output: {
        ...toyReply(body),
        parts: [
          { type: 'text', text: 'Hello there' },
          { type: 'text', text: '' },
        ],
      },
    }),
  },
  /parts\/1: expected .*, got nothing/,
);

breaks(
  'batching',
  'loses a frame of a large batch',
  {
    ...toyDialect,
    decodeStream: (input, context) => {
      const translated = decodeStream(input, context);
      // Only the last frame of a batch is kept.
      if (input.items.length > 2) translated.output.items.splice(2, 1);
      return translated;
    },
  },
  /one item at a time/,
);

breaks(
  'state-is-json',
  'keeps a Map as its state',
  {
    ...toyDialect,
    encodeStream: (input, context) => {
      const seen = input.state instanceof Map ? input.state : new Map();
      seen.set(seen.size, input.items.length);
      return { output: { state: seen as unknown as Json, items: encodeStream(input, context).output.items } };
    },
  },
  /is a Map/,
);

breaks(
  'pure',
  'changes its input',
  {
    ...toyDialect,
    decodeRequest: (input, context) => {
      input.headers.seen = 'yes';
      return decodeRequest(input, context);
    },
  },
  /not extensible|read only/,
);

let calls = 0;
breaks(
  'pure',
  'counts its calls',
  { ...toyDialect, decodeResponse: ({ body }) => ({ output: { ...toyReply(body), id: `r${calls++}` } }) },
  /a second call gave something else/,
);
breaks(
  'pure',
  'reads the clock',
  {
    ...toyDialect,
    decodeResponse: ({ body }) => ({
      output: { ...toyReply(body), createdAt: Math.floor(Date.now() / 1e9) },
    }),
  },
  /Date\.now/,
);
breaks(
  'pure',
  'rolls dice',
  {
    ...toyDialect,
    decodeResponse: ({ body }) => {
      Math.random();
      return { output: toyReply(body) };
    },
  },
  /Math\.random/,
);

breaks(
  'grammar',
  'never ends a part',
  {
    ...toyDialect,
    decodeStream: (input, context) => {
      const { output } = decodeStream(input, context);
      return { output: { ...output, items: output.items.filter(({ type }) => type !== 'part-end') } };
    },
  },
  /while part 0 is open/,
);

breaks(
  'cut-anywhere',
  'takes a cut for success',
  {
    ...toyDialect,
    decodeStream: (input, context) => {
      const { output } = decodeStream(input, context);
      const items = output.items.flatMap((event) =>
        event.type === 'error' && event.error.message === 'the stream was cut' && input.end === 'cut'
          ? [
              { type: 'part-end', index: 0 } as const,
              { type: 'response-end', finish: { reason: 'stop' } } as const,
            ]
          : [event],
      );
      return { output: { ...output, items } };
    },
  },
  /looks like success/,
);

breaks(
  'cut-anywhere',
  'writes no errors into its streams',
  {
    ...toyDialect,
    encodeStream: (input, context) => {
      const { output } = encodeStream(input, context);
      const items = output.items.filter(({ data }) => !Object.hasOwn(data as object, 'problem'));
      return { output: { ...output, items } };
    },
  },
  /its message became 'the stream was cut'/,
);

t.test(
  "a dialect that drops a field unsaid breaks the law 'loss-is-told', and a warning mends it",
  async (t) => {
    const cold = (warnings: boolean): Dialect => ({
      ...toyDialect,
      encodeRequest: (input, context) => {
        const { output } = encodeRequest({ ...input, temperature: undefined } as typeof input, context);
        if (!warnings) return { output };
        return {
          output,
          warnings: [{ code: 'dropped', path: '/temperature', message: 'it is always cold' }],
        };
      },
    });
    const failures = (dialect: Dialect) =>
      check(toyDialect, [{ id: 'cold', dialect }]).filter(({ law, ok }) => law === 'loss-is-told' && !ok);
    t.match(formatFailures(failures(cold(false))), /\/temperature: temperature is lost/);
    t.same(failures(cold(true)), []);
  },
);

t.test("a dialect that drops part of a reply unsaid breaks the law 'loss-is-told'", async (t) => {
  const mute: Dialect = {
    ...toyDialect,
    encodeResponse: ({ id, model }) => ({ output: { id, model, text: '' } }),
  };
  const failed = check(toyDialect, [{ id: 'mute', dialect: mute }]).filter(({ ok }) => !ok);
  t.match(formatFailures(failed), /\/parts\/0: text is lost/);
});

function toyReply(body: Json) {
  const { id, model, text } = body as typeof whole;
  return {
    id,
    model,
    parts: [{ type: 'text' as const, text }],
    finish: { reason: 'stop' as const },
    usage: {},
  };
}
