import {
  type CanonicalRequest,
  digest,
  type EncodedRequest,
  isObject,
  type Json,
  type JsonObject,
  type TranslateContext,
  type Translated,
  type Translator,
  warn,
} from '@dragoman/plugin-sdk';
import { ownFields, writeOwn } from './dialect.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeOutput, writeOutputConfig } from './encode-output.ts';
import { type EncodedThinking, encodeThinking, isThinking } from './encode-thinking.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import { warnLosses } from './losses.ts';
import type { EncodedMessages } from './turns.ts';
import { createWriter, type RequestWriter } from './writer.ts';

const DEFAULT_MAX_TOKENS = 4096;
const DEFAULT_CEILING = 32_000;

/** What `encodeRequest` leaves for the reply steps. */
export interface RequestMemo {
  /** Free-text tools: their calls are unwrapped. */
  customTools?: string[];
  /** Client names of the tools whose name had to change, by wire name. */
  toolNames?: JsonObject;
  /** The tool whose input is the whole answer. */
  answerTool?: string;
}

export const encodeRequest: Translator<CanonicalRequest, EncodedRequest> = (request, context) => {
  const writer = createWriter(request, context);
  const body: JsonObject = { model: context.model.id === '' ? request.model : context.model.id };
  const maxTokens = request.maxOutputTokens ?? defaultMaxTokens(context);
  if (!writer.isOwn || request.maxOutputTokens !== undefined) body.max_tokens = maxTokens;
  if (request.stream) body.stream = true;
  const encoded = encodeMessages(request, writer);
  let tools = request.tools === undefined ? undefined : encodeTools(request, request.tools, writer);
  const output = encodeOutput(request, tools !== undefined && tools.length > 0, writer);
  let toolChoice = encodeToolChoice(request, tools, writer);
  const memo: RequestMemo = {};
  if (output.tool !== undefined) {
    tools = [output.tool];
    toolChoice = { type: 'tool', name: output.tool.name };
    memo.answerTool = String(output.tool.name);
  }
  if (output.instruction !== undefined) addInstruction(encoded, output.instruction);
  if (encoded.system !== undefined) body.system = encoded.system;
  body.messages = encoded.messages;
  if (tools !== undefined && (tools.length > 0 || writer.isOwn)) body.tools = tools;
  if (toolChoice !== undefined) body.tool_choice = toolChoice;
  const thinking = encodeThinking(request, { maxTokens, toolChoice, messages: encoded.messages }, writer);
  if (thinking.thinking !== undefined) body.thinking = thinking.thinking;
  writeSampling(body, request, thinking, writer);
  if (request.stop !== undefined) writeStop(body, request.stop, writer);
  writeServiceTier(body, request, writer);
  writeOwn(body, request.extensions);
  writeMetadata(body, request, writer);
  writeOutputConfig(body, request, thinking.effort, output.format);
  warnLosses(request, writer);
  if (writer.customTools.length > 0) memo.customTools = writer.customTools;
  for (const _ in writer.toolNames) memo.toolNames = writer.toolNames;
  return finish(body, request, memo, writer);
};

function finish(
  body: JsonObject,
  request: CanonicalRequest,
  memo: RequestMemo,
  writer: RequestWriter,
): Translated<EncodedRequest> {
  const encoded: EncodedRequest = { body };
  const beta = ownFields(request.extensions)?.$beta;
  if (typeof beta === 'string') encoded.headers = { 'anthropic-beta': beta };
  const translated: Translated<EncodedRequest> = { output: encoded };
  if (writer.warnings.length > 0) translated.warnings = writer.warnings;
  for (const _ in memo) translated.memo = { ...memo };
  return translated;
}

/** The service requires a limit where other dialects have none: as much as the model gives, up to a ceiling. */
function defaultMaxTokens(context: TranslateContext): number {
  const limit = context.model.maxOutputTokens;
  return limit === undefined ? DEFAULT_MAX_TOKENS : Math.min(DEFAULT_CEILING, limit);
}

function addInstruction(encoded: EncodedMessages, text: string): void {
  const block = { type: 'text', text };
  const system = encoded.system;
  if (Array.isArray(system)) system.push(block);
  else encoded.system = typeof system === 'string' ? [{ type: 'text', text: system }, block] : [block];
}

function writeSampling(
  body: JsonObject,
  request: CanonicalRequest,
  thinking: EncodedThinking,
  writer: RequestWriter,
): void {
  const { temperature, topP, topK } = request;
  if (temperature === undefined && topP === undefined && topK === undefined) return;
  if (writer.isOwn && writer.rules.sampling) {
    if (temperature !== undefined) body.temperature = temperature;
    if (topP !== undefined) body.top_p = topP;
    if (topK !== undefined) body.top_k = topK;
    return;
  }
  const refusal = writer.rules.sampling
    ? isThinking(thinking.thinking)
      ? 'a model that thinks takes no'
      : undefined
    : 'the model takes no';
  if (refusal === undefined) writeAllowed(body, request, writer);
  else dropSampling(request, refusal, writer);
}

function dropSampling(request: CanonicalRequest, refusal: string, writer: RequestWriter): void {
  // 1 is what the model uses anyway, for both.
  if (request.temperature !== undefined && request.temperature !== 1) {
    warn(writer, 'dropped', '/temperature', `${refusal} temperature`);
  }
  if (request.topP !== undefined && request.topP !== 1) warn(writer, 'dropped', '/topP', `${refusal} top_p`);
  if (request.topK !== undefined) warn(writer, 'dropped', '/topK', `${refusal} top_k`);
}

function writeAllowed(body: JsonObject, request: CanonicalRequest, writer: RequestWriter): void {
  const { temperature, topP, topK } = request;
  if (temperature !== undefined) {
    body.temperature = Math.min(Math.max(temperature, 0), 1);
    if (body.temperature !== temperature) {
      warn(writer, 'approximated', '/temperature', `the highest is 1; ${body.temperature} is sent`);
    }
  }
  if (topP !== undefined) {
    if (temperature === undefined || writer.rules.temperatureWithTopP) body.top_p = topP;
    else if (topP !== 1) warn(writer, 'dropped', '/topP', 'the model takes temperature or top_p, not both');
  }
  if (topK !== undefined) body.top_k = topK;
}

/** The service refuses sequences of nothing but white space. */
function writeStop(body: JsonObject, stop: string[], writer: RequestWriter): void {
  if (writer.isOwn) {
    body.stop_sequences = stop;
    return;
  }
  const sequences: Json[] = [];
  for (let index = 0; index < stop.length; index++) {
    const sequence = stop[index];
    if (sequence === undefined) continue;
    if (sequence.trim() !== '') sequences.push(sequence);
    else warn(writer, 'dropped', `/stop/${index}`, 'a stop sequence must hold more than white space');
  }
  if (sequences.length > 0) body.stop_sequences = sequences;
}

/** An address, a telephone number or a text of more than 256 characters. */
const PERSONAL =
  /^[^\s@]+@[^\s@]+\.[^\s@]+$|^\+\d[\d\s().-]{6,18}$|^\(?\d{3}\)?[-.\s]\d{3}[-.\s]\d{4}$|^.{257,}$/s;

/** The service refuses an id that looks like an address ("Please send a uuid or hash value instead"). */
function writeMetadata(body: JsonObject, request: CanonicalRequest, writer: RequestWriter): void {
  let id = request.endUser;
  if (id === undefined) return;
  if (!writer.isOwn && PERSONAL.test(id.trim())) {
    id = `user_${digest(id, 24)}`;
    warn(
      writer,
      'approximated',
      '/endUser',
      `the service takes no names or addresses; '${id}' stands for it`,
    );
  }
  const rest = ownFields(request.extensions)?.metadata;
  body.metadata = isObject(rest) ? { user_id: id, ...rest } : { user_id: id };
}

function writeServiceTier(body: JsonObject, request: CanonicalRequest, writer: RequestWriter): void {
  const tier = request.serviceTier;
  if (tier === undefined) return;
  if (writer.isOwn || tier === 'auto' || tier === 'standard_only') {
    body.service_tier = tier;
    return;
  }
  switch (tier) {
    case 'default':
      body.service_tier = 'standard_only';
      return;
    case 'priority':
      body.service_tier = 'auto';
      warn(
        writer,
        'approximated',
        '/serviceTier',
        "'auto' is sent: it uses priority capacity where there is some",
      );
      return;
    default:
      warn(writer, 'dropped', '/serviceTier', `the service has no tier '${tier}'`);
  }
}
