import { once } from 'node:events';
import type { Frame, Json, JsonObject } from '@dragoman/plugin-sdk';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { models, type ProviderDialect, startEvery } from '../helpers/every-provider.ts';
import { eventFaults, specFaults } from '../helpers/open-responses.ts';
import type { Said } from '../helpers/replies/said.ts';
import { says } from '../helpers/replies/says.ts';
import { orderFaults } from '../plugins/openai/responses/event-order.ts';

/** What the public specification of Open Responses says of replies, for a client of every other dialect's provider. */
const { upstream, post, url, key } = await startEvery(t);
t.beforeEach(() => {
  upstream.requests.length = 0;
});
const sent = (): string => JSON.stringify(upstream.requests.at(-1)?.body ?? {});
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const tool = {
  type: 'function',
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const call = { id: 'call_1', name: 'get_weather', pieces: ['{"city":', '"Paris"}'] };
const message = (role: string, content: Json): JsonObject => ({ type: 'message', role, content });

interface Reply extends JsonObject {
  id: string;
  status: string;
  output: JsonObject[];
}

/** Whole and streamed: both must be as the specification has them, and the same. */
async function ask(t: Test, body: JsonObject, said: Said): Promise<Reply> {
  upstream.answer(says(said), says(said));
  const whole = (await (await post('/v1/responses', body)).json()) as Reply;
  t.same(specFaults('ResponseResource', whole), []);
  const streamed = await post('/v1/responses', { ...body, stream: true });
  const frames = readFrames(await streamed.text());
  for (const { data } of frames) t.same(eventFaults(data as JsonObject), []);
  t.same(orderFaults(frames), []);
  const last = frames.at(-1)?.data as JsonObject;
  t.same(shapeOf(last.response as Reply), shapeOf(whole), 'streamed and whole are one reply');
  return whole;
}

function readFrames(text: string): Frame[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('event: '))
    .map((block) => {
      const [head = '', data = ''] = block.split('\n');
      return { event: head.slice('event: '.length), data: JSON.parse(data.slice('data: '.length)) as Json };
    });
}

/** Without what is new with every reply, and without where a text is cut: some services cut a whole one too. */
function shapeOf({ output, status, tools }: Reply): Json {
  const items = output.map(({ id: _, call_id: __, encrypted_content: ___, content, ...rest }): JsonObject => {
    return Array.isArray(content) ? { ...rest, text: textOf(content as { text: string }[]) } : rest;
  });
  return { status, tools: tools ?? null, output: items };
}

function textOf(content: { text: string }[]): string {
  return content.map(({ text }) => text).join('');
}

const dialects = (Object.keys(models) as ProviderDialect[]).filter((id) => id !== 'openai-responses');

for (const dialect of dialects) {
  const model = models[dialect];
  const text: Said = { text: ['Hello', ' there'] };

  t.test(`${dialect}: text, with every field a reply must have`, async (t) => {
    const reply = await ask(t, { model, input: [message('user', 'Say hello')] }, text);
    const [item] = reply.output;
    t.match([reply.status, item], ['completed', { type: 'message', role: 'assistant', status: 'completed' }]);
    t.equal(textOf(item?.content as { text: string }[]), 'Hello there');
  });

  t.test(`${dialect}: what the system says comes first`, async (t) => {
    const input = [message('system', 'Talk like a pirate.'), message('user', 'Say hello')];
    await ask(t, { model, input, instructions: 'Be brief.' }, text);
    t.match(sent(), /Be brief\..*Talk like a pirate\./);
  });

  t.test(`${dialect}: a tool is called, and its result goes back by the id of the reply`, async (t) => {
    const said: Said = { calls: [call] };
    const reply = await ask(t, { model, input: 'How is it in Paris?', tools: [tool] }, said);
    const [item] = reply.output.filter(({ type }) => type === 'function_call');
    t.match(item, { name: 'get_weather', arguments: /Paris/, status: 'completed' });
    const result = { type: 'function_call_output', call_id: item?.call_id ?? '', output: 'rain' };
    const body = { model, input: [result], tools: [tool], previous_response_id: reply.id };
    await ask(t, body, text);
    t.match(sent(), /How is it in Paris.*get_weather.*rain/);
  });

  t.test(`${dialect}: an image is sent as data`, async (t) => {
    const content = [
      { type: 'input_text', text: 'What is it?' },
      { type: 'input_image', image_url: `data:image/png;base64,${pixel}` },
    ];
    await ask(t, { model, input: [message('user', content)] }, text);
    t.match(sent(), pixel.slice(0, 20));
  });

  t.test(`${dialect}: a conversation is sent whole, or continued by its id`, async (t) => {
    const input = [message('user', 'I am Ada'), message('assistant', 'Hi Ada'), message('user', 'Who am I?')];
    const first = await ask(t, { model, input }, text);
    t.match(sent(), /I am Ada.*Hi Ada.*Who am I/);
    const next = await ask(t, { model, input: 'Sure?', previous_response_id: first.id }, text);
    t.match(sent(), /I am Ada.*Hi Ada.*Who am I.*Hello.* there.*Sure\?/);
    t.equal(next.previous_response_id, first.id);
  });

  t.test(`${dialect}: thoughts are an item of their own; an answer that is cut off says so`, async (t) => {
    const reasoning = { effort: 'low', summary: 'auto' };
    const said: Said = { thought: 'Hmm', text: ['So'], ends: 'length' };
    const reply = await ask(t, { model, input: 'Think', reasoning, max_output_tokens: 2048 }, said);
    t.equal(reply.status, 'incomplete');
    t.same(reply.incomplete_details, { reason: 'max_output_tokens' });
    const [item] = reply.output.filter(({ type }) => type === 'message');
    t.equal(item?.status, 'incomplete');
    // OpenAI's chat shows no thoughts.
    if (dialect !== 'openai-chat') t.equal(reply.output[0]?.type, 'reasoning');
  });

  t.test(`${dialect}: turns over WebSocket`, async (t) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/responses?key=${key}`);
    t.teardown(() => socket.terminate());
    await once(socket, 'open');
    const events: JsonObject[] = [];
    const wake: (() => void)[] = [];
    socket.on('message', (data) => {
      const event = JSON.parse(String(data)) as JsonObject;
      events.push(event);
      if (event.type === 'error' || event.type === 'response.completed') wake.shift()?.();
    });
    const turn = async (body: JsonObject): Promise<JsonObject[]> => {
      events.length = 0;
      const ended = new Promise<void>((resolve) => wake.push(resolve));
      socket.send(JSON.stringify({ type: 'response.create', store: false, ...body }));
      await ended;
      for (const event of events) t.same(eventFaults(event), []);
      return [...events];
    };
    upstream.answer(says(text), says(text));
    const first = await turn({ model, input: [message('user', 'First')] });
    t.same(orderFaults(first.map((data) => ({ event: String(data.type), data }))), []);
    const id = (first.at(-1)?.response as Reply | undefined)?.id ?? '';
    await turn({ model, input: [message('user', 'Second')], previous_response_id: id });
    t.match(sent(), /First.*Hello there.*Second/);
    const [fault] = await turn({ model, input: [], previous_response_id: 'resp_none' });
    t.match(fault, { status: 400, error: { code: 'previous_response_not_found' } });
  });
}

t.test('a client that is told off gets the error of the specification', async (t) => {
  const reply = await post('/v1/responses', { model: models.gemini, input: 7 });
  t.equal(reply.status, 400);
  const { error } = (await reply.json()) as { error: JsonObject };
  t.same(specFaults('ErrorPayload', error), []);
});
