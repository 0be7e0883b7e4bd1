import {
  type Candidate,
  type CanonicalResponse,
  isMarker,
  isObject,
  type Json,
  type JsonObject,
  makeId,
  type TranslateContext,
  type Translator,
  tellResponse,
} from '@dragoman/plugin-sdk';
import { DIALECT, ownFields, restoreForm } from './dialect.ts';
import { encodeReplyMessage } from './encode-reply-message.ts';
import { encodeFinish } from './finish.ts';
import { readClientMemo } from './memo.ts';
import { writeMistralMessage } from './mistral-client.ts';
import { REPLY_FORM } from './reply-form.ts';
import { createReplyWriter, type ReplyWriter } from './reply-writer.ts';
import { wireTier } from './service-tier.ts';
import { encodeUsage } from './usage.ts';

export const encodeResponse: Translator<CanonicalResponse, Json> = (response, context) => {
  const own = ownFields(response.extensions);
  const writer = createReplyWriter(own !== undefined, readClientMemo(context.memo));
  const body: JsonObject = {
    id: response.id === '' && own === undefined ? makeId(context, 'chatcmpl-', 0) : response.id,
    object: 'chat.completion',
    created: response.createdAt ?? (own === undefined ? Math.floor(context.now / 1000) : undefined),
    model: modelOf(response, context),
    choices: encodeChoices(response, writer),
  };
  const usage = encodeUsage(response.usage);
  if (usage !== undefined) body.usage = usage;
  const tier = response.serviceTier;
  if (tier !== undefined) body.service_tier = own === undefined ? wireTier(tier) : tier;
  if (own !== undefined) restoreForms(body, own);
  const { warnings } = writer;
  if (context.provider.dialect !== DIALECT) tellResponse(response, REPLY_FORM, warnings);
  return warnings.length > 0 ? { output: body, warnings } : { output: body };
};

function modelOf(response: CanonicalResponse, context: TranslateContext): string {
  return response.model === '' && ownFields(response.extensions) === undefined
    ? context.model.id
    : response.model;
}

function encodeChoices(response: CanonicalResponse, writer: ReplyWriter): JsonObject[] {
  if (ownFields(response.extensions)?.$choices === 'none') return [];
  const choices = [encodeChoice(response, 0, writer)];
  const { candidates } = response;
  if (candidates === undefined) return choices;
  for (let at = 0; at < candidates.length; at++) {
    const candidate = candidates[at];
    if (candidate !== undefined) choices.push(encodeChoice(candidate, at + 1, writer));
  }
  return choices;
}

function encodeChoice(
  candidate: Pick<Candidate, 'parts' | 'finish' | 'extensions'>,
  index: number,
  writer: ReplyWriter,
): JsonObject {
  writer.path = index === 0 ? '' : `/candidates/${index - 1}`;
  const { message, logprobs } = encodeReplyMessage(candidate, writer);
  if (writer.mistral) writeMistralMessage(message);
  const choice: JsonObject = { index, message, logprobs: null };
  if (logprobs !== undefined) choice.logprobs = { content: logprobs, refusal: null };
  else if (writer.isOwn) delete choice.logprobs;
  choice.finish_reason = encodeFinish(candidate.finish, writer.isOwn, writer.functions);
  const kept = ownFields(candidate.extensions)?.$choice;
  if (isObject(kept)) restoreChoice(choice, kept);
  return choice;
}

function restoreChoice(choice: JsonObject, kept: JsonObject): void {
  for (const key in kept) {
    const value = kept[key];
    if (isMarker(key)) restoreForm(choice, key.slice(1), value);
    else if (key === 'logprobs' && isObject(value) && isObject(choice.logprobs)) {
      choice.logprobs = { content: choice.logprobs.content, ...value };
    } else choice[key] = value;
  }
}

function restoreForms(body: JsonObject, own: JsonObject): void {
  for (const field of ['object', 'id', 'model']) restoreForm(body, field, own[`$${field}`]);
  for (const key in own) if (!isMarker(key)) body[key] = own[key];
}
