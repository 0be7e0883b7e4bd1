import type { CanonicalEvent, Json, JsonObject } from '@dragoman/plugin-sdk';
import { copyJson, type Recording, runStream } from '@dragoman/plugin-sdk/testing';
import t from 'tap';
import anthropic from '../../../plugins/anthropic/src/index.ts';
import plugin from '../../../plugins/openai/src/index.ts';
import { skipWithoutCorpus } from '../../helpers/corpus.ts';
import { exchanges } from '../../helpers/exchanges.ts';
import { complaints, withoutOwn } from '../foreign.ts';
import { makeContext } from './context.ts';
import { loadSchema } from './official-schema.ts';
import { recordedChats } from './recordings.ts';

const chat = plugin.dialects['openai-chat'];
const messages = anthropic.dialects['anthropic-messages'];
const own = recordedChats();
const foreign = exchanges('anthropic');
const context = makeContext();

/** The same value as another dialect would have given it: without this dialect's fields and its raw usage. */
const asForeign = <Value>(value: Value): Value => withoutOwn(value, 'extensions', 'raw', 'opaque');

const isReply = ({ response }: Recording): boolean => response?.status === 200;

t.test('the schemas can say no', { skip: skipWithoutCorpus }, (t) => {
  t.not(loadSchema('CreateChatCompletionRequest')({ model: 'm' }).length, 0);
  t.not(loadSchema('CreateChatCompletionResponse')({ object: 'chat.completion' }).length, 0);
  t.not(loadSchema('CreateChatCompletionStreamResponse')({ choices: [{}] }).length, 0);
  t.end();
});

t.test(
  'requests made from another dialect are valid, and in the order the service wants',
  { skip: skipWithoutCorpus },
  (t) => {
    const check = loadSchema('CreateChatCompletionRequest');
    const requests = foreign.filter(({ request }) => request !== undefined);
    t.ok(requests.length > 50);
    const found = complaints(requests, ({ request }) => {
      if (request === undefined) return [];
      const decoded = messages.decodeRequest(request, context).output;
      const body = copyJson(chat.encodeRequest(decoded, context).output.body) as JsonObject;
      return [...check(body), ...orderFaults(body.messages as JsonObject[])];
    });
    t.strictSame(found, []);
    t.end();
  },
);

/** What the service refuses about calls and their results. */
function orderFaults(list: JsonObject[]): string[] {
  const faults: string[] = [];
  let waiting = new Set<unknown>();
  for (const message of list) {
    if (message.role === 'tool') {
      if (!waiting.delete(message.tool_call_id))
        faults.push(`result ${message.tool_call_id} answers no call`);
      continue;
    }
    if (waiting.size > 0) faults.push('a call has no result behind it');
    const calls = Array.isArray(message.tool_calls) ? message.tool_calls : [];
    waiting = new Set(calls.map((call) => (call as JsonObject).id));
  }
  return faults;
}

t.test('replies made from other dialects are valid', { skip: skipWithoutCorpus }, (t) => {
  const check = loadSchema('CreateChatCompletionResponse');
  const fromOther = complaints(foreign.filter(isReply), ({ response }) => {
    if (response === undefined) return [];
    const decoded = messages.decodeResponse({ headers: {}, ...response }, context).output;
    return check(copyJson(chat.encodeResponse(decoded, context).output));
  });
  t.strictSame(fromOther, []);
  const asIfOther = complaints(own.filter(isReply), ({ response }) => {
    if (response === undefined) return [];
    const decoded = asForeign(chat.decodeResponse({ headers: {}, ...response }, context).output);
    return check(copyJson(chat.encodeResponse(decoded, context).output));
  });
  t.strictSame(asIfOther, []);
  t.end();
});

t.test(
  'streams made from other dialects are valid chunks, ended by [DONE]',
  { skip: skipWithoutCorpus },
  (t) => {
    const check = loadSchema('CreateChatCompletionStreamResponse');
    const encode = (events: CanonicalEvent[]): Json[] =>
      copyJson(runStream(chat.encodeStream, [events], context).items.map(({ data }) => data));
    const faultsOf = (events: CanonicalEvent[]): string[] => {
      const chunks = encode(events);
      const failed = events.at(-1)?.type === 'error';
      const last = chunks.pop();
      const faults = chunks.flatMap((data) => check(data));
      if (!failed && last !== '[DONE]') faults.push('it does not end with [DONE]');
      return faults;
    };
    const fromOther = complaints(
      foreign.filter(({ frames }) => frames !== undefined),
      ({ frames = [] }) => faultsOf(runStream(messages.decodeStream, [frames], context).items),
    );
    t.strictSame(fromOther, []);
    const asIfOther = complaints(
      own.filter(({ frames }) => frames !== undefined),
      ({ frames = [] }) => faultsOf(asForeign(runStream(chat.decodeStream, [frames], context).items)),
    );
    t.strictSame(asIfOther, []);
    t.end();
  },
);
