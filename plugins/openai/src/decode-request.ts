import {
  type CanonicalRequest,
  isEmpty,
  isObject,
  isStrings,
  type Json,
  type JsonObject,
  leftover,
  TranslateError,
  type Translator,
  type WireRequest,
} from '@dragoman/plugin-sdk';
import { decodeMessages } from './decode-messages.ts';
import { decodeOutput, decodeReasoningSettings } from './decode-settings.ts';
import { decodeLegacyTools, decodeTool, decodeToolChoice, decodeWebSearch } from './decode-tools.ts';
import { DIALECT } from './dialect.ts';
import type { ClientMemo } from './memo.ts';
import { isMistralClient, readMistralBody } from './mistral-client.ts';

const REQUEST_FIELDS = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'n',
  'logprobs',
  'top_logprobs',
  'stop',
  'seed',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'web_search_options',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'enable_thinking',
  'thinking_budget',
  'response_format',
  'verbosity',
  'modalities',
  'audio',
  'user',
  'safety_identifier',
  'metadata',
  'service_tier',
  'prompt_cache_key',
  'store',
]);

/**
 * Unknown fields stay in the extensions: a request is never refused for a field this file does not know, and a field
 * of another type than the documented one goes back as it came. The extensions of the request are always there, which
 * tells `encodeRequest` that it may write everything back.
 */
export const decodeRequest: Translator<WireRequest, CanonicalRequest> = ({ headers, body: raw }) => {
  if (!isObject(raw)) throw new TranslateError('invalid-input', 'The body must be a JSON object', '');
  const isMistral = isMistralClient(headers);
  const body = isMistral ? readMistralBody(raw) : raw;
  if (typeof body.model !== 'string')
    throw new TranslateError('invalid-input', "'model' must be a string", '/model');
  if (!Array.isArray(body.messages)) {
    throw new TranslateError('invalid-input', "'messages' must be an array", '/messages');
  }
  const own: JsonObject = leftover(body, REQUEST_FIELDS) ?? {};
  const request: CanonicalRequest = {
    model: body.model,
    messages: decodeMessages(body.messages),
    stream: body.stream === true,
  };
  readStream(body, own);
  readLimit(body, request, own);
  readSampling(body, request, own);
  readTools(body, request, own);
  decodeReasoningSettings(body, request, own);
  if (body.response_format !== undefined) decodeOutput(body.response_format, request, own);
  readOutputForm(body, request, own);
  readCaller(body, request, own);
  request.extensions = { [DIALECT]: own };
  const memo = memoOf(request.stream, own, isMistral);
  return memo === undefined ? { output: request } : { output: request, memo };
};

function memoOf(stream: boolean, own: JsonObject, isMistral: boolean): Json | undefined {
  // Mistral counts without being asked, and its client reads the count.
  if (isMistral) return { mistral: true };
  const memo: ClientMemo & JsonObject = {};
  if (stream) memo.includeUsage = isObject(own.$streamOptions) && own.$streamOptions.include_usage === true;
  if (own.$functions === true) memo.functions = true;
  return isEmpty(memo) ? undefined : memo;
}

function readStream(body: JsonObject, own: JsonObject): void {
  if (body.stream !== undefined && body.stream !== true) own.$stream = body.stream;
  if (body.stream_options !== undefined) own.$streamOptions = body.stream_options;
}

/** Of two limits the newer field counts. */
function readLimit(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  const { max_completion_tokens: limit, max_tokens: older } = body;
  if (typeof limit === 'number') request.maxOutputTokens = limit;
  else if (limit !== undefined) own.max_completion_tokens = limit;
  if (older === undefined) return;
  if (typeof older === 'number' && request.maxOutputTokens === undefined) {
    request.maxOutputTokens = older;
    own.$maxTokens = 'max_tokens';
  } else if (older === request.maxOutputTokens) {
    own.$maxTokens = 'both';
  } else {
    own.max_tokens = older;
  }
}

function readSampling(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  if (typeof body.temperature === 'number') request.temperature = body.temperature;
  else if (body.temperature !== undefined) own.temperature = body.temperature;
  if (typeof body.top_p === 'number') request.topP = body.top_p;
  else if (body.top_p !== undefined) own.top_p = body.top_p;
  if (typeof body.top_k === 'number') request.topK = body.top_k;
  else if (body.top_k !== undefined) own.top_k = body.top_k;
  if (typeof body.frequency_penalty === 'number') request.frequencyPenalty = body.frequency_penalty;
  else if (body.frequency_penalty !== undefined) own.frequency_penalty = body.frequency_penalty;
  if (typeof body.presence_penalty === 'number') request.presencePenalty = body.presence_penalty;
  else if (body.presence_penalty !== undefined) own.presence_penalty = body.presence_penalty;
  if (isBias(body.logit_bias)) request.logitBias = body.logit_bias;
  else if (body.logit_bias !== undefined) own.logit_bias = body.logit_bias;
  if (typeof body.n === 'number') request.candidates = body.n;
  else if (body.n !== undefined) own.n = body.n;
  if (typeof body.seed === 'number') request.seed = body.seed;
  else if (body.seed !== undefined) own.seed = body.seed;
  readLogprobs(body, request, own);
  if (typeof body.stop === 'string') {
    request.stop = [body.stop];
    own.$stop = 'string';
  } else if (isStrings(body.stop)) request.stop = body.stop;
  else if (body.stop !== undefined) own.stop = body.stop;
}

function isBias(value: Json | undefined): value is Record<string, number> {
  if (!isObject(value)) return false;
  for (const key in value) if (typeof value[key] !== 'number') return false;
  return true;
}

function readLogprobs(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  const { logprobs, top_logprobs: top } = body;
  if (logprobs === true) {
    request.logprobs = {};
    if (typeof top === 'number') request.logprobs.top = top;
    else if (top !== undefined) own.top_logprobs = top;
    return;
  }
  if (logprobs !== undefined) own.logprobs = logprobs;
  if (top !== undefined) own.top_logprobs = top;
}

function readTools(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  if (Array.isArray(body.tools)) request.tools = body.tools.map(decodeTool);
  else if (body.tools !== undefined) own.tools = body.tools;
  if (body.tool_choice !== undefined) {
    const choice = decodeToolChoice(body.tool_choice, own);
    if (choice !== undefined) request.toolChoice = choice;
  }
  if (body.functions !== undefined || body.function_call !== undefined) decodeLegacyTools(body, request, own);
  if (typeof body.parallel_tool_calls === 'boolean') request.parallelToolCalls = body.parallel_tool_calls;
  else if (body.parallel_tool_calls !== undefined) own.parallel_tool_calls = body.parallel_tool_calls;
  const { web_search_options: search } = body;
  if (isObject(search)) {
    request.tools ??= [];
    request.tools.push(decodeWebSearch(search));
  } else if (search !== undefined) own.web_search_options = search;
}

function readOutputForm(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  if (typeof body.verbosity === 'string') request.verbosity = body.verbosity;
  else if (body.verbosity !== undefined) own.verbosity = body.verbosity;
  if (isStrings(body.modalities)) request.modalities = body.modalities;
  else if (body.modalities !== undefined) own.modalities = body.modalities;
  const { audio } = body;
  if (isObject(audio) && leftover(audio, AUDIO_FIELDS) === undefined && isFormat(audio.format)) {
    request.audio = {};
    if (audio.voice !== undefined) request.audio.voice = audio.voice;
    if (audio.format !== undefined) request.audio.format = audio.format as string;
  } else if (audio !== undefined) own.audio = audio;
}

const AUDIO_FIELDS = new Set(['voice', 'format']);

function isFormat(value: Json | undefined): boolean {
  return value === undefined || typeof value === 'string';
}

function readCaller(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  const { user, safety_identifier: identifier } = body;
  if (typeof identifier === 'string') {
    request.endUser = identifier;
    own.$endUser = 'safety_identifier';
    if (user !== undefined) own.user = user;
  } else {
    if (identifier !== undefined) own.safety_identifier = identifier;
    if (typeof user === 'string') request.endUser = user;
    else if (user !== undefined) own.user = user;
  }
  if (isObject(body.metadata)) request.metadata = body.metadata;
  else if (body.metadata !== undefined) own.metadata = body.metadata;
  if (typeof body.service_tier === 'string') request.serviceTier = body.service_tier;
  else if (body.service_tier !== undefined) own.service_tier = body.service_tier;
  if (typeof body.prompt_cache_key === 'string') request.promptCacheKey = body.prompt_cache_key;
  else if (body.prompt_cache_key !== undefined) own.prompt_cache_key = body.prompt_cache_key;
  if (typeof body.store === 'boolean') request.store = body.store;
  else if (body.store !== undefined) own.store = body.store;
}
