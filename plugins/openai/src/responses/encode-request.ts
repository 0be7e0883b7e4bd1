import {
  assign,
  type CanonicalRequest,
  type EncodedRequest,
  isEmpty,
  isMarker,
  isObject,
  type Json,
  type JsonObject,
  type Translated,
  type Translator,
  warn,
} from '@dragoman/plugin-sdk';

import { writeEndUser } from '../end-user.ts';
import { wireTier } from '../service-tier.ts';
import { nameTools, wireToolName } from '../tool-names.ts';
import { ownFields } from './dialect.ts';
import { encodeInput } from './encode-messages.ts';
import {
  encodeInclude,
  encodeLimit,
  encodeReasoning,
  encodeSampling,
  encodeText,
} from './encode-settings.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import { warnLosses } from './losses.ts';
import type { UpstreamMemo } from './memo.ts';
import { createWriter, type ResponsesWriter } from './writer.ts';

export const encodeRequest: Translator<CanonicalRequest, EncodedRequest> = (request, context) => {
  const writer = createWriter(request, context);
  const memo: UpstreamMemo = {};
  // Names come first: calls in the messages use them.
  if (!writer.isOwn && request.tools !== undefined) {
    const names = nameTools(request.tools, writer);
    if (names !== undefined) memo.tools = names;
  }
  const body: JsonObject = { model: context.model.id === '' ? request.model : context.model.id };
  encodeInput(request, body, writer);
  if (request.stream) body.stream = true;
  encodeTools(request, body, writer);
  encodeToolChoice(request, body, writer);
  encodeLimit(request, body, writer);
  const effort = encodeReasoning(request, body, context, writer);
  encodeSampling(request, effort, body, writer);
  encodeText(request, body, writer);
  encodeInclude(request, body, writer);
  writeCaller(request, body, writer);
  writeOwnFields(request, body);
  warnLosses(request, writer);
  if (writer.options.customTools === false && writer.customTools.size > 0) memo.wrapped = wireNames(writer);
  const translated: Translated<EncodedRequest> = { output: { body } };
  if (writer.warnings.length > 0) translated.warnings = writer.warnings;
  if (!isEmpty(memo)) translated.memo = memo as unknown as Json;
  return translated;
};

function wireNames(writer: ResponsesWriter): string[] {
  const names: string[] = [];
  for (const name of writer.customTools) names.push(wireToolName(name, undefined, writer));
  return names;
}

function writeCaller(request: CanonicalRequest, body: JsonObject, writer: ResponsesWriter): void {
  writeEndUser(request.endUser, ownFields(request.extensions)?.$endUser, body, writer);
  if (request.metadata !== undefined) body.metadata = request.metadata;
  if (request.serviceTier !== undefined) {
    const tier = writer.isOwn ? request.serviceTier : wireTier(request.serviceTier);
    if (tier !== undefined) body.service_tier = tier;
    else warn(writer, 'dropped', '/serviceTier', `the service has no tier '${request.serviceTier}'`);
  }
  if (request.promptCacheKey !== undefined) body.prompt_cache_key = request.promptCacheKey;
  if (request.previousResponseId !== undefined) body.previous_response_id = request.previousResponseId;
  // This API keeps every reply unless told otherwise; no other one does.
  if (request.store !== undefined) body.store = request.store;
  else if (!writer.isOwn) body.store = false;
}

/** Own fields win, except the rests of objects that were put together again. */
function writeOwnFields(request: CanonicalRequest, body: JsonObject): void {
  const own = ownFields(request.extensions);
  if (own === undefined) return;
  assign(body, own.$quiet);
  if (own.$top_logprobs !== undefined) body.top_logprobs = own.$top_logprobs;
  for (const key in own) {
    if (isMarker(key) || (key === 'include' && own.$include !== undefined)) continue;
    const before = body[key];
    const rest = own[key];
    // Only those are in both; each was made anew above.
    const isSplit = key === 'reasoning' || key === 'text';
    if (isSplit && isObject(before) && isObject(rest)) body[key] = { ...before, ...rest };
    else body[key] = rest;
  }
}
