import {
  type CanonicalRequest,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type ReasoningEffort,
  type ReasoningSettings,
} from '@dragoman/plugin-sdk';

import { fromGeminiSchema } from './json-schema.ts';
import { named } from './names.ts';

/** Numbers that have the same meaning in the hub, by their name there. */
export const NUMBER_FIELDS = [
  ['maxOutputTokens', 'maxOutputTokens'],
  ['temperature', 'temperature'],
  ['topP', 'topP'],
  ['topK', 'topK'],
  ['candidateCount', 'candidates'],
  ['presencePenalty', 'presencePenalty'],
  ['frequencyPenalty', 'frequencyPenalty'],
  ['seed', 'seed'],
] as const;
const CONFIG_FIELDS = new Set<string>([
  ...NUMBER_FIELDS.map(([wire]) => wire),
  'stopSequences',
  'responseLogprobs',
  'logprobs',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseModalities',
  'speechConfig',
  'thinkingConfig',
]);
const LEVELS = new Set(['minimal', 'low', 'medium', 'high']);

/**
 * `generationConfig`. What has no word in the hub stays in the extensions; markers (`$output`, `$thinking`, ...) keep the
 * wire's own form of what has one but can be said in several ways.
 */
export function decodeConfig(raw: Json | undefined, request: CanonicalRequest, own: JsonObject): void {
  if (!isObject(raw)) {
    if (raw !== undefined) own.generationConfig = raw;
    return;
  }
  const config = named(raw);
  const rest: JsonObject = leftover(config, CONFIG_FIELDS) ?? {};
  for (const [wire, field] of NUMBER_FIELDS) {
    const value = config[wire];
    if (typeof value === 'number') request[field] = value;
    else if (value !== undefined) rest[wire] = value;
  }
  const { stopSequences: stop } = config;
  if (Array.isArray(stop) && stop.every((item) => typeof item === 'string')) request.stop = stop;
  else if (stop !== undefined) rest.stopSequences = stop;
  readLogprobs(config, request, rest);
  readOutput(config, request, own);
  readModalities(config.responseModalities, request, rest);
  readSpeech(config.speechConfig, request, own, rest);
  if (isObject(config.thinkingConfig)) readThinking(config.thinkingConfig, request, own);
  else if (config.thinkingConfig !== undefined) rest.thinkingConfig = config.thinkingConfig;
  if (!isEmpty(rest)) own.generationConfig = rest;
  else own.$config = true;
}

function readLogprobs(config: JsonObject, request: CanonicalRequest, rest: JsonObject): void {
  const { responseLogprobs: wanted, logprobs: top } = config;
  if (wanted === true && (top === undefined || typeof top === 'number')) {
    request.logprobs = top === undefined ? {} : { top };
    return;
  }
  if (wanted !== undefined) rest.responseLogprobs = wanted;
  if (top !== undefined) rest.logprobs = top;
}

function readOutput(config: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  const { responseMimeType: type, responseSchema: schema, responseJsonSchema: jsonSchema } = config;
  if (type === undefined && schema === undefined && jsonSchema === undefined) return;
  const form: JsonObject = {};
  if (type !== undefined) form.responseMimeType = type;
  if (schema !== undefined) form.responseSchema = schema;
  if (jsonSchema !== undefined) form.responseJsonSchema = jsonSchema;
  own.$output = form;
  const found = isObject(jsonSchema) ? jsonSchema : isObject(schema) ? fromGeminiSchema(schema) : undefined;
  if (type === 'text/plain') request.output = { format: 'text' };
  // `text/x.enum` answers with one word of an enum: a schema of its own, which JSON comes nearest to.
  else if (found !== undefined) request.output = { format: 'json', schema: found };
  else if (type === 'application/json') request.output = { format: 'json' };
}

function readModalities(value: Json | undefined, request: CanonicalRequest, rest: JsonObject): void {
  if (value === undefined) return;
  const isUsual =
    Array.isArray(value) && value.every((word) => typeof word === 'string' && word === word.toUpperCase());
  if (!isUsual) {
    rest.responseModalities = value;
    return;
  }
  request.modalities = value.map((word) => String(word).toLowerCase());
}

function readSpeech(
  value: Json | undefined,
  request: CanonicalRequest,
  own: JsonObject,
  rest: JsonObject,
): void {
  if (value === undefined) return;
  const speech = isObject(value) ? named(value) : {};
  const voice = isObject(speech.voiceConfig) ? named(speech.voiceConfig) : {};
  const prebuilt = isObject(voice.prebuiltVoiceConfig) ? named(voice.prebuiltVoiceConfig) : {};
  if (typeof prebuilt.voiceName === 'string' && Object.keys(speech).length === 1) {
    request.audio = { voice: prebuilt.voiceName };
    own.$speech = value;
  } else {
    rest.speechConfig = value;
  }
}

/** -1 leaves the amount to the model, 0 switches thinking off. */
function readThinking(raw: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  const config = named(raw);
  own.$thinking = config;
  const reasoning: ReasoningSettings = {};
  const { thinkingBudget: budget, thinkingLevel: level, includeThoughts: shown } = config;
  if (budget === 0) reasoning.effort = 'none';
  else if (budget === -1) reasoning.effort = 'auto';
  else if (typeof budget === 'number') reasoning.budgetTokens = budget;
  if (typeof level === 'string') {
    const effort = level.toLowerCase();
    if (LEVELS.has(effort)) reasoning.effort = effort as ReasoningEffort;
  }
  // Models think as they see fit unless told otherwise, and show thoughts only when asked: `false` alone says nothing.
  if (shown === true) {
    reasoning.visibility = 'summary';
    if (reasoning.budgetTokens === undefined) reasoning.effort ??= 'auto';
  }
  if (Object.keys(reasoning).length === 0) return;
  if (shown === false) reasoning.visibility = 'hidden';
  request.reasoning = reasoning;
}
