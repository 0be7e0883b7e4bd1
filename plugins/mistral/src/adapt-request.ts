import {
  type EncodedRequest,
  isObject,
  type Json,
  type JsonObject,
  type Translator,
  type Warning,
} from '@dragoman/plugin-sdk';
import { adaptMessages } from './adapt-messages.ts';
import { keepKnown } from './json.ts';

/** https://docs.mistral.ai/api/#tag/chat and the types of @mistralai/mistralai 2.7, seen 2026-11. */
const CHAT_FIELDS = new Set(
  (
    'model messages temperature top_p max_tokens stream stop random_seed metadata response_format tools tool_choice ' +
    'presence_penalty frequency_penalty n prediction parallel_tool_calls reasoning_effort prompt_mode guardrails ' +
    'prompt_cache_key service_tier safe_prompt'
  ).split(' '),
);
const EMBED_FIELDS = new Set('model input metadata output_dimension output_dtype encoding_format'.split(' '));
/** Run by the service itself. */
const HOSTED_TOOLS = new Set(
  'web_search web_search_premium code_interpreter image_generation document_library connector'.split(' '),
);
const TOOL_FIELDS = new Set(['type', 'function']);
const FUNCTION_FIELDS = new Set(['name', 'description', 'strict', 'parameters']);

/** A body of Chat Completions as Mistral reads it. */
export const adaptRequest: Translator<EncodedRequest, EncodedRequest> = (request, context) => {
  if (!isObject(request.body)) return { output: request };
  const body = { ...request.body };
  const warnings: Warning[] = [];
  if (context.operation === 'chat') adaptChat(body, warnings);
  else adaptEmbed(body, warnings);
  const output = { ...request, body };
  return warnings.length > 0 ? { output, warnings } : { output };
};

function adaptChat(body: JsonObject, warnings: Warning[]): void {
  rename(body, 'seed', 'random_seed');
  // Usage comes in the last chunk without being asked for.
  delete body.stream_options;
  keepKnown(body, CHAT_FIELDS, '', warnings);
  if (Array.isArray(body.messages)) body.messages = adaptMessages(body.messages, warnings);
  if (body.tool_choice === 'required') body.tool_choice = 'any';
  if (Array.isArray(body.tools)) adaptTools(body, body.tools, warnings);
}

function adaptTools(body: JsonObject, tools: readonly Json[], warnings: Warning[]): void {
  const adapted = tools.flatMap((tool, index) => adaptTool(tool, `/tools/${index}`, warnings));
  if (adapted.length > 0) body.tools = adapted;
  else for (const name of ['tools', 'tool_choice', 'parallel_tool_calls']) delete body[name];
}

function adaptTool(tool: Json, path: string, warnings: Warning[]): Json[] {
  if (!isObject(tool) || HOSTED_TOOLS.has(String(tool.type))) return [tool];
  if (!isObject(tool.function)) {
    warnings.push({
      code: 'unsupported',
      path,
      message: `Mistral has no tool of type '${String(tool.type)}'`,
    });
    return [];
  }
  const declared = { ...tool.function };
  keepKnown(declared, FUNCTION_FIELDS, `${path}/function`, warnings);
  declared.parameters ??= { type: 'object', properties: {} };
  const adapted: JsonObject = { ...tool, function: declared };
  keepKnown(adapted, TOOL_FIELDS, path, warnings);
  return [adapted];
}

function adaptEmbed(body: JsonObject, warnings: Warning[]): void {
  rename(body, 'dimensions', 'output_dimension');
  keepKnown(body, EMBED_FIELDS, '', warnings);
}

/** A client that already used the service's own name means that one. */
function rename(body: JsonObject, from: string, to: string): void {
  const value = body[from];
  if (value === undefined) return;
  delete body[from];
  body[to] ??= value;
}
