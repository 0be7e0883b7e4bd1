import type { CanonicalRequest } from '@dragoman/plugin-sdk';
import t from 'tap';
import { ask, respond, user } from './context.ts';
import { foldStrictly } from './folded.ts';

const textOf = (request: CanonicalRequest, model?: string): string =>
  foldStrictly(respond(request, model).output).parts.at(-1)?.text ?? '';

t.test('the last user text is echoed in small deltas that join to the text', async (t) => {
  const folded = foldStrictly(respond(ask('Grüße 😀 from Zürich, how are you today?')).output);
  t.equal(folded.parts.length, 1);
  t.equal(
    folded.parts[0]?.text,
    "This is Dragoman's offline model. You said: Grüße 😀 from Zürich, how are you today?",
  );
  t.ok((folded.parts[0]?.deltas.length ?? 0) > 4);
  t.same(folded.finish, { reason: 'stop' });
});

t.test('the same request gives the same events, and the request is left as it was', async (t) => {
  const request = ask('again', { tools: [{ type: 'function', name: 'f', inputSchema: {} }], candidates: 2 });
  const before = JSON.stringify(request);
  t.same(respond(request), respond(request));
  t.equal(JSON.stringify(request), before);
  t.not(JSON.stringify(respond(request, 'chat', 'other').output), JSON.stringify(respond(request).output));
});

t.test('no delta ends inside a surrogate pair, whatever the text', async (t) => {
  for (const text of ['😀'.repeat(500), `x${'😀'.repeat(500)}`, 'é'.repeat(99), 'a b '.repeat(100)]) {
    for (const maxOutputTokens of [undefined, 13, 14, 15]) {
      const part = foldStrictly(
        respond(ask(text, maxOutputTokens === undefined ? {} : { maxOutputTokens })).output,
      ).parts[0];
      t.ok(part?.deltas.every((delta) => delta.isWellFormed() && delta !== ''));
    }
  }
});

t.test('a megabyte is echoed in no more events than a few thousand', async (t) => {
  const long = 'word '.repeat(200_000);
  const { output } = respond(ask(long));
  t.ok(output.length < 5000);
  t.ok(foldStrictly(output).parts[0]?.text.includes(long));
});

t.test('the last user message counts, not what assistant and system say after it', async (t) => {
  const messages: CanonicalRequest['messages'] = [
    user('first'),
    { role: 'assistant', parts: [{ type: 'text', text: 'no' }] },
    user('second'),
    { role: 'system', parts: [{ type: 'text', text: 'be brief' }] },
  ];
  t.match(textOf(ask('', { messages })), /You said: second$/);
  t.match(textOf(ask('', { messages: [] })), /no text to repeat/);
});

t.test('pictures, recordings and documents are acknowledged', async (t) => {
  const source = { type: 'base64', data: 'AAAA' } as const;
  const parts: CanonicalRequest['messages'][number]['parts'] = [
    { type: 'media', mediaType: 'image/png', source },
    { type: 'text', text: 'look' },
  ];
  t.match(textOf(ask('', { messages: [{ role: 'user', parts }] })), /You said: look \[1 image\]$/);
  parts.push({ type: 'media', mediaType: 'image/jpeg', source });
  parts.push({ type: 'media', mediaType: 'application/pdf', source });
  parts.push({ type: 'media', mediaType: 'audio/wav', source });
  t.match(textOf(ask('', { messages: [{ role: 'user', parts }] })), /\[2 images, 1 document, 1 recording\]$/);
});

t.test('output stops before the first stop sequence', async (t) => {
  const folded = foldStrictly(respond(ask('one two three', { stop: ['three', ' two', ''] })).output);
  t.match(folded.parts[0]?.text, /You said: one$/);
  t.same(folded.finish, { reason: 'stop', stopSequence: ' two' });
});

t.test('output ends after the tokens allowed', async (t) => {
  const folded = foldStrictly(respond(ask('one two three', { maxOutputTokens: 5 })).output);
  t.equal(folded.parts[0]?.text.length, 20);
  t.same(folded.finish, { reason: 'length' });
  t.equal(folded.usage.outputTokens, 5);
});

t.test('a limit that is reached exactly is no cut', async (t) => {
  const all = foldStrictly(respond(ask('one two three')).output).usage.outputTokens ?? 0;
  t.same(foldStrictly(respond(ask('one two three', { maxOutputTokens: all })).output).finish, {
    reason: 'stop',
  });
  t.same(foldStrictly(respond(ask('one two three', { maxOutputTokens: all - 1 })).output).finish, {
    reason: 'length',
  });
});

t.test('a stop sequence behind the limit does not count', async (t) => {
  const folded = foldStrictly(respond(ask('x'.repeat(100), { maxOutputTokens: 3, stop: ['xxxx'] })).output);
  t.same(folded.finish, { reason: 'length' });
});

t.test('usage is counted at four characters a token', async (t) => {
  const { usage } = foldStrictly(respond(ask('12345678')).output);
  t.same(usage, {
    inputTokens: 6,
    outputTokens: Math.ceil("This is Dragoman's offline model. You said: 12345678".length / 4),
  });
});

t.test('the model reason thinks first and counts its thoughts', async (t) => {
  const folded = foldStrictly(respond(ask('hello'), 'reason').output);
  t.same(
    folded.parts.map((part) => part.start.type),
    ['reasoning', 'text'],
  );
  t.match(folded.parts[0]?.text, /5 characters.*repeat/);
  t.equal(folded.usage.reasoningTokens, Math.ceil((folded.parts[0]?.text.length ?? 0) / 4));
  t.ok((folded.usage.outputTokens ?? 0) > (folded.usage.reasoningTokens ?? 0));
});

t.test('reasoning settings are honoured', async (t) => {
  const shape = (reasoning: CanonicalRequest['reasoning']) =>
    foldStrictly(respond({ ...ask('hello'), ...(reasoning && { reasoning }) }, 'reason').output);
  t.same(
    shape({ effort: 'none' }).parts.map((part) => part.start),
    [{ type: 'text' }],
  );
  t.equal(shape({ effort: 'none' }).usage.reasoningTokens, undefined);
  t.same(shape({ visibility: 'summary' }).parts[0]?.start, { type: 'reasoning', summary: true });
  t.equal(shape({ budgetTokens: 4 }).parts[0]?.text.length, 16);
  const hidden = shape({ visibility: 'hidden' });
  t.same(
    hidden.parts.map((part) => part.start.type),
    ['text'],
  );
  t.ok((hidden.usage.reasoningTokens ?? 0) > 0);
});

t.test('a limit inside the reasoning leaves no text', async (t) => {
  const folded = foldStrictly(respond(ask('hello', { maxOutputTokens: 3 }), 'reason').output);
  t.same(
    folded.parts.map((part) => part.start.type),
    ['reasoning'],
  );
  t.same(folded.finish, { reason: 'length' });
});

t.test('several answers each have their parts and their finish', async (t) => {
  const folded = foldStrictly(respond(ask('hello', { candidates: 3, stop: ['llo'] }), 'reason').output);
  t.same(
    folded.parts.map((part) => part.candidate),
    [0, 0, 1, 1, 2, 2],
  );
  t.equal(folded.finishes.length, 2);
  t.same(folded.finishes[0], { reason: 'stop', stopSequence: 'llo' });
  const alone = foldStrictly(respond(ask('hello', { stop: ['llo'] }), 'reason').output);
  t.equal(folded.usage.outputTokens, 3 * (alone.usage.outputTokens ?? 0));
});

t.test('JSON is the smallest instance of the schema, or an object with the echo', async (t) => {
  const schema = {
    type: 'object',
    required: ['city', 'days'],
    properties: { city: { enum: ['Zürich', 'Bern'] }, days: { type: 'integer', minimum: 1 } },
  };
  t.same(JSON.parse(textOf(ask('plan', { output: { format: 'json', schema } }))), { city: 'Bern', days: 1 });
  t.same(JSON.parse(textOf(ask('plan "it"', { output: { format: 'json' } }))), { echo: 'plan "it"' });
  t.match(textOf(ask('plan', { output: { format: 'text' } })), /You said: plan/);
});

t.test('what cannot be done is told, and settings without an effect are not', async (t) => {
  const paths = (more: Partial<CanonicalRequest>, model?: string): string[] =>
    (respond(ask('hello', more), model).warnings ?? []).map((warning) => `${warning.code} ${warning.path}`);
  t.same(paths({ tools: [{ type: 'web-search' }, { type: 'opaque', dialect: 'x', value: {} }] }), [
    'dropped /tools/0',
    'dropped /tools/1',
  ]);
  t.same(paths({ logprobs: {}, modalities: ['text', 'audio'], previousResponseId: 'r' }), [
    'dropped /logprobs',
    'dropped /modalities',
    'dropped /previousResponseId',
  ]);
  t.same(paths({ reasoning: { effort: 'high' } }), ['dropped /reasoning']);
  t.same(paths({ reasoning: { effort: 'high' } }, 'reason'), []);
  t.same(
    paths({ reasoning: { effort: 'auto' }, temperature: 1, seed: 3, topK: 4, modalities: ['text'] }),
    [],
  );
});

t.test('an unknown model, an embedding model and a wild number of answers are refused', async (t) => {
  t.throws(() => respond(ask('x'), 'gpt-4'), { code: 'invalid-input', path: '/model' });
  t.throws(() => respond(ask('x'), 'embed'), { code: 'invalid-input', path: '/model' });
  for (const candidates of [0, 1.5, 129]) {
    t.throws(() => respond(ask('x', { candidates })), { code: 'invalid-input', path: '/candidates' });
  }
});
