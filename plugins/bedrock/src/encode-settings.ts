import {
  type CanonicalRequest,
  isObject,
  type Json,
  type JsonObject,
  type TranslateContext,
  warn,
} from '@dragoman/plugin-sdk';

import type { RequestWriter } from './writer.ts';

/** `inferenceConfig`, and what of sampling is a field of the model's own. */
export function encodeSampling(
  request: CanonicalRequest,
  fields: JsonObject,
  writer: RequestWriter,
): JsonObject {
  const config: JsonObject = {};
  if (request.maxOutputTokens !== undefined) config.maxTokens = request.maxOutputTokens;
  const refusal = refusalOf(fields, writer);
  if (refusal === undefined) writeSampling(request, config, fields, writer);
  else dropSampling(request, refusal, writer);
  writeStop(request.stop ?? [], config, writer);
  return config;
}

function refusalOf(fields: JsonObject, { rules }: RequestWriter): string | undefined {
  if (!rules.sampling) return 'the model takes no';
  if (isObject(fields.thinking) && fields.thinking.type !== 'disabled') return 'a model that thinks takes no';
  const nova = fields.reasoningConfig;
  return isObject(nova) && nova.maxReasoningEffort === 'high'
    ? 'a model that thinks hard takes no'
    : undefined;
}

function dropSampling(
  { temperature, topP, topK }: CanonicalRequest,
  refusal: string,
  writer: RequestWriter,
): void {
  // 1 is what the model uses anyway, for both.
  if (temperature !== undefined && temperature !== 1) {
    warn(writer, 'dropped', '/temperature', `${refusal} temperature`);
  }
  if (topP !== undefined && topP !== 1) warn(writer, 'dropped', '/topP', `${refusal} topP`);
  if (topK !== undefined) warn(writer, 'dropped', '/topK', `${refusal} top_k`);
}

function writeSampling(
  { temperature, topP, topK }: CanonicalRequest,
  config: JsonObject,
  fields: JsonObject,
  writer: RequestWriter,
): void {
  if (temperature !== undefined) {
    config.temperature = Math.min(Math.max(temperature, 0), 1);
    if (config.temperature !== temperature) {
      warn(writer, 'approximated', '/temperature', `0 to 1 is accepted; ${config.temperature} is sent`);
    }
  }
  if (topP !== undefined) {
    if (temperature === undefined || writer.rules.temperatureWithTopP) config.topP = topP;
    else if (topP !== 1) warn(writer, 'dropped', '/topP', 'the model takes temperature or topP, not both');
  }
  if (topK === undefined) return;
  if (writer.rules.topK === 'top_k') fields.top_k = topK;
  else if (writer.rules.topK === 'nova') fields.inferenceConfig = { topK };
  else warn(writer, 'dropped', '/topK', 'the service takes no top_k for this model');
}

/** An empty sequence is refused, and so is one of nothing but white space by many models. */
function writeStop(stop: string[], config: JsonObject, writer: RequestWriter): void {
  const sequences: string[] = [];
  for (let index = 0; index < stop.length; index++) {
    const sequence = stop[index] ?? '';
    if (sequence.trim() !== '') sequences.push(sequence);
    else warn(writer, 'dropped', `/stop/${index}`, 'a stop sequence must hold more than white space');
  }
  if (sequences.length > 0) config.stopSequences = sequences;
}

const TIERS: ReadonlySet<string> = new Set(['default', 'priority', 'flex', 'reserved']);

/** `serviceTier`: the client's, else the operator's. */
export function encodeTier(
  { serviceTier }: CanonicalRequest,
  { config }: TranslateContext,
  writer: RequestWriter,
): JsonObject | undefined {
  if (serviceTier !== undefined && TIERS.has(serviceTier)) return { type: serviceTier };
  if (serviceTier !== undefined && !['auto', 'standard', 'standard_only'].includes(serviceTier)) {
    warn(writer, 'dropped', '/serviceTier', `the service has no tier '${serviceTier}'`);
  }
  return typeof config.serviceTier === 'string' ? { type: config.serviceTier } : undefined;
}

const MAX_ENTRIES = 16;
const ENTRY = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/;

/** Of the client's end user, in the metadata: the service has no other place for it. */
const END_USER = 'end_user';

/** `requestMetadata`: texts by which the operator finds the request in the service's own logs. */
export function encodeMetadata(
  { metadata = {}, endUser }: CanonicalRequest,
  writer: RequestWriter,
): JsonObject | undefined {
  const kept: JsonObject = {};
  let count = 0;
  const keep = (name: string, value: Json | undefined): boolean => {
    const isTaken = typeof value === 'string' && name !== '' && ENTRY.test(name) && ENTRY.test(value);
    if (!isTaken || count >= MAX_ENTRIES || kept[name] !== undefined) return false;
    kept[name] = value;
    count++;
    return true;
  };
  for (const name in metadata) {
    if (keep(name, metadata[name])) continue;
    const message = `'${name}' is left out: ${MAX_ENTRIES} short texts are accepted`;
    warn(writer, 'dropped', '/metadata', message);
  }
  if (endUser !== undefined) {
    if (keep(END_USER, endUser))
      warn(writer, 'approximated', '/endUser', `sent as '${END_USER}' of the metadata`);
    else warn(writer, 'dropped', '/endUser', 'the metadata have no room for it');
  }
  return count === 0 ? undefined : kept;
}

/** What only the operator can ask for: no other dialect has words for it. */
export function writeConfig(body: JsonObject, isStream: boolean, { config }: TranslateContext): void {
  if (typeof config.latency === 'string') body.performanceConfig = { latency: config.latency };
  if (typeof config.guardrail === 'string') {
    const guardrail: JsonObject = {
      guardrailIdentifier: config.guardrail,
      guardrailVersion: config.guardrailVersion ?? 'DRAFT',
    };
    if (config.guardrailTrace !== undefined) guardrail.trace = config.guardrailTrace;
    if (isStream && config.guardrailStream !== undefined)
      guardrail.streamProcessingMode = config.guardrailStream;
    body.guardrailConfig = guardrail;
  }
  if (isObject(config.modelFields)) {
    const fields = isObject(body.additionalModelRequestFields) ? body.additionalModelRequestFields : {};
    body.additionalModelRequestFields = { ...fields, ...config.modelFields };
  }
}
