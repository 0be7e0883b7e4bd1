import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import OpenAI from 'openai';
import t from 'tap';
import { anthropicFrames, json, stream } from '../helpers/answers.ts';
import { startFakeUpstream } from '../helpers/fake-upstream.ts';
import { providersAt, startTestGateway } from '../helpers/gateway.ts';

const upstream = await startFakeUpstream();
const service = await startFakeUpstream({ strict: false });
t.teardown(() => Promise.all([upstream.close(), service.close()]));
const common = { allowPrivate: true, retries: 0, credentials: [{ name: 'test', key: service.key }] };
const otherKey = 'another-client-key-0123456789';
const settings = {
  keys: [{ name: 'other', key: otherKey }],
  providers: {
    ...providersAt(upstream),
    keeper: { ...common, use: 'openai-responses', baseUrl: `${service.origin}/v1` },
    forgetful: { ...common, use: 'openai-responses-compatible', baseUrl: `${service.origin}/v1` },
  },
  routes: [{ model: 'both', to: ['keeper/gpt-5.4', 'anthropic/claude-sonnet-4-5'] }],
};
const gateway = await startTestGateway(t, upstream, settings);
const { openai } = gateway;
const other = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: otherKey, maxRetries: 0 });
t.beforeEach(() => {
  upstream.requests.length = 0;
  service.requests.length = 0;
});
const sent = (): JsonObject => upstream.requests.at(-1)?.body ?? {};
const claude = 'anthropic/claude-sonnet-4-5';

/** A reply of a service that keeps its own. */
function serviceReply(id: string, text: string, fields: JsonObject = {}): JsonObject {
  const content = [{ type: 'output_text', text, annotations: [] }];
  const item = { type: 'message', id: `msg_${id}`, role: 'assistant', status: 'completed', content };
  return {
    id,
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'm',
    output: [item],
    ...fields,
  };
}

for (const model of [claude, 'openai/gpt-4o', 'offline/chat']) {
  t.test(`a reply of ${model} is stored, read, continued and deleted`, async (t) => {
    const first = await openai.responses.create({
      model,
      input: 'My name is Ada.',
      instructions: 'Be brief.',
    });
    t.match(first.id, /^resp_[0-9a-f]{32}$/);
    t.match(first, { store: true });
    t.same(await openai.responses.retrieve(first.id), first, 'as it was given');
    const second = await openai.responses.create({
      model,
      input: [{ role: 'user', content: 'What is my name?' }],
      previous_response_id: first.id,
    });
    t.equal(second.previous_response_id, first.id);
    t.not(second.id, first.id);
    if (model !== 'offline/chat') {
      const messages = JSON.stringify(sent().messages);
      t.match(messages, /My name is Ada\..*Hello there.*What is my name\?/);
      t.notMatch(JSON.stringify(sent()), /Be brief/, 'instructions are not carried over');
    }
    const third = await openai.responses.create({ model, input: 'Sure?', previous_response_id: second.id });
    if (model !== 'offline/chat') t.equal((sent().messages as Json[]).length, 5);
    const items = [];
    for await (const item of openai.responses.inputItems.list(third.id, { limit: 2, order: 'asc' })) {
      items.push(item);
    }
    t.match(
      items.map((item) => ('role' in item ? item.role : item.type)),
      ['user', 'assistant', 'user', 'assistant', 'user'],
    );
    t.match(items[0], { type: 'message', content: [{ type: 'input_text', text: 'My name is Ada.' }] });
    t.equal(new Set(items.map((item) => item.id)).size, 5, 'each has an id');
    await openai.responses.delete(second.id);
    await t.rejects(openai.responses.retrieve(second.id), { status: 404, message: /not found/ });
    await t.rejects(
      openai.responses.create({ model, input: 'And now?', previous_response_id: third.id }),
      { status: 400, code: 'previous_response_not_found', param: 'previous_response_id' },
      'a conversation with a hole is not continued in silence',
    );
  });
}

t.test('a streamed reply is stored, and can be streamed again from any of its events', async (t) => {
  const runner = openai.responses.stream({ model: claude, input: 'Hi' });
  const events: JsonObject[] = [];
  runner.on('event', (event) => events.push(event as unknown as JsonObject));
  const reply = await runner.finalResponse();
  const kept = await openai.responses.retrieve(reply.id);
  t.equal(kept.output_text, 'Hello there');
  const again: JsonObject[] = [];
  for await (const event of await openai.responses.retrieve(reply.id, { stream: true, starting_after: 1 })) {
    again.push(event as unknown as JsonObject);
  }
  t.equal(again[0]?.sequence_number, 2);
  t.match(again.at(-1), { type: 'response.completed', response: { id: reply.id } });
  const second = await openai.responses
    .stream({ model: claude, input: 'Go on', previous_response_id: reply.id })
    .finalResponse();
  t.equal((sent().messages as Json[]).length, 3);
  t.ok(await openai.responses.retrieve(second.id));
});

t.test('calls of tools and their results cross two turns', async (t) => {
  const tools = [{ type: 'function' as const, name: 'look', parameters: { type: 'object' }, strict: false }];
  upstream.answer(
    json({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 1 } }],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    }),
  );
  const first = await openai.responses.create({ model: claude, input: 'Look', tools });
  const call = first.output[0];
  if (call?.type !== 'function_call') throw new Error('no call');
  await openai.responses.create({
    model: claude,
    tools,
    previous_response_id: first.id,
    input: [{ type: 'function_call_output', call_id: call.call_id, output: 'seen' }],
  });
  t.match(sent().messages, [
    { role: 'user' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1' }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1' }] },
  ]);
});

t.test('what is not to be stored is not, and the reply says so', async (t) => {
  const reply = await openai.responses.create({ model: claude, input: 'Hi', store: false });
  t.match(reply, { store: false });
  await t.rejects(openai.responses.retrieve(reply.id), { status: 404, message: /not found/ });
  await t.rejects(openai.responses.create({ model: claude, input: 'Hi', previous_response_id: reply.id }), {
    status: 400,
    code: 'previous_response_not_found',
  });
});

t.test('an error is not stored, and a reply that broke off is stored as failed', async (t) => {
  upstream.answer(json({ type: 'error', error: { type: 'api_error', message: 'no' } }, { status: 500 }));
  await t.rejects(openai.responses.create({ model: claude, input: 'Hi' }), { status: 500, message: /no/ });
  const frames = anthropicFrames([
    {
      type: 'message_start',
      message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], usage: {} },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hal' } },
  ]);
  upstream.answer(stream(frames));
  const seen: JsonObject[] = [];
  const streamed = await openai.responses.create({ model: claude, input: 'Hi', stream: true });
  for await (const event of streamed) seen.push(event as unknown as JsonObject);
  const failed = seen.at(-1) as JsonObject & { response: { id: string } };
  t.equal(failed.type, 'response.failed');
  t.equal(
    (await openai.responses.retrieve(failed.response.id)).status,
    'failed',
    'a failure is told later too',
  );
});

t.test("another key's replies are not there", async (t) => {
  const reply = await openai.responses.create({ model: claude, input: 'Secret' });
  await t.rejects(other.responses.retrieve(reply.id), { status: 404, code: null });
  await t.rejects(async () => other.responses.inputItems.list(reply.id), {
    status: 404,
    message: /not found/,
  });
  await t.rejects(other.responses.delete(reply.id), { status: 404, message: /not found/ });
  await t.rejects(other.responses.create({ model: claude, input: 'Hi', previous_response_id: reply.id }), {
    status: 400,
    code: 'previous_response_not_found',
  });
  const own = serviceReply('resp_of_ada', 'Hello Ada');
  service.answer(json(own));
  await openai.responses.create({ model: 'keeper/gpt-5.4', input: 'I am Ada' });
  await t.rejects(
    other.responses.create({ model: 'keeper/gpt-5.4', input: 'Hi', previous_response_id: 'resp_of_ada' }),
    { status: 400, code: 'previous_response_not_found' },
  );
  t.equal(service.requests.length, 1, 'not even the service that knows it is asked');
  t.ok(await openai.responses.retrieve(reply.id), 'it is still there for its own');
});

t.test('a service that keeps its replies itself is left to do so', async (t) => {
  service.answer(json(serviceReply('resp_up1', 'One')), json(serviceReply('resp_up2', 'Two')));
  const model = 'keeper/gpt-5.4';
  await openai.responses.create({ model, input: 'First' });
  await openai.responses.create({ model, input: 'Second', previous_response_id: 'resp_up1' });
  t.same(service.requests[1]?.body, { model: 'gpt-5.4', input: 'Second', previous_response_id: 'resp_up1' });
  service.answer(json(serviceReply('resp_up1', 'One, and more')));
  t.match(await openai.responses.retrieve('resp_up1'), { output_text: 'One, and more' }, 'it knows best');
  t.equal(service.requests[2]?.path, '/v1/responses/resp_up1');
  service.answer(json({ object: 'list', data: [], has_more: false }));
  await openai.responses.inputItems.list('resp_up1', { order: 'asc' });
  t.match(service.requests[3], { path: '/v1/responses/resp_up1/input_items', query: { order: 'asc' } });
  service.answer(json({ id: 'resp_up1', object: 'response', deleted: true }));
  await openai.responses.delete('resp_up1');
  t.equal(service.requests[4]?.method, 'DELETE');
  await t.rejects(
    openai.responses.retrieve('resp_up1'),
    { status: 404, message: /not found/ },
    'gone here too',
  );
  t.equal(service.requests.length, 5);
});

t.test('for a service of this API that keeps no replies the gateway does', async (t) => {
  service.answer(json(serviceReply('resp_flat1', 'One')), json(serviceReply('resp_flat2', 'Two')));
  const model = 'forgetful/open-model';
  await openai.responses.create({ model, input: 'First' });
  await openai.responses.create({ model, input: 'Second', previous_response_id: 'resp_flat1' });
  t.notOk(service.requests[1]?.body.previous_response_id, 'an id that says nothing to it');
  t.match(JSON.stringify(service.requests[1]?.body.input), /First.*One.*Second/);
  t.match(await openai.responses.retrieve('resp_flat1'), { output_text: 'One' });
  await openai.responses.delete('resp_flat1');
  t.equal(service.requests.length, 2, 'it was not asked for what it has not got');
});

t.test('an id the gateway never saw is left to a service of the same API', async (t) => {
  service.answer(json(serviceReply('resp_up3', 'Three')));
  await openai.responses.create({
    model: 'keeper/gpt-5.4',
    input: 'Hi',
    previous_response_id: 'resp_elsewhere',
  });
  t.equal(service.requests[0]?.body.previous_response_id, 'resp_elsewhere');
  await t.rejects(
    openai.responses.create({ model: claude, input: 'Hi', previous_response_id: 'resp_elsewhere' }),
    { status: 400, code: 'previous_response_not_found' },
  );
});

t.test('a conversation goes on at another provider, and comes back', async (t) => {
  const model = 'both';
  service.answer(json(serviceReply('resp_a', 'From the service')), json({ error: {} }, { status: 503 }));
  await openai.responses.create({ model, input: 'First' });
  const second = await openai.responses.create({ model, input: 'Second', previous_response_id: 'resp_a' });
  t.match(JSON.stringify(sent().messages), /First.*From the service.*Second/, 'the other is told it all');
  service.answer(json(serviceReply('resp_c', 'Back')));
  await openai.responses.create({ model, input: 'Third', previous_response_id: second.id });
  const body = service.requests.at(-1)?.body ?? {};
  t.notOk('previous_response_id' in body, 'an id of the gateway is nothing to the service');
  t.match(JSON.stringify(body.input), /First.*From the service.*Second.*Hello there.*Third/);
  t.notMatch(JSON.stringify(body.input), /"id":"msg_/, 'nor are ids of others');
});

t.test('tokens are counted with the turns that are continued', async (t) => {
  const first = await openai.responses.create({ model: claude, input: 'First' });
  await openai.responses.inputTokens.count({
    model: claude,
    input: 'Second',
    previous_response_id: first.id,
  });
  t.equal(upstream.requests.at(-1)?.path, '/v1/messages/count_tokens');
  t.match(JSON.stringify(sent().messages), /First.*Hello there.*Second/);
  const asked = { model: 'openai/gpt-4o', input: 'x', previous_response_id: 'resp_none' };
  await t.rejects(openai.responses.inputTokens.count(asked), {
    status: 400,
    code: 'previous_response_not_found',
  });
});

t.test('items of a stored reply may be named in place of repeating them', async (t) => {
  const first = await openai.responses.create({ model: claude, input: 'First' });
  const item = { type: 'item_reference' as const, id: String(first.output[0]?.id) };
  const input = [
    { role: 'user' as const, content: 'First' },
    item,
    { role: 'user' as const, content: 'Second' },
  ];
  await openai.responses.create({ model: claude, input });
  t.match(sent().messages, [
    { role: 'user' },
    { role: 'assistant', content: [{ type: 'text', text: 'Hello there' }] },
    { role: 'user' },
  ]);
  service.answer(json(serviceReply('resp_ref', 'Yes')), json(serviceReply('resp_ref2', 'Yes')));
  await openai.responses.create({ model: 'keeper/gpt-5.4', input });
  t.match(service.requests[0]?.body.input, [{}, { type: 'message', role: 'assistant' }, {}], 'told here too');
  const known = [{ type: 'item_reference' as const, id: 'msg_resp_ref' }];
  await openai.responses.create({ model: 'keeper/gpt-5.4', input: known });
  t.same(service.requests[1]?.body.input, known, 'what the service itself named is left to it');
  for (const client of [openai, other]) {
    const unknown = client === other ? [item] : known;
    await t.rejects(client.responses.create({ model: claude, input: unknown }), {
      status: 422,
      message: /Item with id '.*' not found/,
    });
  }
});

t.test('background mode is refused where it cannot be had', async (t) => {
  await t.rejects(openai.responses.create({ model: claude, input: 'Hi', background: true }), {
    status: 422,
    message: /background/,
  });
  const queued = serviceReply('resp_bg', '', { status: 'queued', output: [] });
  service.answer(json(queued), json(serviceReply('resp_bg', 'Done')));
  await openai.responses.create({ model: 'keeper/gpt-5.4', input: 'Hi', background: true });
  t.equal(
    (await openai.responses.retrieve('resp_bg')).output_text,
    'Done',
    'the service that runs it is asked',
  );
  await t.rejects(
    openai.responses.create({ model: claude, input: 'Hi', previous_response_id: 'resp_bg' }),
    { status: 400, message: /not finished/ },
    'what the gateway has of it is no answer',
  );
});

t.test('a secret of a tool server is neither repeated nor stored', async (t) => {
  const tool = {
    type: 'mcp',
    server_label: 'x',
    server_url: 'https://x.example',
    authorization: 'tell-nobody',
  };
  const reply = await gateway.post('/v1/responses', { model: 'offline/chat', input: 'Hi', tools: [tool] });
  t.notMatch(await reply.text(), /tell-nobody/);
});

t.test('replies are on disk for nobody else, and survive a restart', async (t) => {
  const offline = { model: 'offline/chat', input: 'Remember me' };
  const one = await startTestGateway(t, null, { providers: { offline: {} } });
  const reply = await one.openai.responses.create(offline);
  await one.gateway.stop();
  const file = join(one.cwd, '.dragoman', 'replies.db');
  t.equal(statSync(file).mode & 0o777, 0o600);
  const two = await startTestGateway(t, null, { providers: { offline: {} } }, one.cwd);
  const next = await two.openai.responses.create({ ...offline, previous_response_id: reply.id });
  t.match(await two.openai.responses.retrieve(reply.id), { id: reply.id });
  t.equal(next.previous_response_id, reply.id);
});

t.test('with `replies.keep` off nothing is stored, and replies say so', async (t) => {
  const off = await startTestGateway(t, null, { replies: { keep: false } });
  const reply = await off.openai.responses.create({ model: 'offline/chat', input: 'Hi', store: true });
  t.match(reply, { store: false });
  await t.rejects(off.openai.responses.retrieve(reply.id), { status: 404, message: /not found/ });
});
