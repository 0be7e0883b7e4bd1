import {
  type CanonicalRequest,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  TranslateError,
  type Translator,
  type WireRequest,
} from '@dragoman/plugin-sdk';

import { decodeInput } from './decode-messages.ts';
import { decodeInclude, decodeReasoningSettings, decodeText } from './decode-settings.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { DIALECT } from './dialect.ts';
import { withEarlier } from './earlier.ts';
import { ECHOED } from './fresh-response.ts';
import type { ClientMemo } from './memo.ts';
import { withItems } from './references.ts';

const REQUEST_FIELDS = new Set([
  'model',
  'input',
  'instructions',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'reasoning',
  'text',
  'include',
  'top_logprobs',
  'max_output_tokens',
  'temperature',
  'top_p',
  'previous_response_id',
  'store',
  'user',
  'safety_identifier',
  'metadata',
  'service_tier',
  'prompt_cache_key',
  'truncation',
  'client_metadata',
]);

/**
 * Unknown fields stay in the extensions: a request is never refused for a field this file does not know, and a field
 * of another type than the documented one goes back as it came. The extensions of the request are always there, which
 * tells `encodeRequest` that it may write everything back.
 */
export const decodeRequest: Translator<WireRequest, CanonicalRequest> = (
  { body: sent, earlier, referred },
  context,
) => {
  if (!isObject(sent)) throw new TranslateError('invalid-input', 'The body must be a JSON object', '');
  const isForeign = context.provider.dialect !== DIALECT;
  const named = withItems(sent.input, [...(earlier ?? []), ...(referred ?? [])], isForeign);
  const given = earlier === undefined ? named : withEarlier(named, earlier);
  const body = given === sent.input ? sent : { ...sent, input: given };
  if (isForeign) refuseBackground(body);
  if (typeof body.model !== 'string')
    throw new TranslateError('invalid-input', "'model' must be a string", '/model');
  const own: JsonObject = leftover(body, REQUEST_FIELDS) ?? {};
  const { instructions } = body;
  const input = decodeInput(body.input, typeof instructions === 'string' ? instructions : undefined);
  const request: CanonicalRequest = {
    model: body.model,
    messages: input.messages,
    stream: body.stream === true,
  };
  readForm(body, own);
  if (Array.isArray(body.tools)) request.tools = decodeTools(body.tools);
  else if (body.tools !== undefined) own.tools = body.tools;
  if (input.tools !== undefined) addTools(request, input.tools, own);
  readChoice(body, request, own);
  if (body.reasoning !== undefined) decodeReasoningSettings(body.reasoning, request, own);
  if (body.text !== undefined) decodeText(body.text, request, own);
  decodeInclude(body, request, own);
  readNumbers(body, request, own);
  readCaller(body, request, own);
  // Told in full, it need not be looked up.
  if (earlier !== undefined) delete request.previousResponseId;
  // The host keeps it: a service of another dialect need not.
  if (isForeign && context.client.reply?.isStored === true) delete request.store;
  request.extensions = { [DIALECT]: own };
  return { output: request, memo: { echo: echoOf(body) } satisfies ClientMemo & JsonObject };
};

/** To answer "in progress" and then wait is another thing than what was asked for. */
function refuseBackground({ background }: JsonObject): void {
  if (background !== true) return;
  const reason = "'background' works only with a provider of this API; send the request without it";
  throw new TranslateError('unsupported', reason, '/background');
}

/** How the body was written, where that has no effect of its own on the answer. */
function readForm(body: JsonObject, own: JsonObject): void {
  const quiet: JsonObject = {};
  if (typeof body.input === 'string') own.$input = 'string';
  else if (!Array.isArray(body.input)) own.$input = body.input === undefined ? 'absent' : 'null';
  if (body.instructions !== undefined && typeof body.instructions !== 'string')
    own.instructions = body.instructions;
  if (body.stream !== undefined && body.stream !== true) quiet.stream = body.stream;
  // Padding against eavesdroppers, and what a client tells the service about itself.
  for (const field of ['stream_options', 'client_metadata']) {
    if (body[field] !== undefined) quiet[field] = body[field];
  }
  const { truncation } = body;
  if (truncation === 'disabled') quiet.truncation = truncation;
  else if (truncation !== undefined) own.truncation = truncation;
  own.$quiet = quiet;
}

/** A tool of the request itself comes before one of the same name that stands among the items. */
function addTools(
  request: CanonicalRequest,
  tools: NonNullable<CanonicalRequest['tools']>,
  own: JsonObject,
): void {
  if (request.tools === undefined) own.$tools = 'absent';
  request.tools ??= [];
  const known = new Set<string>();
  for (const tool of request.tools) if ('name' in tool) known.add(tool.name);
  for (const tool of tools) if (!('name' in tool) || !known.has(tool.name)) request.tools.push(tool);
}

function readChoice(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  if (body.tool_choice !== undefined) {
    const choice = decodeToolChoice(body.tool_choice, own);
    if (choice !== undefined) request.toolChoice = choice;
  }
  if (typeof body.parallel_tool_calls === 'boolean') request.parallelToolCalls = body.parallel_tool_calls;
  else if (body.parallel_tool_calls !== undefined) own.parallel_tool_calls = body.parallel_tool_calls;
}

function readNumbers(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  if (typeof body.max_output_tokens === 'number') request.maxOutputTokens = body.max_output_tokens;
  else if (body.max_output_tokens !== undefined) own.max_output_tokens = body.max_output_tokens;
  if (typeof body.temperature === 'number') request.temperature = body.temperature;
  else if (body.temperature !== undefined) own.temperature = body.temperature;
  if (typeof body.top_p === 'number') request.topP = body.top_p;
  else if (body.top_p !== undefined) own.top_p = body.top_p;
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
  const { previous_response_id: previous } = body;
  if (typeof previous === 'string') request.previousResponseId = previous;
  else if (previous !== undefined) own.previous_response_id = previous;
}

/** A reply repeats what was asked for. */
function echoOf(body: JsonObject): JsonObject {
  const echo: JsonObject = {};
  for (const field of ECHOED) {
    const value: Json | undefined = body[field];
    if (value !== undefined && value !== null) echo[field] = value;
  }
  return echo;
}
