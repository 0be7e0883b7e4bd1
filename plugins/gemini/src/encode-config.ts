import {
  type CanonicalRequest,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  warn,
} from '@dragoman/plugin-sdk';
import { cleanSchema } from './clean-schema.ts';
import { NUMBER_FIELDS } from './decode-config.ts';
import { ownFields } from './dialect.ts';
import type { EncodedContents } from './encode-contents.ts';
import { encodeThinking } from './encode-thinking.ts';
import type { RequestWriter } from './writer.ts';

/** The service refuses a request with more. */
const MAX_STOPS = 5;
const MAX_TOP_LOGPROBS = 20;

/** `generationConfig`. May add to the system instruction where a model cannot be held to a schema. */
export function encodeConfig(
  request: CanonicalRequest,
  tools: JsonObject[] | undefined,
  encoded: EncodedContents,
  writer: RequestWriter,
): Json | undefined {
  const own = ownFields(request.extensions);
  if (own?.generationConfig !== undefined && !isObject(own.generationConfig)) return own.generationConfig;
  const config: JsonObject = {};
  writeNumbers(config, request, writer);
  if (own === undefined) {
    writeStop(config, request, writer);
    writeLogprobs(config, request, writer);
    writeOutput(config, request, tools, encoded, writer);
    if (request.modalities?.some((modality) => modality !== 'text') === true) {
      config.responseModalities = request.modalities.map((modality) => modality.toUpperCase());
    }
    const thinking = encodeThinking(request, writer);
    if (thinking !== undefined) config.thinkingConfig = thinking;
    return isEmpty(config) ? undefined : config;
  }
  if (request.stop !== undefined) config.stopSequences = request.stop;
  if (request.logprobs !== undefined) {
    config.responseLogprobs = true;
    if (request.logprobs.top !== undefined) config.logprobs = request.logprobs.top;
  }
  if (isObject(own.$output)) Object.assign(config, own.$output);
  if (request.modalities !== undefined) {
    config.responseModalities = request.modalities.map((modality) => modality.toUpperCase());
  }
  if (own.$speech !== undefined) config.speechConfig = own.$speech;
  if (own.$thinking !== undefined) config.thinkingConfig = own.$thinking;
  if (own.generationConfig !== undefined) Object.assign(config, own.generationConfig);
  return isEmpty(config) && own.$config !== true ? undefined : config;
}

function writeNumbers(config: JsonObject, request: CanonicalRequest, writer: RequestWriter): void {
  for (const [wire, field] of NUMBER_FIELDS) {
    const value = request[field];
    if (value === undefined) continue;
    if (!writer.isOwn) {
      if (field === 'candidates' && value === 1) continue;
      // Newer models refuse penalties, even one that does nothing.
      if ((field === 'presencePenalty' || field === 'frequencyPenalty') && value === 0) continue;
    }
    config[wire] = value;
  }
}

function writeStop(config: JsonObject, { stop }: CanonicalRequest, writer: RequestWriter): void {
  if (stop === undefined || stop.length === 0) return;
  config.stopSequences = stop.length > MAX_STOPS ? stop.slice(0, MAX_STOPS) : stop;
  for (let index = MAX_STOPS; index < stop.length; index++) {
    warn(writer, 'dropped', `/stop/${index}`, `only ${MAX_STOPS} stop sequences are accepted`);
  }
}

function writeLogprobs(config: JsonObject, { logprobs }: CanonicalRequest, writer: RequestWriter): void {
  if (logprobs === undefined) return;
  config.responseLogprobs = true;
  const { top } = logprobs;
  if (top === undefined || top === 0) return;
  config.logprobs = Math.min(top, MAX_TOP_LOGPROBS);
  if (top > MAX_TOP_LOGPROBS) {
    warn(writer, 'approximated', '/logprobs/top', `${MAX_TOP_LOGPROBS} is the most`);
  }
}

function writeOutput(
  config: JsonObject,
  { output }: CanonicalRequest,
  tools: JsonObject[] | undefined,
  encoded: EncodedContents,
  writer: RequestWriter,
): void {
  if (output?.format !== 'json') return;
  const cleaned =
    output.schema === undefined ? undefined : cleanSchema(describe(output.schema, output.description));
  if ((tools?.length ?? 0) > 0 && !writer.rules.jsonWithTools) {
    const text = 'the model takes tools or JSON output, not both: the schema is told in words';
    warn(writer, 'approximated', '/output', text);
    instruct(encoded, cleaned?.schema);
    return;
  }
  config.responseMimeType = 'application/json';
  if (cleaned === undefined) return;
  config.responseJsonSchema = cleaned.schema;
  if (cleaned.lost.length > 0) {
    const text = `${cleaned.lost.join(', ')}: told in descriptions, not enforced`;
    warn(writer, 'approximated', '/output/schema', text);
  }
}

/** What the answer is for is said in the schema, which has no other place for it here. */
function describe(schema: JsonObject, description: string | undefined): JsonObject {
  return description === undefined || schema.description !== undefined ? schema : { ...schema, description };
}

function instruct(encoded: EncodedContents, schema: JsonObject | undefined): void {
  const rule = 'Unless you call a tool, answer with JSON only, without a code fence';
  const text =
    schema === undefined ? `${rule}.` : `${rule}. It must fit this schema:\n${JSON.stringify(schema)}`;
  const system = encoded.systemInstruction;
  const parts = isObject(system) && Array.isArray(system.parts) ? system.parts : [];
  encoded.systemInstruction = { parts: [...parts, { text }] };
}
