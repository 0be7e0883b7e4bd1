import { isObject, type Json, type JsonObject, type TranslateContext } from '@dragoman/plugin-sdk';

import { readClientMemo } from './memo.ts';

/** Fields of a request that its reply repeats. */
export const ECHOED = [
  'background',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'parallel_tool_calls',
  'previous_response_id',
  'prompt_cache_key',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'store',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'user',
] as const;

/** What a reply says beside the answer itself: clients check that these are there. */
const DEFAULTS: JsonObject = {
  background: false,
  completed_at: null,
  error: null,
  frequency_penalty: 0,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  presence_penalty: 0,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: 'default',
  store: false,
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
  user: null,
};

const TEXT: Json = { type: 'text' };

/** The fields of a reply that came from another dialect, less id, model, status, output and usage. */
export function freshFields(context: TranslateContext): JsonObject {
  const fields: JsonObject = {};
  for (const field in DEFAULTS) fields[field] = DEFAULTS[field];
  const { echo } = readClientMemo(context.memo);
  if (echo !== undefined) repeat(echo, fields);
  // Not what was asked for: whether the client can come back to it.
  fields.store = context.client.reply?.isStored === true;
  return fields;
}

/** What the request said. */
function repeat(echo: JsonObject, fields: JsonObject): void {
  for (const field in echo) {
    const value = echo[field];
    const before = fields[field];
    // The objects among them keep the fields that are always there.
    if (field === 'reasoning' && isObject(before) && isObject(value))
      fields.reasoning = { ...before, ...value };
    else if (field === 'text' && isObject(value)) fields.text = { format: TEXT, ...value };
    else if (field === 'tools' && Array.isArray(value)) fields.tools = value.map(repeatTool);
    else fields[field] = value;
  }
}

/** A function has all its fields in a reply, said or not; a secret for a server of tools is not said again. */
function repeatTool(tool: Json): Json {
  if (!isObject(tool)) return tool;
  if (tool.type === 'function') return { description: null, parameters: null, strict: null, ...tool };
  if (tool.type !== 'mcp') return tool;
  const { authorization: _, headers: __, ...rest } = tool;
  return rest;
}
