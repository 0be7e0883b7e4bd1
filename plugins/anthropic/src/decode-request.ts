import {
  type CanonicalRequest,
  isObject,
  isStrings,
  type Json,
  type JsonObject,
  leftover,
  type Message,
  TranslateError,
  type Translator,
  type WireRequest,
} from '@dragoman/plugin-sdk';
import { decodeBlocks } from './decode-blocks.ts';
import { decodeOutput, decodeThinkingSettings } from './decode-settings.ts';
import { decodeTool, decodeToolChoice } from './decode-tools.ts';
import { DIALECT, FAMILY } from './dialect.ts';

const REQUEST_FIELDS = new Set([
  'model',
  'messages',
  'system',
  'stream',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'service_tier',
]);
const MESSAGE_FIELDS = new Set(['role', 'content']);
const METADATA_FIELDS = new Set(['user_id']);

/**
 * Unknown fields stay in the extensions: a request is never refused for a field this file does not know.
 * The extensions of the request are always there, which tells `encodeRequest` that it may write everything back as it
 * came.
 */
export const decodeRequest: Translator<WireRequest, CanonicalRequest> = (wire) => {
  const body = wire.body;
  if (!isObject(body)) throw new TranslateError('invalid-input', 'The body must be a JSON object', '');
  if (typeof body.model !== 'string')
    throw new TranslateError('invalid-input', 'model: Field required', '/model');
  if (!Array.isArray(body.messages)) {
    throw new TranslateError('invalid-input', 'messages: Field required', '/messages');
  }
  const own: JsonObject = leftover(body, REQUEST_FIELDS) ?? {};
  const messages: Message[] = [];
  if (body.system !== undefined) messages.push(decodeSystem(body.system));
  for (let index = 0; index < body.messages.length; index++) {
    messages.push(decodeMessage(body.messages[index] ?? null, index));
  }
  const request: CanonicalRequest = { model: body.model, messages, stream: body.stream === true };
  readSettings(body, request, own);
  readTools(body, request, own);
  decodeThinkingSettings(body, request, own);
  decodeOutput(body, request, own);
  readMetadata(body.metadata, request, own);
  const beta = wire.headers['anthropic-beta'];
  if (beta !== undefined) own.$beta = beta;
  request.extensions = { [DIALECT]: own };
  const version = wire.headers['anthropic-version'];
  return version === undefined ? { output: request } : { output: request, memo: { version } };
};

function decodeSystem(system: Json): Message {
  if (typeof system === 'string') {
    return {
      role: 'system',
      parts: [{ type: 'text', text: system }],
      extensions: { [DIALECT]: { $content: 'string' } },
    };
  }
  if (Array.isArray(system)) return decodeSystemBlocks(system);
  throw new TranslateError(
    'invalid-input',
    'system: Input should be a string or an array of blocks',
    '/system',
  );
}

/**
 * Claude Code opens its system text with a line for Anthropic's accounts (seen 2026-10). It goes back to this dialect and
 * to no other: a model has no use for it, and as it changes it would spoil the prompt caches of other services.
 */
const ATTRIBUTION = 'x-anthropic-billing-header:';

function decodeSystemBlocks(blocks: Json[]): Message {
  const [first] = blocks;
  if (!isObject(first) || typeof first.text !== 'string' || !first.text.startsWith(ATTRIBUTION)) {
    return { role: 'system', parts: decodeBlocks(blocks, FAMILY) };
  }
  const parts = decodeBlocks(blocks.slice(1), FAMILY);
  return { role: 'system', parts, extensions: { [DIALECT]: { $attribution: first } } };
}

function decodeMessage(wire: Json, index: number): Message {
  if (!isObject(wire))
    throw new TranslateError('invalid-input', 'A message must be an object', `/messages/${index}`);
  const role = wire.role;
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    const message = "role: Input should be 'user', 'assistant' or 'system'";
    throw new TranslateError('invalid-input', message, `/messages/${index}/role`);
  }
  let own = leftover(wire, MESSAGE_FIELDS);
  const message: Message = { role, parts: [] };
  if (typeof wire.content === 'string') {
    message.parts.push({ type: 'text', text: wire.content });
    own ??= {};
    own.$content = 'string';
  } else if (Array.isArray(wire.content)) {
    message.parts = decodeBlocks(wire.content, FAMILY);
  } else {
    const text = 'content: Input should be a string or an array of blocks';
    throw new TranslateError('invalid-input', text, `/messages/${index}/content`);
  }
  if (role === 'system') {
    own ??= {};
    own.$place = 'messages';
  }
  if (own !== undefined) message.extensions = { [DIALECT]: own };
  return message;
}

/** What is not of the documented type stays in the extensions and goes back as it came. */
function readSettings(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  const {
    max_tokens: limit,
    temperature,
    top_p: topP,
    top_k: topK,
    stop_sequences: stop,
    service_tier: tier,
  } = body;
  if (typeof limit === 'number') request.maxOutputTokens = limit;
  else if (limit !== undefined) own.max_tokens = limit;
  if (typeof temperature === 'number') request.temperature = temperature;
  else if (temperature !== undefined) own.temperature = temperature;
  if (typeof topP === 'number') request.topP = topP;
  else if (topP !== undefined) own.top_p = topP;
  if (typeof topK === 'number') request.topK = topK;
  else if (topK !== undefined) own.top_k = topK;
  if (isStrings(stop)) request.stop = stop;
  else if (stop !== undefined) own.stop_sequences = stop;
  if (typeof tier === 'string') request.serviceTier = tier;
  else if (tier !== undefined) own.service_tier = tier;
}

function readTools(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  if (Array.isArray(body.tools)) request.tools = body.tools.map(decodeTool);
  else if (body.tools !== undefined) own.tools = body.tools;
  if (body.tool_choice === undefined) return;
  const choice = decodeToolChoice(body.tool_choice);
  if (choice.toolChoice !== undefined) request.toolChoice = choice.toolChoice;
  if (choice.parallelToolCalls !== undefined) request.parallelToolCalls = choice.parallelToolCalls;
  if (choice.form !== undefined) own.$tool_choice = choice.form;
}

function readMetadata(metadata: Json | undefined, request: CanonicalRequest, own: JsonObject): void {
  if (metadata === undefined) return;
  if (!isObject(metadata) || typeof metadata.user_id !== 'string') {
    own.metadata = metadata;
    return;
  }
  request.endUser = metadata.user_id;
  const rest = leftover(metadata, METADATA_FIELDS);
  if (rest !== undefined) own.metadata = rest;
}
