import {
  type CanonicalRequest,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  type TranslateContext,
  warn,
} from '@dragoman/plugin-sdk';

import { encodeReasoningSettings } from '../encode-settings.ts';
import { INCLUDE } from './decode-settings.ts';
import { ownFields } from './dialect.ts';
import type { ResponsesWriter } from './writer.ts';

/** Writes `reasoning`; returns the effort the model will work with, `undefined`: its own, which is some. */
export function encodeReasoning(
  request: CanonicalRequest,
  body: JsonObject,
  context: TranslateContext,
  writer: ResponsesWriter,
): string | undefined {
  const own = ownFields(request.extensions);
  if (own !== undefined) {
    if (own.$reasoning !== undefined) {
      body.reasoning = own.$reasoning;
    }
    return request.reasoning?.effort;
  }
  const wire: JsonObject = {};
  const effort = encodeEffort(request, context, writer);
  if (effort !== undefined) wire.effort = effort;
  const summary = encodeVisibility(request, writer);
  if (summary !== undefined) wire.summary = summary;
  if (!isEmpty(wire)) body.reasoning = wire;
  return effort ?? writer.rule.defaultEffort;
}

/** The amount is chosen as for the other API of the service, which has one word for it. */
function encodeEffort(
  request: CanonicalRequest,
  context: TranslateContext,
  writer: ResponsesWriter,
): string | undefined {
  const { reasoning } = request;
  if (reasoning === undefined) return undefined;
  const { visibility: _, ...amount } = reasoning;
  const scratch: JsonObject = {};
  const bare: CanonicalRequest = { model: request.model, messages: [], stream: false, reasoning: amount };
  encodeReasoningSettings(bare, scratch, context, writer);
  const effort = scratch.reasoning_effort;
  return typeof effort === 'string' ? effort : undefined;
}

function encodeVisibility(request: CanonicalRequest, writer: ResponsesWriter): string | undefined {
  const visibility = request.reasoning?.visibility;
  if (visibility === undefined || visibility === 'hidden' || request.reasoning?.effort === 'none')
    return undefined;
  if (!writer.reasons) return undefined;
  if (writer.responses.summaries === false) {
    // Such a service shows its reasoning unasked.
    return undefined;
  }
  if (visibility === 'summary') return 'auto';
  warn(writer, 'approximated', '/reasoning/visibility', 'of its reasoning the service shows a summary');
  return 'detailed';
}

const DEFAULT_NAME = 'answer';

/** Writes `text`: the form of the answer, and how wordy it is. */
export function encodeText(request: CanonicalRequest, body: JsonObject, writer: ResponsesWriter): void {
  const { output, verbosity } = request;
  const own = ownFields(request.extensions);
  if (own !== undefined) {
    if (own.$text === undefined) return;
    const wire: JsonObject = { ...(isObject(own.$text) ? own.$text : {}) };
    if (verbosity !== undefined) wire.verbosity = verbosity;
    body.text = wire;
    return;
  }
  const wire: JsonObject = {};
  if (output?.format === 'json') wire.format = encodeFormat(output, writer);
  if (verbosity !== undefined) wire.verbosity = verbosity;
  if (!isEmpty(wire)) body.text = wire;
}

function encodeFormat(
  output: Extract<CanonicalRequest['output'], { format: 'json' }>,
  writer: ResponsesWriter,
): JsonObject {
  if (output.schema === undefined) return { type: 'json_object' };
  if (writer.options.jsonSchema === false) {
    warn(writer, 'approximated', '/output/schema', 'the service takes no schema: it is only asked for JSON');
    return { type: 'json_object' };
  }
  const name = (output.name ?? DEFAULT_NAME).replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || DEFAULT_NAME;
  const format: JsonObject = { type: 'json_schema', name, schema: output.schema };
  if (output.description !== undefined) format.description = output.description;
  if (output.strict !== undefined && writer.options.strict !== false) format.strict = output.strict;
  return format;
}

/** The service refuses less ("Expected a value >= 16"). */
const MIN_OUTPUT_TOKENS = 16;

export function encodeLimit(request: CanonicalRequest, body: JsonObject, writer: ResponsesWriter): void {
  const { maxOutputTokens: limit } = request;
  if (limit === undefined) return;
  body.max_output_tokens = writer.isOwn ? limit : Math.max(limit, MIN_OUTPUT_TOKENS);
  if (body.max_output_tokens === limit) return;
  const message = `the least the service takes is ${MIN_OUTPUT_TOKENS} tokens`;
  warn(writer, 'approximated', '/maxOutputTokens', message);
}

/** Temperature, nucleus and log probabilities; other dialects' settings have no counterpart. */
export function encodeSampling(
  request: CanonicalRequest,
  effort: string | undefined,
  body: JsonObject,
  writer: ResponsesWriter,
): void {
  const { sampling } = writer.rule;
  const isFree =
    writer.isOwn || sampling === undefined || (sampling === 'without-reasoning' && effort === 'none');
  const { temperature, topP, logprobs } = request;
  if (isFree) {
    if (temperature !== undefined) body.temperature = temperature;
    if (topP !== undefined) body.top_p = topP;
    if (logprobs?.top !== undefined) body.top_logprobs = logprobs.top;
    return;
  }
  const lose = (field: keyof CanonicalRequest): void =>
    warn(writer, 'dropped', `/${field}`, `the model '${request.model}' takes no '${field}' while it reasons`);
  if (temperature !== undefined && temperature !== 1) lose('temperature');
  if (topP !== undefined && topP !== 1) lose('topP');
  if (logprobs !== undefined) lose('logprobs');
}

/** Asks for encrypted reasoning, without which the next turn of a client that keeps its own history loses it. */
export function encodeInclude(request: CanonicalRequest, body: JsonObject, writer: ResponsesWriter): void {
  if (writer.isOwn) {
    const kept = ownFields(request.extensions)?.$include;
    if (kept !== undefined) body.include = kept;
    return;
  }
  const include: Json[] = [];
  if (writer.reasons && writer.responses.encryptedReasoning !== false) include.push(INCLUDE.encrypted);
  const isLost = writer.warnings.some(({ path }) => path === '/logprobs');
  if (request.logprobs !== undefined && !isLost) include.push(INCLUDE.logprobs);
  if (include.length > 0) body.include = include;
}
