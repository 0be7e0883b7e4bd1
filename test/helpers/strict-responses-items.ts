import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { onlyKeys, refuseOpenai } from './openai-refusal.ts';
import { asArray, asObject } from './refusal.ts';
import { checkContentPart } from './strict-responses-content.ts';

export interface ResponsesFacts {
  /** Encrypted content the service takes for its own; null: any. */
  signatures: ReadonlySet<string> | null;
}

/** Keys of each item a client may send, after the official schema. */
const keysOfItem: Readonly<Record<string, string>> = {
  message: 'content id phase role status type',
  file_search_call: 'id queries results status type',
  computer_call: 'action actions call_id id pending_safety_checks status type',
  computer_call_output: 'acknowledged_safety_checks call_id id output status type',
  web_search_call: 'action id status type',
  function_call: 'arguments call_id caller id name namespace status type',
  function_call_output: 'call_id caller id name namespace output status type',
  tool_search_call: 'arguments call_id execution id status type',
  tool_search_output: 'call_id execution id status tools type',
  additional_tools: 'id role tools type',
  reasoning: 'content encrypted_content id status summary type',
  compaction: 'encrypted_content id type',
  image_generation_call: 'action background id output_format quality result revised_prompt size status type',
  code_interpreter_call: 'code container_id id outputs status type',
  local_shell_call: 'action call_id id status type',
  local_shell_call_output: 'call_id id output status type',
  shell_call: 'action call_id caller environment id status type',
  shell_call_output: 'call_id caller id max_output_length output status type',
  apply_patch_call: 'call_id caller id operation status type',
  apply_patch_call_output: 'call_id caller id output status type',
  mcp_list_tools: 'error id server_label tools type',
  mcp_approval_request: 'arguments id name server_label type',
  mcp_approval_response: 'approval_request_id approve id reason type',
  mcp_call: 'approval_request_id arguments error id name output server_label status type',
  custom_tool_call: 'call_id caller id input name namespace type status',
  custom_tool_call_output: 'call_id caller id output type status',
  compaction_trigger: 'type',
  item_reference: 'id type',
  program: 'call_id code fingerprint id type',
  program_output: 'call_id id result status type',
};
const prefixes: Readonly<Record<string, string>> = { message: 'msg', function_call: 'fc', reasoning: 'rs' };
const callsAnsweredBy: Readonly<Record<string, string>> = {
  function_call_output: 'function call',
  custom_tool_call_output: 'custom tool call',
};

export function checkItems(input: readonly Json[], body: JsonObject, facts: ResponsesFacts): void {
  const calls = new Map<string, string>();
  const answered = new Set<string>();
  const isContinued = Boolean(body.previous_response_id ?? body.conversation);
  const hasReference = input.some((item) => asObject(item)?.type === 'item_reference');
  for (const [index, value] of input.entries()) {
    const path = `input[${index}]`;
    const item = asObject(value);
    if (item === null) refuseOpenai(`Invalid type for '${path}': expected an object.`, path, 'invalid_type');
    const type =
      typeof item.type === 'string' ? item.type : item.role === undefined ? 'item_reference' : 'message';
    checkItem(item, type, path, body, facts);
    if (type === 'function_call' || type === 'custom_tool_call') calls.set(String(item.call_id), type);
    const answers = callsAnsweredBy[type];
    if (answers === undefined) continue;
    answered.add(String(item.call_id));
    if (calls.has(String(item.call_id)) || isContinued || hasReference) continue;
    const text = `No tool call found for ${answers} output with call_id ${String(item.call_id)}.`;
    refuseOpenai(text, 'input');
  }
  for (const id of calls.keys()) {
    if (!answered.has(id)) refuseOpenai(`No tool output found for function call ${id}.`, 'input');
  }
}

function checkItem(
  item: JsonObject,
  type: string,
  path: string,
  body: JsonObject,
  facts: ResponsesFacts,
): void {
  const keys = keysOfItem[type];
  if (keys === undefined) {
    const known = Object.keys(keysOfItem).map((name) => `'${name}'`);
    refuseOpenai(
      `Invalid value: '${type}'. Supported values are: ${known.join(', ')}.`,
      path,
      'invalid_value',
    );
  }
  onlyKeys(item, keys.split(' '), path);
  checkId(item, type, path);
  if (/^(function|custom_tool)_call/.test(type)) checkCallId(item.call_id, path);
  switch (type) {
    case 'message':
      checkMessage(item, path);
      break;
    case 'function_call':
      checkCall(item, path);
      break;
    case 'function_call_output':
      checkOutput(item.output, path);
      break;
    case 'reasoning':
      checkReasoning(item, path, body, facts);
  }
}

function checkId({ id }: JsonObject, type: string, path: string): void {
  if (id === undefined || id === null) return;
  const param = `${path}.id`;
  if (typeof id !== 'string' || id.length > 64) {
    const length = typeof id === 'string' ? id.length : 0;
    const text = `Invalid '${param}': string too long. Expected a string with maximum length 64, but got a string with length ${length} instead.`;
    refuseOpenai(text, param, 'string_above_max_length');
  }
  const prefix = prefixes[type];
  if (prefix !== undefined && !id.startsWith(prefix)) {
    refuseOpenai(
      `Invalid '${param}': '${id}'. Expected an ID that begins with '${prefix}'.`,
      param,
      'invalid_value',
    );
  }
}

function checkCallId(id: Json | undefined, path: string): void {
  const param = `${path}.call_id`;
  if (typeof id !== 'string' || id === '') {
    refuseOpenai(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  }
  if (id.length <= 64) return;
  const text = `Invalid '${param}': string too long. Expected a string with maximum length 64, but got a string with length ${id.length} instead.`;
  refuseOpenai(text, param, 'string_above_max_length');
}

function checkMessage(item: JsonObject, path: string): void {
  const role = String(item.role);
  if (!['user', 'assistant', 'system', 'developer'].includes(role)) {
    const known = "'assistant', 'system', 'developer', and 'user'";
    refuseOpenai(
      `Invalid value: '${role}'. Supported values are: ${known}.`,
      `${path}.role`,
      'invalid_value',
    );
  }
  if (typeof item.content === 'string') return;
  const content = asArray(item.content);
  if (content === null) {
    refuseOpenai(`Invalid type for '${path}.content'.`, `${path}.content`, 'invalid_type');
  }
  for (const [index, part] of content.entries()) checkContentPart(part, role, `${path}.content[${index}]`);
}

function checkCall(item: JsonObject, path: string): void {
  if (typeof item.name !== 'string' || !/^[a-zA-Z0-9_-]{1,128}$/.test(item.name)) {
    const rule =
      "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.";
    refuseOpenai(`Invalid '${path}.name': ${rule}`, `${path}.name`, 'invalid_value');
  }
  if (typeof item.arguments === 'string') return;
  refuseOpenai(
    `Invalid type for '${path}.arguments': expected a string.`,
    `${path}.arguments`,
    'invalid_type',
  );
}

function checkOutput(output: Json | undefined, path: string): void {
  if (typeof output === 'string') return;
  const parts = asArray(output);
  if (parts === null) {
    refuseOpenai(
      `Missing required parameter: '${path}.output'.`,
      `${path}.output`,
      'missing_required_parameter',
    );
  }
  for (const [index, part] of parts.entries()) checkContentPart(part, 'user', `${path}.output[${index}]`);
}

/** The service reads back only what it has encrypted itself, and nothing by id that it was told not to store. */
function checkReasoning(
  item: JsonObject,
  path: string,
  body: JsonObject,
  { signatures }: ResponsesFacts,
): void {
  if (asArray(item.summary) === null) {
    refuseOpenai(
      `Missing required parameter: '${path}.summary'.`,
      `${path}.summary`,
      'missing_required_parameter',
    );
  }
  const encrypted = item.encrypted_content;
  if (typeof encrypted === 'string') {
    if (signatures === null || signatures.has(encrypted)) return;
    const text = `The encrypted content ${encrypted.slice(0, 8)}... could not be verified.`;
    refuseOpenai(text, null, 'invalid_encrypted_content');
  }
  if (body.store !== false || signatures === null) return;
  const text = `Item with id '${String(item.id)}' not found. Items are not persisted when \`store\` is set to false.`;
  refuseOpenai(text, 'input', null, 404);
}
