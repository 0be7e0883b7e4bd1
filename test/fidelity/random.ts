import type {
  CanonicalEvent,
  CanonicalRequest,
  Finish,
  Message,
  Part,
  PartDelta,
  PartStart,
  Usage,
} from '@dragoman/plugin-sdk';
import fc from 'fast-check';

/** Text as people and models write it, with what breaks framing: line ends, quotes, surrogates, colons. */
const text = fc.oneof(
  fc.constantFrom('Hi', 'äöü', '\u{1f600}', 'a\nb', 'data: x\n\n', '"quoted" \\', ' ', '{"a":1}', '[DONE]'),
  fc.string({ minLength: 1, maxLength: 12 }),
);
const name = fc.constantFrom('lookup', 'get_weather', 'f');
const input = fc.constantFrom('{}', '{"city":"Bern"}', '{"n":[1,2,{"x":null}]}', '{"t":"a\\nb"}');
const signature = fc.record({
  dialect: fc.constantFrom('gemini', 'anthropic-messages', 'openai-responses'),
  family: fc.constantFrom('google', 'anthropic', 'openai'),
  value: fc.constantFrom('c2lnMQ==', 'c2lnMg=='),
});

const start: fc.Arbitrary<PartStart> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<PartStart>({ type: 'text' }) },
  { weight: 2, arbitrary: fc.constant<PartStart>({ type: 'reasoning' }) },
  fc.constant<PartStart>({ type: 'refusal' }),
  fc.constant<PartStart>({ type: 'json' }),
  fc.constant<PartStart>({ type: 'media', mediaType: 'image/png' }),
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('tool-call' as const),
      id: fc.constant('set later'),
      name,
      kind: fc.constantFrom('function' as const, 'function' as const, 'custom' as const, 'hosted' as const),
    }),
  },
);

/** Content of one part in pieces; JSON comes whole, because half of it is no JSON. */
function deltasFor(part: PartStart): fc.Arbitrary<PartDelta[]> {
  switch (part.type) {
    case 'text':
      return fc.array(
        fc.oneof(
          { weight: 6, arbitrary: fc.record({ type: fc.constant('text' as const), text }) },
          fc.record({
            type: fc.constant('citation' as const),
            citation: fc.record({ url: fc.constant('https://a.example/'), title: text }),
          }),
          fc.record({
            type: fc.constant('logprobs' as const),
            logprobs: fc.array(fc.record({ token: text, logprob: fc.constant(-0.5) }), {
              minLength: 1,
              maxLength: 2,
            }),
          }),
        ),
        { maxLength: 5 },
      );
    case 'refusal':
      return fc.array(fc.record({ type: fc.constant('refusal' as const), text }), { maxLength: 3 });
    case 'reasoning':
      return fc
        .tuple(
          fc.array(fc.record({ type: fc.constant('reasoning' as const), text }), { maxLength: 3 }),
          fc.option(fc.record({ type: fc.constant('signature' as const), signature }), { nil: undefined }),
        )
        .map(([pieces, signed]): PartDelta[] => (signed === undefined ? pieces : [...pieces, signed]));
    case 'tool-call':
      return input.chain((whole) =>
        fc
          .integer({ min: 0, max: whole.length })
          .map((cut): PartDelta[] =>
            [whole.slice(0, cut), whole.slice(cut)]
              .filter((piece) => piece !== '')
              .map((piece) => ({ type: 'tool-input', text: piece })),
          ),
      );
    case 'json':
      return input.map((whole): PartDelta[] => [{ type: 'json', text: whole }]);
    case 'media':
      return fc.constant<PartDelta[]>([{ type: 'media-data', data: 'aGVsbG8=' }]);
    default:
      return fc.constant([]);
  }
}

const part = start.chain((opened) => fc.tuple(fc.constant(opened), deltasFor(opened)));
const finish: fc.Arbitrary<Finish> = fc.record({
  reason: fc.constantFrom(
    'stop' as const,
    'length' as const,
    'tool-calls' as const,
    'content-filter' as const,
  ),
});
const usage: fc.Arbitrary<Usage> = fc.record(
  {
    inputTokens: fc.nat(999),
    outputTokens: fc.nat(999),
    cacheReadTokens: fc.nat(99),
    reasoningTokens: fc.nat(99),
  },
  { requiredKeys: ['inputTokens', 'outputTokens'] },
);

/** A whole stream by the grammar. Parts may interleave: `order` says whose piece comes next. */
export const eventStreams: fc.Arbitrary<CanonicalEvent[]> = fc
  .record({
    parts: fc.array(part, { maxLength: 5 }),
    order: fc.array(fc.nat(4), { maxLength: 24 }),
    finish,
    usage: fc.option(usage, { nil: undefined }),
  })
  .map(({ parts, order, finish: last, usage: counts }) => {
    const queues = parts.map(([opened, deltas], index): CanonicalEvent[] => [
      {
        type: 'part-start',
        index,
        part: opened.type === 'tool-call' ? { ...opened, id: `c${index}` } : opened,
      },
      ...deltas.map((delta): CanonicalEvent => ({ type: 'part-delta', index, delta })),
      { type: 'part-end', index },
    ]);
    const events: CanonicalEvent[] = [{ type: 'response-start', id: 'r1', model: 'm1' }];
    // A part may begin only after the ones before it have.
    let begun = 0;
    for (const wish of [...order, ...queues.flatMap((queue, at) => queue.map(() => at))]) {
      const at = Math.min(wish, begun, queues.length - 1);
      const next = queues[at]?.shift();
      if (next === undefined) continue;
      if (next.type === 'part-start') begun = Math.min(begun + 1, queues.length - 1);
      events.push(next);
    }
    for (const queue of queues) events.push(...queue.splice(0));
    if (counts !== undefined) events.push({ type: 'usage', usage: counts });
    events.push({ type: 'response-end', finish: last });
    return events;
  });

const said: fc.Arbitrary<Part> = text.map((words) => ({ type: 'text', text: words }));
const pictured: fc.Arbitrary<Part> = fc.constantFrom<Part>(
  { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'aGVsbG8=' } },
  {
    type: 'media',
    mediaType: 'application/pdf',
    source: { type: 'base64', data: 'aGVsbG8=' },
    filename: 'a.pdf',
  },
);

/** What an assistant says and calls, with the results of its calls. */
function turn(at: number): fc.Arbitrary<Message[]> {
  return fc
    .record({
      asked: fc.array(fc.oneof({ weight: 3, arbitrary: said }, pictured), { minLength: 1, maxLength: 2 }),
      answered: fc.array(said, { maxLength: 2 }),
      thought: fc.option(fc.record({ words: text, signature }), { nil: undefined }),
      calls: fc.array(fc.record({ name, input, output: text, isError: fc.boolean() }), { maxLength: 3 }),
    })
    .map(({ asked, answered, thought, calls }) => {
      const parts: Part[] = [];
      if (thought !== undefined)
        parts.push({ type: 'reasoning', text: thought.words, signature: thought.signature });
      parts.push(...answered);
      const messages: Message[] = [{ role: 'user', parts: asked }];
      for (const [index, call] of calls.entries()) {
        parts.push({
          type: 'tool-call',
          id: `c${at}_${index}`,
          name: call.name,
          kind: 'function',
          input: call.input,
        });
      }
      if (parts.length > 0) messages.push({ role: 'assistant', parts });
      if (calls.length > 0) {
        const results = calls.map(
          (call, index): Part => ({
            type: 'tool-result',
            callId: `c${at}_${index}`,
            output: [{ type: 'text', text: call.output }],
            ...(call.isError ? { isError: true } : {}),
          }),
        );
        messages.push({ role: 'tool', parts: results });
      }
      return messages;
    });
}

/** A conversation that makes sense: every call has its result, and the user speaks last. */
export const conversations: fc.Arbitrary<CanonicalRequest> = fc
  .record({
    system: fc.option(text, { nil: undefined }),
    turns: fc.tuple(turn(0), turn(1)),
    last: text,
    stream: fc.boolean(),
    temperature: fc.option(fc.constantFrom(0, 0.5), { nil: undefined }),
    maxOutputTokens: fc.option(fc.integer({ min: 64, max: 4096 }), { nil: undefined }),
    stop: fc.option(fc.constant<string[]>(['END']), { nil: undefined }),
  })
  .map(({ system, turns, last, ...settings }) => {
    const request: CanonicalRequest = {
      model: 'm1',
      stream: settings.stream,
      messages: [...turns.flat(), { role: 'user', parts: [{ type: 'text', text: last }] }],
      tools: ['lookup', 'get_weather', 'f'].map((tool) => ({
        type: 'function',
        name: tool,
        inputSchema: { type: 'object', properties: {} },
      })),
    };
    if (system !== undefined)
      request.messages.unshift({ role: 'system', parts: [{ type: 'text', text: system }] });
    if (settings.temperature !== undefined) request.temperature = settings.temperature;
    if (settings.maxOutputTokens !== undefined) request.maxOutputTokens = settings.maxOutputTokens;
    if (settings.stop !== undefined) request.stop = settings.stop;
    return request;
  });
