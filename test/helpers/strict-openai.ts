import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import type { ReceivedRequest } from './fake-upstream.ts';
import { onlyKeys, refuseOpenai } from './openai-refusal.ts';
import { asArray, asObject, firstRefusal, type Refusal } from './refusal.ts';
import { checkChatMessages } from './strict-openai-messages.ts';
import { checkChatTools } from './strict-openai-tools.ts';

/**
 * Refuses what OpenAI's Chat Completions and Embeddings refuse, in the service's words as far as they are known
 * (platform.openai.com/docs/api-reference/chat, seen 2026-10).
 */
export function checkOpenai(request: ReceivedRequest, { key }: { key: string }): Refusal | null {
  return firstRefusal(() => {
    checkKey(request.headers.authorization, key);
    if (request.method === 'GET') return;
    if (!(request.headers['content-type'] ?? '').startsWith('application/json')) {
      refuseOpenai('you must provide a model parameter', null);
    }
    if (request.raw.length > 0 && Object.keys(request.body).length === 0) {
      refuseOpenai('We could not parse the JSON body of your request.', null);
    }
    if (typeof request.body.model !== 'string') refuseOpenai('you must provide a model parameter', 'model');
    if (request.path === '/v1/chat/completions') checkChat(request.body);
    if (request.path === '/v1/embeddings') checkEmbeddings(request.body);
  });
}

/** The body alone; for recorded requests. */
export function checkOpenaiBody(body: JsonObject): Refusal | null {
  return firstRefusal(() => checkChat(body));
}

function checkKey(authorization: string | undefined, key: string): void {
  if (authorization === undefined) refuseOpenai("You didn't provide an API key.", null, null, 401);
  if (authorization !== `Bearer ${key}`) {
    refuseOpenai('Incorrect API key provided.', null, 'invalid_api_key', 401);
  }
}

const topLevel = (
  'audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages ' +
  'metadata modalities model moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key ' +
  'prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream ' +
  'stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options'
).split(' ');

function checkChat(body: JsonObject): void {
  onlyKeys(body, topLevel, '');
  checkNumbers(body);
  checkModelRules(body);
  const messages = asArray(body.messages);
  if (messages === null) {
    refuseOpenai("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  }
  if (messages.length === 0) {
    refuseOpenai("Invalid 'messages': empty array.", 'messages', 'empty_array');
  }
  if (body.stream_options !== undefined && body.stream_options !== null && body.stream !== true) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    refuseOpenai(message, 'stream_options');
  }
  const stop = body.stop;
  if (Array.isArray(stop) && (stop.length > 4 || stop.length === 0)) {
    refuseOpenai("Invalid 'stop': array of 1 to 4 strings expected.", 'stop', 'array_above_max_length');
  }
  if (typeof body.user === 'string' && body.user.length > 64) {
    refuseOpenai("Invalid 'user': string too long.", 'user', 'string_above_max_length');
  }
  checkChatMessages(messages, String(body.model));
  checkChatTools(body);
  checkFormat(body, messages);
}

const ranges: readonly [name: string, least: number, most: number][] = [
  ['temperature', 0, 2],
  ['top_p', 0, 1],
  ['presence_penalty', -2, 2],
  ['frequency_penalty', -2, 2],
  ['n', 1, 128],
  ['top_logprobs', 0, 20],
  ['max_tokens', 1, 1_000_000],
  ['max_completion_tokens', 1, 1_000_000],
];

function checkNumbers(body: JsonObject): void {
  for (const [name, least, most] of ranges) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number') {
      refuseOpenai(`Invalid type for '${name}': expected a number.`, name, 'invalid_type');
    }
    if (value < least)
      refuseOpenai(`Invalid '${name}': below minimum value.`, name, 'decimal_below_min_value');
    if (value > most)
      refuseOpenai(`Invalid '${name}': above maximum value.`, name, 'decimal_above_max_value');
  }
  if (typeof body.top_logprobs === 'number' && body.logprobs !== true) {
    refuseOpenai("'top_logprobs' is only allowed when 'logprobs' is enabled.", 'top_logprobs');
  }
  if (typeof body.max_tokens === 'number' && typeof body.max_completion_tokens === 'number') {
    refuseOpenai('Setting max_tokens and max_completion_tokens at once is not supported.', null);
  }
}

/** Reasoning models refuse the old length limit and any sampling setting but the default. */
function checkModelRules(body: JsonObject): void {
  const model = String(body.model);
  const isReasoning = /^(o\d|gpt-5)/.test(model) && !/chat|search/.test(model);
  if (!isReasoning) {
    if (typeof body.reasoning_effort === 'string') {
      refuseOpenai('Unrecognized request argument supplied: reasoning_effort', null);
    }
    return;
  }
  if (typeof body.max_tokens === 'number') {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    refuseOpenai(message, 'max_tokens', 'unsupported_parameter');
  }
  for (const name of ['temperature', 'top_p']) {
    const value = body[name];
    if (typeof value !== 'number' || value === 1) continue;
    const message = `Unsupported value: '${name}' does not support ${value} with this model.`;
    refuseOpenai(message, name, 'unsupported_value');
  }
}

function checkFormat(body: JsonObject, messages: Json[]): void {
  const format = asObject(body.response_format);
  if (format === null) return;
  if (format.type === 'json_object' && !/json/i.test(JSON.stringify(messages))) {
    const message =
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
    refuseOpenai(message, 'messages');
  }
  if (format.type !== 'json_schema') return;
  const named = asObject(format.json_schema);
  if (named === null) {
    const param = 'response_format.json_schema';
    refuseOpenai(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  }
  onlyKeys(named, ['name', 'description', 'schema', 'strict'], 'response_format.json_schema');
  if (typeof named.name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(named.name)) {
    const param = 'response_format.json_schema.name';
    refuseOpenai(`Missing or invalid parameter: '${param}'.`, param, 'missing_required_parameter');
  }
}

function checkEmbeddings(body: JsonObject): void {
  onlyKeys(body, ['dimensions', 'encoding_format', 'input', 'model', 'user'], '');
  const { input } = body;
  const isEmpty =
    input === undefined || input === null || input === '' || (Array.isArray(input) && input.length === 0);
  if (isEmpty) refuseOpenai("'$.input' is invalid. Please check the API reference.", null);
}
