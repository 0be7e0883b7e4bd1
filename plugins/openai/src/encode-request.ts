import {
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
import { ownFields } from './dialect.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeSampling } from './encode-sampling.ts';
import { encodeOutput, encodeReasoningSettings } from './encode-settings.ts';
import { encodeToolChoice } from './encode-tool-choice.ts';
import { encodeTools } from './encode-tools.ts';
import { writeEndUser } from './end-user.ts';
import { warnLosses } from './losses.ts';
import type { UpstreamMemo } from './memo.ts';
import { joinAssistants, orderResults } from './order-results.ts';
import { finishPrefill } from './prefill.ts';
import { wireTier } from './service-tier.ts';
import { nameTools, wireToolName } from './tool-names.ts';
import { createWriter, type RequestWriter } from './writer.ts';

export const encodeRequest: Translator<CanonicalRequest, EncodedRequest> = (request, context) => {
  const writer = createWriter(request, context);
  const model = context.model.id === '' ? request.model : context.model.id;
  const memo: UpstreamMemo = {};
  // Names come first: calls in the messages use them.
  const names = request.tools === undefined ? undefined : nameTools(request.tools, writer);
  if (names !== undefined) memo.tools = names;
  const body: JsonObject = { model };
  const messages = encodeMessages(request, writer);
  const ordered = writer.isOwn ? messages : orderResults(joinAssistants(messages));
  finishPrefill(request, ordered, writer);
  body.messages = ordered;
  writeStream(request, body, writer);
  writeLimit(request, body, writer);
  encodeTools(request, body, writer);
  encodeToolChoice(request, body, writer);
  const effort = encodeReasoningSettings(request, body, context, writer);
  encodeSampling(request, model, effort, body, writer);
  encodeOutput(request, body, writer);
  writeOutputForm(request, body, writer);
  writeCaller(request, body, writer);
  writeOwnFields(request, body);
  warnLosses(request, writer);
  if (writer.options.customTools === false && writer.customTools.size > 0) memo.wrapped = wireNames(writer);
  if (request.audio?.format !== undefined) memo.audioFormat = request.audio.format;
  return finish(body, memo, writer);
};

function wireNames(writer: RequestWriter): string[] {
  const names: string[] = [];
  for (const name of writer.customTools) names.push(wireToolName(name, undefined, writer));
  return names;
}

function finish(body: Json, memo: UpstreamMemo, writer: RequestWriter): Translated<EncodedRequest> {
  const translated: Translated<EncodedRequest> = { output: { body } };
  if (writer.warnings.length > 0) translated.warnings = writer.warnings;
  if (!isEmpty(memo)) translated.memo = memo as unknown as Json;
  return translated;
}

/** A translated stream always asks for its usage: without it nobody knows what the request cost. */
function writeStream(request: CanonicalRequest, body: JsonObject, writer: RequestWriter): void {
  const own = ownFields(request.extensions);
  const options = own?.$streamOptions;
  if (!request.stream) {
    if (own?.$stream !== undefined) body.stream = own.$stream;
    if (options !== undefined) body.stream_options = options;
    return;
  }
  body.stream = true;
  if (writer.options.streamUsage === false) {
    if (isObject(options)) body.stream_options = options;
    return;
  }
  body.stream_options = isObject(options) ? { ...options, include_usage: true } : { include_usage: true };
}

function writeLimit(request: CanonicalRequest, body: JsonObject, writer: RequestWriter): void {
  if (request.maxOutputTokens === undefined) return;
  const kept = ownFields(request.extensions)?.$maxTokens;
  const wanted = writer.options.maxTokensField;
  const spelling = wanted ?? (typeof kept === 'string' ? kept : 'max_completion_tokens');
  if (spelling !== 'max_tokens') body.max_completion_tokens = request.maxOutputTokens;
  if (spelling !== 'max_completion_tokens') body.max_tokens = request.maxOutputTokens;
}

function writeOutputForm(request: CanonicalRequest, body: JsonObject, writer: RequestWriter): void {
  if (request.verbosity !== undefined) body.verbosity = request.verbosity;
  if (request.modalities !== undefined) writeModalities(request.modalities, body, writer);
  // The service wants to know the format; clients of others never say.
  if (request.audio !== undefined)
    body.audio = writer.isOwn ? request.audio : { format: 'mp3', ...request.audio };
}

function writeCaller(request: CanonicalRequest, body: JsonObject, writer: RequestWriter): void {
  writeEndUser(request.endUser, ownFields(request.extensions)?.$endUser, body, writer);
  if (request.metadata !== undefined) body.metadata = request.metadata;
  if (request.serviceTier !== undefined) writeTier(request.serviceTier, body, writer);
  if (request.promptCacheKey !== undefined) body.prompt_cache_key = request.promptCacheKey;
  if (request.store !== undefined) writeStore(request.store, body, writer);
}

/** The official service speaks; others paint. */
function writeModalities(modalities: string[], body: JsonObject, writer: RequestWriter): void {
  const { imageOutput } = writer.options;
  const isTaken = (one: string): boolean => one !== 'image' || writer.isOwn || imageOutput === true;
  const taken = modalities.filter(isTaken);
  if (taken.length < modalities.length)
    warn(writer, 'unsupported', '/modalities', 'the service makes no images in a chat');
  if (taken.length > 0) body.modalities = taken;
}

/** A service that keeps no replies need not be told so. */
function writeStore(store: boolean, body: JsonObject, writer: RequestWriter): void {
  if (writer.options.store !== false) body.store = store;
  else if (store) warn(writer, 'dropped', '/store', 'the service keeps no replies');
}

function writeTier(tier: string, body: JsonObject, writer: RequestWriter): void {
  const known = writer.isOwn ? tier : wireTier(tier);
  const { tiers } = writer.options;
  if (known !== undefined && (writer.isOwn || tiers?.includes(known) !== false)) body.service_tier = known;
  else if (known === 'auto' || known === 'default') return;
  else warn(writer, 'dropped', '/serviceTier', `the service has no tier '${tier}'`);
}

/** Own fields win, except the rests of objects that were put together again. */
function writeOwnFields(request: CanonicalRequest, body: JsonObject): void {
  const own = ownFields(request.extensions);
  if (own === undefined) return;
  for (const key in own) {
    if (isMarker(key)) continue;
    const before = body[key];
    const rest = own[key];
    if (isObject(before) && isObject(rest)) for (const field in rest) before[field] = rest[field];
    else body[key] = rest;
  }
}
