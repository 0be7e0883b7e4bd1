import type { CanonicalEvent, Frame, JsonObject } from '@dragoman/plugin-sdk';
import { copyJson, type Recording, runStream } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import anthropic from '../../../../plugins/anthropic/src/index.ts';
import openai from '../../../../plugins/openai/src/index.ts';
import { responses } from '../../../../plugins/openai/src/responses/responses.ts';
import { skipWithoutCorpus } from '../../../helpers/corpus.ts';
import { exchanges } from '../../../helpers/exchanges.ts';
import { complaints, withoutOwn } from '../../foreign.ts';
import { makeContext } from './context.ts';
import { orderFaults } from './event-order.ts';
import { checkEvent, checkSchema } from './official-schema.ts';

const foreign = [
  {
    id: 'openai-chat',
    dialect: openai.dialects['openai-chat'],
    recordings: exchanges('openai-chat', 'mistral'),
  },
  {
    id: 'anthropic-messages',
    dialect: anthropic.dialects['anthropic-messages'],
    recordings: exchanges('anthropic'),
  },
];
const own = exchanges('openai-responses');
const context = makeContext();

/** The same value as another dialect would have given it: without this dialect's fields, items and raw usage. */
function asForeign<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(withoutOwn(value, 'extensions', 'raw', 'opaque')), (_, inner) =>
    Array.isArray(inner) ? inner.filter((entry) => entry?.type !== 'opaque') : inner,
  );
}

/** Events of parts that no other dialect could have given are left out whole. */
function foreignEvents(events: CanonicalEvent[]): CanonicalEvent[] {
  const own = new Set<number>();
  for (const event of events)
    if (event.type === 'part-start' && event.part.type === 'opaque') own.add(event.index);
  return asForeign(events.filter((event) => !('index' in event && own.has(event.index))));
}

const isReply = ({ response }: Recording): boolean => response?.status === 200;

t.test('the schemas can say no', { skip: skipWithoutCorpus }, (t) => {
  t.not(checkSchema('CreateResponse', { model: 'm', input: 3 }).length, 0);
  t.not(checkSchema('Response', { object: 'response' }).length, 0);
  t.not(checkEvent({ type: 'response.output_text.delta' }).length, 0);
  t.not(checkEvent({ type: 'response.never' }).length, 0);
  t.not(
    orderFaults([{ event: 'response.created', data: { type: 'response.created', sequence_number: 1 } }])
      .length,
    0,
  );
  t.end();
});

for (const { id, dialect, recordings } of foreign) {
  t.test(
    `requests made from ${id} are valid, and every result answers a call`,
    { skip: skipWithoutCorpus },
    (t) => {
      const requests = recordings.filter(({ request }) => request !== undefined);
      t.ok(requests.length > 50);
      const found = complaints(requests, ({ request }) => {
        if (request === undefined) return [];
        const decoded = dialect.decodeRequest(request, context).output;
        const body = copyJson(responses.encodeRequest(decoded, context).output.body) as JsonObject;
        return [...checkSchema('CreateResponse', body), ...callFaults(body.input as JsonObject[])];
      });
      t.strictSame(found, []);
      t.end();
    },
  );

  t.test(`replies made from ${id} are valid`, { skip: skipWithoutCorpus }, (t) => {
    const found = complaints(recordings.filter(isReply), ({ response }) => {
      if (response === undefined) return [];
      const decoded = dialect.decodeResponse({ headers: {}, ...response }, context).output;
      return checkSchema('Response', copyJson(responses.encodeResponse(decoded, context).output));
    });
    t.strictSame(found, []);
    t.end();
  });

  t.test(`streams made from ${id} are valid events in the right order`, { skip: skipWithoutCorpus }, (t) => {
    const streams = recordings.filter(({ frames }) => frames !== undefined);
    t.ok(streams.length > 20);
    const found = complaints(streams, ({ frames = [] }) =>
      streamFaults(runStream(dialect.decodeStream, [frames], context).items),
    );
    t.strictSame(found, []);
    t.end();
  });
}

/** What the service refuses about calls and their results. */
function callFaults(input: JsonObject[]): string[] {
  const faults: string[] = [];
  const calls = new Set<unknown>();
  for (const { type, call_id: id } of input) {
    if (type === 'function_call' || type === 'custom_tool_call') calls.add(id);
    else if (typeof type === 'string' && type.endsWith('_call_output') && !calls.has(id))
      faults.push(`result ${id} answers no call`);
  }
  return faults;
}

function streamFaults(events: CanonicalEvent[]): string[] {
  const frames: Frame[] = copyJson(runStream(responses.encodeStream, [events], context).items);
  return [...frames.flatMap(({ data }) => checkEvent(data)), ...orderFaults(frames)];
}

t.test('what comes of this dialect without its own fields is valid too', { skip: skipWithoutCorpus }, (t) => {
  const requests = complaints(
    own.filter(({ request }) => request !== undefined),
    ({ request }) => {
      if (request === undefined) return [];
      const decoded = asForeign(responses.decodeRequest(request, context).output);
      return checkSchema('CreateResponse', copyJson(responses.encodeRequest(decoded, context).output.body));
    },
  );
  t.strictSame(requests, []);
  const replies = complaints(own.filter(isReply), ({ response }) => {
    if (response === undefined) return [];
    const decoded = asForeign(responses.decodeResponse({ headers: {}, ...response }, context).output);
    return checkSchema('Response', copyJson(responses.encodeResponse(decoded, context).output));
  });
  t.strictSame(replies, []);
  const streams = complaints(
    own.filter(({ frames }) => frames !== undefined),
    ({ frames = [] }) =>
      streamFaults(foreignEvents(runStream(responses.decodeStream, [frames], context).items)),
  );
  t.strictSame(streams, []);
  t.end();
});
