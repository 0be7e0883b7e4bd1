import type { JsonObject } from '@dragoman/plugin-sdk';
import type { Test } from 'tap';
import { stream } from '../helpers/answers.ts';
import { models, type ProviderDialect, startEvery } from '../helpers/every-provider.ts';
import type { FakeUpstream, ReceivedRequest } from '../helpers/fake-upstream.ts';
import { createGate } from '../helpers/gate.ts';
import { says, saysTooMany, writerOf } from '../helpers/replies/says.ts';
import { type Asked, type Client, type Heard, pdf, pixel, weather } from './client.ts';

/** Where a gateway listens, for a client to be pointed at. */
export interface Place {
  url: string;
  key: string;
}

const calls = [
  { id: 'call_01A', name: 'weather', pieces: ['{"ci', 'ty": "Par', 'is"}'] },
  { id: 'call_02B', name: 'weather', pieces: ['{"city"', ': "Oslo"}'] },
];
/** Dialects that sign what the model thought and want it back. */
const signing: readonly ProviderDialect[] = ['anthropic-messages', 'openai-responses', 'gemini'];
const readsPdf: readonly ProviderDialect[] = [...signing, 'openai-chat', 'mistral'];
/** OpenAI's chat keeps to itself what its models think. */
const thinksAloud = (dialect: ProviderDialect): boolean => dialect !== 'openai-chat';

/** Drives a client library through one gateway to a strict service of every dialect, unary and streaming. */
export async function checkClient(t: Test, connect: (place: Place) => Client): Promise<void> {
  const { upstream, url, key } = await startEvery(t);
  const client = connect({ url, key });
  await t.test(`${client.name} goes on with another model in the midst of a call`, async (t) => {
    await checkSwitch(t, client, upstream);
    for (const { refusal } of upstream.requests) t.equal(refusal, undefined, 'the service refuses nothing');
  });
  for (const [dialect, model] of Object.entries(models) as [ProviderDialect, string][]) {
    for (const isStream of [false, true]) {
      const way = isStream ? 'streams from' : 'asks';
      await t.test(`${client.name} ${way} a service of ${dialect}`, async (t) => {
        upstream.forget();
        const ask = (asked: Partial<Asked>): Promise<Heard> =>
          client.ask({ model, stream: isStream, text: 'How is it in Paris and Oslo?', ...asked });
        await checkText(t, client, dialect, isStream, ask, upstream);
        await checkTools(t, ask, upstream);
        await checkLimit(t, ask, upstream);
        await checkReasoning(t, client, dialect, ask, upstream);
        await checkMedia(t, client, dialect, ask, upstream);
        await checkSchema(t, ask, upstream);
        await checkFailure(t, client, ask, upstream);
        if (isStream) await checkBroken(t, client, ask, upstream);
        if (isStream) await checkAbort(t, ask, upstream);
        for (const { refusal } of upstream.requests)
          t.equal(refusal, undefined, 'the service refuses nothing');
      });
    }
  }
}

/** A conversation that goes on with another model: what one service signed is nothing for the next. */
async function checkSwitch(t: Test, client: Client, upstream: FakeUpstream): Promise<void> {
  const all = Object.entries(models) as [ProviderDialect, string][];
  for (const from of [...signing, 'openai-chat'] as const) {
    for (const [dialect, next] of all.filter(([dialect]) => dialect !== from)) {
      const isMute = from === 'openai-chat' && dialect === 'anthropic-messages';
      if (isMute && client.needsThought === true) continue;
      const ask = { model: models[from], stream: false, text: 'How is it in Paris?', tools: true };
      upstream.answer(says({ thought: 'I must look.', calls: calls.slice(0, 1) }));
      const heard = await client.ask({ ...ask, reasoning: true });
      upstream.answer(says({ text: ['Sun'] }));
      const again = await heard.answer(['sun-7'], next);
      t.equal(again.text, 'Sun', `${from} to ${dialect}`);
      t.match(lastBody(upstream), /sun-7/);
    }
  }
}

type Ask = (asked: Partial<Asked>) => Promise<Heard>;

function lastBody({ requests }: FakeUpstream): string {
  return JSON.stringify((requests.at(-1) as ReceivedRequest).body);
}

async function checkText(
  t: Test,
  client: Client,
  dialect: ProviderDialect,
  isStream: boolean,
  ask: Ask,
  upstream: FakeUpstream,
): Promise<void> {
  upstream.answer(says({ text: ['Hello', ' there'] }));
  const heard = await ask({ system: 'Be brief.' });
  t.equal(heard.text, 'Hello there');
  if (isStream) t.same(heard.pieces.filter(Boolean), ['Hello', ' there'], 'as the model wrote it');
  const counts: Heard['usage'] = { input: 9, output: 2 };
  if (client.countsCache && dialect !== 'ollama') counts.cached = 4;
  t.match(heard.usage, (isStream && client.misreads?.(counts, dialect)) || counts);
  t.match(lastBody(upstream), /Be brief\./);
}

async function checkTools(t: Test, ask: Ask, upstream: FakeUpstream): Promise<void> {
  upstream.answer(says({ text: ['Let me look.'], calls }));
  const heard = await ask({ tools: true });
  const input = (city: string): JsonObject => ({ name: weather.name, input: { city } });
  t.match(heard.calls, [input('Paris'), input('Oslo')]);
  t.equal(heard.calls.length, 2);
  upstream.answer(says({ text: ['Sun', ' and rain'] }));
  const again = await heard.answer(['sun-7', 'rain-8']);
  t.equal(again.text, 'Sun and rain');
  const body = lastBody(upstream);
  for (const word of ['sun-7', 'rain-8', 'Paris', 'Oslo']) t.match(body, word, `${word} goes back`);
  t.ok(body.indexOf('sun-7') < body.indexOf('rain-8'), 'in order');
}

async function checkLimit(t: Test, ask: Ask, upstream: FakeUpstream): Promise<void> {
  upstream.answer(says({ text: ['This is'], ends: 'length' }), says({ text: ['This is all'] }));
  t.match(await ask({}), { text: 'This is', isCut: true }, 'an answer that ran into its limit');
  t.match(await ask({}), { text: 'This is all', isCut: false }, 'and one that did not');
}

async function checkReasoning(
  t: Test,
  client: Client,
  dialect: ProviderDialect,
  ask: Ask,
  upstream: FakeUpstream,
): Promise<void> {
  upstream.answer(says({ thought: 'I must look.', calls: calls.slice(0, 1) }));
  const heard = await ask({ tools: true, reasoning: true });
  t.match(heard.calls, [{ input: { city: 'Paris' } }]);
  if (client.showsThought && thinksAloud(dialect)) t.equal(heard.thought, 'I must look.');
  upstream.answer(says({ text: ['Sun'] }));
  t.equal((await heard.answer(['sun'])).text, 'Sun', 'the second turn is taken');
  if (!client.echoesSignatures || !signing.includes(dialect)) return;
  t.ok(
    [...upstream.signatures].some((signature) => lastBody(upstream).includes(JSON.stringify(signature))),
    'what the service signed comes back to it',
  );
}

async function checkMedia(
  t: Test,
  client: Client,
  dialect: ProviderDialect,
  ask: Ask,
  upstream: FakeUpstream,
): Promise<void> {
  await ask({ image: pixel });
  t.match(lastBody(upstream), pixel, 'the picture arrives');
  if (!client.takesPdf || !readsPdf.includes(dialect)) return;
  await ask({ pdf });
  t.match(lastBody(upstream), pdf, 'the document arrives');
}

async function checkSchema(t: Test, ask: Ask, upstream: FakeUpstream): Promise<void> {
  upstream.answer(says({ text: ['{"place', 'Name":"Rome"}'] }));
  const schema = {
    type: 'object',
    properties: { placeName: { type: 'string' } },
    required: ['placeName'],
    additionalProperties: false,
  };
  const heard = await ask({ schema, text: 'Name a place, as JSON.' });
  t.same(JSON.parse(heard.text), { placeName: 'Rome' });
  t.match(lastBody(upstream), /"required":\["placeName"\]/, 'the schema arrives');
}

async function checkFailure(t: Test, client: Client, ask: Ask, upstream: FakeUpstream): Promise<void> {
  upstream.answer(saysTooMany());
  const error = await ask({}).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  t.equal(client.statusOf(error), 429, String(error));
  t.match(String((error as Error).message), /slow down/, 'with what the service said');
}

/** A stream that stops without an end is an error for the library, never an answer. */
async function checkBroken(t: Test, client: Client, ask: Ask, upstream: FakeUpstream): Promise<void> {
  upstream.answer((request, response) => {
    const frames = writerOf(request).frames({ text: ['Hel', 'lo', ' there'] }, 'm');
    return stream(frames.slice(0, Math.ceil(frames.length / 2)))(request, response);
  });
  await t.rejects(ask({}), `${client.name} learns that the stream broke off`);
}

async function checkAbort(t: Test, ask: Ask, upstream: FakeUpstream): Promise<void> {
  const { opened, open } = createGate();
  upstream.answer((request, response) => {
    const frames = writerOf(request).frames({ text: ['Hello', ' there', ' you'] }, 'm');
    const half = frames.findIndex((frame) => frame.includes('Hello')) + 1;
    return stream([...frames.slice(0, half), opened, ...frames.slice(half)])(request, response);
  });
  const stop = new AbortController();
  const arrived = upstream.received();
  const asked = ask({ signal: stop.signal, onText: () => stop.abort() });
  await t.rejects(asked, 'the library stops');
  const request = await arrived;
  await request.closed;
  t.equal(request.aborted, true, 'and so does the service');
  open();
}
