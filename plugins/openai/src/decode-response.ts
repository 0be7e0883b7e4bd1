import {
  type Candidate,
  type CanonicalResponse,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  TranslateError,
  type Translator,
  UpstreamFailure,
  type WireResponse,
} from '@dragoman/plugin-sdk';
import { decodeReplyMessage } from './decode-reply-message.ts';
import { DIALECT, formOf, keepOwn, makeOwn } from './dialect.ts';
import { decodeFinish, failureOf } from './finish.ts';
import { readUpstreamMemo, type UpstreamMemo } from './memo.ts';
import { decodeUsage } from './usage.ts';

const BODY_FIELDS = new Set(['id', 'object', 'created', 'model', 'choices', 'usage', 'service_tier']);
const CHOICE_FIELDS = new Set(['index', 'message', 'finish_reason']);

/** Unknown fields of the body, a choice or its message stay in the extensions. */
export const decodeResponse: Translator<WireResponse, CanonicalResponse> = ({ body }, context) => {
  if (!isObject(body)) throw new TranslateError('invalid-input', 'the reply is not a JSON object', '/body');
  if (!Array.isArray(body.choices))
    throw new TranslateError('invalid-input', 'the reply has no choices', '/body/choices');
  const { family } = context.provider;
  const memo = readUpstreamMemo(context.memo);
  const response: CanonicalResponse = {
    id: typeof body.id === 'string' ? body.id : '',
    model: typeof body.model === 'string' ? body.model : '',
    parts: [],
    finish: { reason: 'other' },
    usage: decodeUsage(body.usage) ?? {},
  };
  if (typeof body.created === 'number') response.createdAt = body.created;
  if (typeof body.service_tier === 'string') response.serviceTier = body.service_tier;
  response.extensions = { [DIALECT]: leftover(body, BODY_FIELDS) ?? {} };
  keepForms(body, response);
  // A list that holds anything else is nobody's reply, but goes back as it came.
  if (!body.choices.every(isObject)) makeOwn(response).choices = body.choices;
  const choices = sortChoices(body.choices);
  readChoices(choices, response, family, memo);
  const failure = failureOf(response.finish, choices[0]?.error, context);
  if (failure !== undefined) throw new UpstreamFailure(failure);
  return { output: response };
};

/** What stands in a known field but is not of its type. */
function keepForms(body: JsonObject, response: CanonicalResponse): void {
  const own = makeOwn(response);
  if (body.object !== 'chat.completion') own.$object = formOf(body.object);
  if (typeof body.id !== 'string') own.$id = formOf(body.id);
  if (typeof body.model !== 'string') own.$model = formOf(body.model);
  if (body.created !== undefined && typeof body.created !== 'number') own.created = body.created;
  if (body.service_tier !== undefined && typeof body.service_tier !== 'string')
    own.service_tier = body.service_tier;
  if (body.usage !== undefined && !isObject(body.usage)) own.usage = body.usage;
}

/** By `index`: services that answer several times do not promise an order. */
function sortChoices(choices: Json[]): JsonObject[] {
  const sorted: JsonObject[] = [];
  for (const choice of choices) if (isObject(choice)) sorted.push(choice);
  return sorted.sort((a, b) => indexOf(a) - indexOf(b));
}

function indexOf(choice: JsonObject): number {
  return typeof choice.index === 'number' ? choice.index : 0;
}

function readChoices(
  choices: JsonObject[],
  response: CanonicalResponse,
  family: string,
  memo: UpstreamMemo,
): void {
  const [first] = choices;
  if (first === undefined) {
    makeOwn(response).$choices = 'none';
    return;
  }
  readChoice(first, 0, response, family, memo);
  if (choices.length === 1) return;
  response.candidates = [];
  for (let at = 1; at < choices.length; at++) {
    const choice = choices[at];
    if (choice === undefined) continue;
    const candidate: Candidate = { parts: [], finish: { reason: 'other' } };
    readChoice(choice, at, candidate, family, memo);
    response.candidates.push(candidate);
  }
}

function readChoice(
  choice: JsonObject,
  index: number,
  into: Candidate | CanonicalResponse,
  family: string,
  memo: UpstreamMemo,
): void {
  const rest: JsonObject = leftover(choice, CHOICE_FIELDS) ?? {};
  if (isObject(choice.message)) decodeReplyMessage(choice.message, into, rest, family, memo);
  else rest.$message = formOf(choice.message);
  if (choice.index !== index) rest.$index = formOf(choice.index);
  let hasCalls = false;
  for (const part of into.parts) if (part.type === 'tool-call') hasCalls = true;
  into.finish = decodeFinish(choice.finish_reason, hasCalls);
  if (typeof choice.finish_reason !== 'string') rest.$finish_reason = formOf(choice.finish_reason);
  if (!isEmpty(rest)) keepOwn(into, { $choice: rest });
}
