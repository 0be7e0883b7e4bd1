import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import t from 'tap';
import { carryReply, carryRequest, carryStream, holds, isTold } from './carry.ts';
import { type BundledDialect, dialects } from './dialects.ts';
import { replyFields, requestFields } from './field-samples.ts';
import type { Sample } from './samples.ts';

/** Fields that need no warning where they end, each with the reason. `in` says whose affair it is; absent: all. */
const quiet: { path: RegExp; why: string; in?: RegExp }[] = [
  { path: /^\/(model|stream)$/, in: /request/, why: 'the host names the model and picks the endpoint' },
  { path: /^\/id$/, in: /reply|stream/, why: 'every dialect has ids of its own' },
  { path: /^\/createdAt$/, in: /reply|stream/, why: 'every dialect dates its replies itself' },
  { path: /\/(usage|finish)\/raw$/, in: /reply|stream/, why: 'what it was read into crosses' },
  {
    path: /\/extensions$/,
    in: /reply|stream/,
    why: 'fields no other dialect has a word for are not the answer',
  },
  {
    path: /\/cache(\/ttl)?$/,
    in: /reply|stream/,
    why: 'a breakpoint is set by who asks, not by who answers',
  },
  {
    path: /^\/messages.*\/logprobs\//,
    in: /request/,
    why: 'no service reads the probabilities of what was said',
  },
  { path: /^\/messages.*\/(callId|name)$/, in: /request/, why: 'the call it answers says it' },
  { path: /\/hosted$/, why: 'the call it answers says who ran the tool' },
  { path: /\/(summary|redacted)$/, why: 'says what the text is, and the text crosses' },
  {
    path: /^\/output\/(name|strict)$/,
    in: /anthropic|cohere|gemini|ollama/,
    why: 'a label; and the schema always binds there',
  },
  { path: /\/bytes$/, in: /gemini|completions/, why: 'the token says them' },
  { path: /\/mediaType$/, in: /ollama/, why: 'the server sees from the bytes what picture it is' },
];
/** Fields that cross in another form, which the memo of the request or the next turn turns back. */
const otherForm: { path: RegExp; why: string; in?: RegExp }[] = [
  { path: /\/namespace$/, why: 'it is part of the name on the wire' },
  { path: /\/kind$/, why: 'free text goes as a function with one string' },
  { path: /\/source\/data$/, in: /anthropic|gemini/, why: 'a text is read as one' },
  { path: /^\/reasoning\/effort$/, in: /anthropic|gemini/, why: 'the amount crosses as a budget' },
  {
    path: /^\/toolChoice\/only$/,
    in: /anthropic|ollama/,
    why: 'the other tools are left out, each with a warning',
  },
];

function excuses(list: typeof quiet, direction: string, target: BundledDialect, path: string): boolean {
  return list.some((each) => each.path.test(path) && (each.in?.test(`${target.id} ${direction}`) ?? true));
}

/** What services do anyway, or what says the same as nothing. */
function isUsual({ path, said, value }: Sample, target: BundledDialect): boolean {
  const { reasoning, output } = value as JsonObject & { reasoning?: JsonObject; output?: JsonObject };
  if (path === '/output') return output?.format === 'text';
  // Some show all of it, some nothing, whatever is asked.
  const shown = { openai: 'hidden', ollama: 'full', cohere: 'full' }[target.plugin];
  if (path === '/reasoning/visibility') return reasoning?.visibility === shown;
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'parallelToolCalls') return said === true;
  if (path === '/toolChoice/type' || path === '/reasoning/effort') return said === 'auto';
  return said === false && name !== 'stream';
}

function mediaTypeOf(value: Json): string {
  const type = /"mediaType":"([^"]*)"/.exec(JSON.stringify(value))?.[1];
  return type === undefined ? '' : `(${type}) `;
}

/** Fields that neither arrive nor have a warning. */
function findLosses(direction: string, target: BundledDialect): string[] {
  const carry = carriers[direction as keyof typeof carriers];
  const lost: string[] = [];
  for (const sample of direction === 'request' ? requestFields : replyFields) {
    const { path, value, without, said } = sample;
    if (isUsual(sample, target) || excuses(quiet, direction, target, path)) continue;
    const lose = (what: string): void => {
      lost.push(`${path} = ${JSON.stringify(said)?.slice(0, 70)} ${mediaTypeOf(value)}${what}`);
    };
    try {
      const { wire, warnings, again, isRefused } = carry(value, target);
      if (isRefused === true || isTold(path, warnings) || isTold(inStream(path, direction), warnings))
        continue;
      const rest = carry(without ?? null, target);
      const name = path.replace(/\/\d+$/, '').replace(/^.*\//, '');
      // A word of a closed list may be written as its neighbour is, which then has the warning.
      const isWord = name === 'reason' && (again !== undefined || isTold(path, rest.warnings));
      const isSame = rest.isRefused !== true && JSON.stringify(rest.wire) === JSON.stringify(wire);
      if (isSame && !isWord) lose('is not written');
      else if (said === undefined || again === undefined || excuses(otherForm, direction, target, path))
        continue;
      else if (!holds(again, name, said)) lose('is read back as something else');
    } catch (thrown) {
      lose(`throws ${String(thrown)}`);
    }
  }
  return [...new Set(lost)];
}

/** A stream's parts are counted through all answers: that of the second comes after the one of the first. */
function inStream(path: string, direction: string): string {
  if (direction !== 'stream') return path;
  return path.replace(/^\/candidates\/0\/parts\/0/, '/parts/1');
}

const carriers = { request: carryRequest, reply: carryReply, stream: carryStream };
const writers = { request: 'encodeRequest', reply: 'encodeResponse', stream: 'encodeStream' } as const;
for (const target of dialects) {
  for (const direction of ['request', 'reply', 'stream'] as const) {
    if (target.dialect[writers[direction]] === undefined) continue;
    t.test(`${target.id}: every field of a ${direction} arrives or has a warning`, (t) => {
      t.strictSame(findLosses(direction, target), []);
      t.end();
    });
  }
}

t.test('a dialect that loses a field without a word is found', (t) => {
  const [honest] = dialects.filter(({ id }) => id === 'openai-chat');
  if (honest === undefined) throw new Error('there is no openai-chat');
  const { encodeRequest, encodeStream } = honest.dialect;
  if (encodeRequest === undefined || encodeStream === undefined) throw new Error('it writes nothing');
  const forgetful: BundledDialect = {
    ...honest,
    dialect: {
      ...honest.dialect,
      encodeRequest: ({ temperature: _, ...request }, context) => encodeRequest(request, context),
      encodeStream: (input, context) => ({ output: encodeStream(input, context).output }),
    },
  };
  t.strictSame(findLosses('request', forgetful), ['/temperature = 0.25 is not written']);
  t.ok(findLosses('stream', forgetful).length > 20, 'a stream whose warnings are thrown away');
  t.end();
});
