import type { CanonicalEvent, CanonicalResponse, Json, JsonObject, Part } from '@dragoman/plugin-sdk';
import { unfoldResponse } from '@dragoman/plugin-sdk';
import t from 'tap';
import { responses } from '../../../../plugins/openai/src/responses/responses.ts';
import { reply } from '../run.ts';
import { makeContext } from './context.ts';
import { orderFaults } from './event-order.ts';
import { dataOf, decode, frames, names, written } from './run.ts';

const start: CanonicalEvent = { type: 'response-start', id: 'msg_1', model: 'claude' };
const end: CanonicalEvent = { type: 'response-end', finish: { reason: 'stop' } };

function textPart(index: number, ...pieces: string[]): CanonicalEvent[] {
  return [
    { type: 'part-start', index, part: { type: 'text' } },
    ...pieces.map((text): CanonicalEvent => ({ type: 'part-delta', index, delta: { type: 'text', text } })),
    { type: 'part-end', index },
  ];
}

function callStart(index: number, name = 'f'): CanonicalEvent {
  return { type: 'part-start', index, part: { type: 'tool-call', id: `c${index}`, name, kind: 'function' } };
}

const input = (index: number, text: string): CanonicalEvent => ({
  type: 'part-delta',
  index,
  delta: { type: 'tool-input', text },
});

function lastResponse(list: CanonicalEvent[]): JsonObject {
  return dataOf(frames(list).at(-1)).response as JsonObject;
}

t.test('texts that follow each other are one message', async (t) => {
  const list = frames([start, ...textPart(0, 'A', 'B'), ...textPart(1, 'C'), end]);
  t.strictSame(names(list), [
    'created',
    'in_progress',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'completed',
  ]);
  t.strictSame(orderFaults(list), []);
});

t.test('a message is whole before a call is announced', async (t) => {
  const list = names(
    frames([start, ...textPart(0, 'A'), callStart(1), input(1, '{}'), { type: 'part-end', index: 1 }, end]),
  );
  t.ok(list.indexOf('output_item.done') < list.lastIndexOf('output_item.added'));
});

t.test('calls by turns stay live, each at its own place', async (t) => {
  const list = frames([
    start,
    callStart(0),
    callStart(1),
    input(0, '{"a"'),
    input(1, '{}'),
    { type: 'part-end', index: 1 },
    input(0, ':1}'),
    { type: 'part-end', index: 0 },
    end,
  ]);
  t.strictSame(orderFaults(list), []);
  const deltas = list.map(dataOf).filter(({ type }) => type === 'response.function_call_arguments.delta');
  t.strictSame(
    deltas.map(({ output_index, delta }) => [output_index, delta]),
    [
      [0, '{"a"'],
      [1, '{}'],
      [0, ':1}'],
    ],
  );
  t.match(dataOf(list.at(-1)).response, { output: [{ arguments: '{"a":1}' }, { arguments: '{}' }] });
});

t.test('a call without arguments has an empty object', async (t) => {
  t.match(lastResponse([start, callStart(0), { type: 'part-end', index: 0 }, end]).output, [
    { arguments: '{}' },
  ]);
});

t.test('free text is a custom call', async (t) => {
  const list = frames([
    start,
    { type: 'part-start', index: 0, part: { type: 'tool-call', id: 'c', name: 'p', kind: 'custom' } },
    input(0, 'ls'),
    { type: 'part-end', index: 0 },
    end,
  ]);
  t.ok(names(list).includes('custom_tool_call_input.delta'));
  t.match(dataOf(list.at(-1)).response, {
    output: [{ type: 'custom_tool_call', call_id: 'c', input: 'ls' }],
  });
});

t.test('late usage is in the last event', async (t) => {
  const usage: CanonicalEvent = {
    type: 'usage',
    usage: { inputTokens: 9, outputTokens: 4, reasoningTokens: 1 },
  };
  t.match(lastResponse([start, ...textPart(0, 'A'), usage, end]).usage, {
    input_tokens: 9,
    output_tokens: 4,
    total_tokens: 13,
    output_tokens_details: { reasoning_tokens: 1 },
  });
});

t.test('an answer that ran into a limit is incomplete, and not completed', async (t) => {
  const cut = (reason: 'length' | 'content-filter' | 'refusal') =>
    frames([start, ...textPart(0, 'A'), { type: 'response-end', finish: { reason } }]).at(-1);
  t.match(dataOf(cut('length')), {
    type: 'response.incomplete',
    response: { incomplete_details: { reason: 'max_output_tokens' }, output: [{ status: 'incomplete' }] },
  });
  for (const reason of ['content-filter', 'refusal'] as const)
    t.match(dataOf(cut(reason)).response, {
      status: 'incomplete',
      incomplete_details: { reason: 'content_filter' },
    });
});

t.test('a failure is told once, and what was open stays out of the reply', async (t) => {
  const error: CanonicalEvent = { type: 'error', error: { kind: 'overloaded', message: 'busy' } };
  const list = frames([start, ...textPart(0, 'A'), callStart(1), input(1, '{"a'), error, end]);
  t.equal(names(list).at(-1), 'failed');
  t.match(dataOf(list.at(-1)).response, { status: 'failed', error: { code: 'overloaded', message: 'busy' } });
  t.notOk(JSON.stringify(dataOf(list.at(-1))).includes('function_call'));
  t.match(dataOf(frames([error])[0]), {
    type: 'error',
    message: 'busy',
    code: 'overloaded',
    sequence_number: 0,
  });
  t.equal(
    names(frames([start, ...textPart(0, 'A')])).at(-1),
    'failed',
    'an end that never came is a failure too',
  );
});

t.test('reasoning is a summary, and another family’s signature crosses in an envelope', async (t) => {
  const parts: Part[] = [
    {
      type: 'reasoning',
      text: 'Hm.',
      signature: { dialect: 'anthropic-messages', family: 'anthropic', value: 'EqQB' },
    },
  ];
  t.match(written({ parts }).body.output, [
    {
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      encrypted_content: 'dragoman:["anthropic-messages","anthropic","EqQB"]',
    },
  ]);
});

t.test('signatures come back from a client as they were issued', async (t) => {
  const google = { dialect: 'gemini', family: 'google', value: 'sig' };
  const anthropic = { dialect: 'anthropic-messages', family: 'anthropic', value: 'EqQB' };
  const parts: Part[] = [
    { type: 'reasoning', text: 'Hm.', signature: anthropic },
    { type: 'text', text: 'A', signature: google },
    { type: 'tool-call', id: 'c', name: 'f', kind: 'function', input: '{}', signature: google },
  ];
  const { messages } = decode({ input: written({ parts }).body.output as Json });
  t.match(
    messages.map((message) => message.parts[0]),
    parts,
  );
  t.equal(messages.length, 3);
});

t.test('a search another service ran is shown with its sources', async (t) => {
  const parts: Part[] = [
    { type: 'tool-call', id: 's', name: 'web_search', kind: 'hosted', input: '{"query":"cats"}' },
    {
      type: 'tool-result',
      callId: 's',
      hosted: true,
      output: [{ type: 'json', value: [{ type: 'web_search_result', url: 'https://a.org/' }] }],
    },
    { type: 'tool-call', id: 'x', name: 'code_execution', kind: 'hosted', input: '{}' },
  ];
  const { body, warnings } = written({ parts });
  t.match(body.output, [
    {
      type: 'web_search_call',
      action: { type: 'search', query: 'cats', sources: [{ type: 'url', url: 'https://a.org/' }] },
    },
  ]);
  t.strictSame(
    warnings.map(({ code, path }) => `${code} ${path}`),
    ['approximated /parts/0', 'approximated /parts/1', 'dropped /parts/2'],
  );
});

t.test('an image is a generated image; sound, a second answer and foreign blocks are told of', async (t) => {
  const image: Part = { type: 'media', mediaType: 'image/png', source: { type: 'base64', data: 'AAAA' } };
  const sound: Part = { type: 'media', mediaType: 'audio/wav', source: { type: 'base64', data: 'AAAA' } };
  const provider = { id: 'other', family: 'other', dialect: 'other', options: {} };
  const answer: Partial<CanonicalResponse> = {
    parts: [image, sound, { type: 'opaque', dialect: 'other', value: 1 }],
    candidates: [{ parts: [{ type: 'text', text: 'B' }], finish: { reason: 'stop' } }],
  };
  const { body, warnings } = written(answer, makeContext({ provider }));
  t.match(body.output, [{ type: 'image_generation_call', result: 'AAAA', status: 'completed' }]);
  t.strictSame(
    warnings.map(({ path }) => path),
    ['/parts/1', '/parts/2', '/candidates'],
  );
});

t.test('a reply repeats what was asked for', async (t) => {
  const body = {
    model: 'any',
    input: 'Hi',
    instructions: 'Be brief.',
    tools: [{ type: 'function', name: 'f', parameters: {}, strict: true }],
    reasoning: { effort: 'low' },
    text: { verbosity: 'low' },
    metadata: { a: 'b' },
    store: true,
  };
  const { memo } = responses.decodeRequest({ path: {}, query: {}, headers: {}, body }, makeContext());
  const client = { dialect: 'openai-responses', reply: { id: 'a1', isStored: true } };
  const { body: reply } = written({}, makeContext({ client, ...(memo !== undefined && { memo }) }));
  t.equal(reply.id, 'resp_a1', 'the id nobody else has');
  t.match(reply, {
    instructions: 'Be brief.',
    tools: body.tools,
    reasoning: { effort: 'low', summary: null },
    text: { format: { type: 'text' }, verbosity: 'low' },
    metadata: { a: 'b' },
    store: true,
    top_p: 1,
  });
  const unkept = written({}, makeContext({ ...(memo !== undefined && { memo }) })).body;
  t.equal(unkept.store, false, 'not what was asked for: what was done');
});

t.test('whole and streamed are the same reply', async (t) => {
  const parts: Part[] = [
    { type: 'text', text: 'A', citations: [{ url: 'https://a.org/' }] },
    { type: 'refusal', text: 'No.' },
    { type: 'json', value: { a: 1 } },
  ];
  const list = frames(unfoldResponse(reply({ parts })));
  t.strictSame(dataOf(list.at(-1)).response, written({ parts }).body);
  t.match(written({ parts }).body, {
    id: 'resp_msg_1',
    object: 'response',
    status: 'completed',
    model: 'claude',
  });
});
