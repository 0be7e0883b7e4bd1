import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import type { ReceivedRequest } from './fake-upstream.ts';
import { asArray, asObject, firstRefusal, type Refusal, RefusalSignal } from './refusal.ts';

/**
 * Refuses what Mistral's chat refuses: keys it does not know (422), ids of calls that are not nine letters and digits,
 * and roles out of order (docs.mistral.ai/api, its client 2.7, and the reports of those it has refused; seen 2026-11).
 */
export function checkMistral(request: ReceivedRequest, { key }: { key: string }): Refusal | null {
  return firstRefusal(() => {
    if (request.headers.authorization !== `Bearer ${key}`) {
      throw new RefusalSignal({ status: 401, body: { detail: 'Unauthorized' } }, 'Unauthorized');
    }
    checkBody(request.body);
  });
}

/** The body alone; for recorded requests. */
export function checkMistralBody(body: JsonObject): Refusal | null {
  return firstRefusal(() => checkBody(body));
}

function refuseMistral(message: string, type = 'invalid_request_error', code = '3000'): never {
  const body = { object: 'error', message, type, param: null, code, raw_status_code: 400 };
  throw new RefusalSignal({ status: 400, body }, message);
}

function onlyFields(value: JsonObject, known: string, path: readonly (string | number)[]): void {
  for (const [name, input] of Object.entries(value)) {
    if (known.split(' ').includes(name)) continue;
    const loc = ['body', ...path, name];
    const detail = [
      { type: 'extra_forbidden', loc, msg: 'Extra inputs are not permitted', input: input ?? null },
    ];
    throw new RefusalSignal({ status: 422, body: { object: 'error', message: { detail } } }, loc.join('.'));
  }
}

const topLevel =
  'model temperature top_p max_tokens stream stop random_seed metadata messages response_format tools tool_choice ' +
  'presence_penalty frequency_penalty n prediction parallel_tool_calls reasoning_effort prompt_mode guardrails ' +
  'prompt_cache_key service_tier safe_prompt';

function checkBody(body: JsonObject): void {
  onlyFields(body, topLevel, []);
  const messages = asArray(body.messages) ?? [];
  if (messages.length === 0) refuseMistral('Conversation must have at least one message');
  for (const [index, tool] of (asArray(body.tools) ?? []).entries()) checkTool(asObject(tool), index);
  const choice = body.tool_choice;
  if (typeof choice === 'string' && !['auto', 'none', 'any', 'required'].includes(choice)) {
    refuseMistral(`Invalid tool_choice: ${choice}`);
  }
  checkOrder(messages.map((value, index) => checkMessage(asObject(value) ?? {}, index)));
}

function checkTool(tool: JsonObject | null, index: number): void {
  const declared = asObject(tool?.function);
  if (tool === null || declared === null) refuseMistral('Tools must be functions');
  onlyFields(tool, 'type function', ['tools', index]);
  onlyFields(declared, 'name description strict parameters', ['tools', index, 'function']);
  if (typeof declared.name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(declared.name)) {
    refuseMistral(
      `Function name was ${String(declared.name)} but must be a-z, A-Z, 0-9, or contain underscores and dashes`,
    );
  }
  if (asObject(declared.parameters) === null) refuseMistral(`Function ${declared.name} has no parameters`);
}

const keysOfRole: Readonly<Record<string, string>> = {
  system: 'role content',
  user: 'role content',
  assistant: 'role content tool_calls prefix',
  tool: 'role content tool_call_id name',
};

function checkMessage(message: JsonObject, index: number): JsonObject {
  const role = String(message.role);
  const keys = keysOfRole[role];
  if (keys === undefined)
    refuseMistral(`Input tag '${role}' found using 'role' does not match any of the expected tags`);
  onlyFields(message, keys, ['messages', index, role]);
  for (const part of asArray(message.content) ?? []) checkPart(asObject(part) ?? {}, role, index);
  for (const value of asArray(message.tool_calls) ?? []) {
    const call = asObject(value) ?? {};
    onlyFields(call, 'id type function index', ['messages', index, role, 'tool_calls']);
    checkCallId(call.id);
  }
  if (role === 'tool') checkCallId(message.tool_call_id);
  const isEmpty = message.content === undefined || message.content === null || message.content === '';
  if (role === 'assistant' && isEmpty && (asArray(message.tool_calls) ?? []).length === 0) {
    refuseMistral(
      'Assistant message must have either content or tool_calls, but not none.',
      undefined,
      '3240',
    );
  }
  return message;
}

const fieldsOfPart: Readonly<Record<string, string>> = {
  text: 'type text',
  image_url: 'type image_url',
  document_url: 'type document_url document_name',
  input_audio: 'type input_audio',
  file: 'type file_id',
  reference: 'type reference_ids',
  thinking: 'type thinking signature closed',
};

function checkPart(part: JsonObject, role: string, index: number): void {
  const type = String(part.type);
  const fields = fieldsOfPart[type];
  if (fields === undefined)
    refuseMistral(`Input tag '${type}' found using 'type' does not match any of the expected tags`);
  onlyFields(part, fields, ['messages', index, role, 'content', type]);
  const held = part[type === 'file' ? 'file_id' : type];
  const isString = typeof held === 'string';
  if (/^(document_url|input_audio|file|text)$/.test(type) && !isString)
    refuseMistral(`${type} must be a string`);
  if (type === 'thinking' && asArray(held) === null) refuseMistral('thinking must be a list');
  if (type === 'thinking' && role !== 'assistant')
    refuseMistral('thinking is only allowed in assistant messages');
}

function checkCallId(id: Json | undefined): void {
  if (typeof id === 'string' && /^[a-zA-Z0-9]{9}$/.test(id)) return;
  const rule = 'must be a-z, A-Z, 0-9, with a length of 9.';
  refuseMistral(`Tool call id was ${String(id)} but ${rule}`, 'invalid_function_call', '3280');
}

/** Who may speak after whom; results answer each call, and the last word is for the model to add to. */
function checkOrder(messages: readonly JsonObject[]): void {
  let before = '';
  let open: string[] = [];
  for (const message of messages) {
    const role = String(message.role);
    if (role === 'tool' && before !== 'assistant' && before !== 'tool') {
      refuseMistral(`Unexpected role 'tool' after role '${before}'`, 'invalid_request_message_order', '3230');
    }
    if (before === 'tool' && role !== 'tool' && role !== 'assistant') {
      refuseMistral(`Unexpected role '${role}' after role 'tool'`, 'invalid_request_message_order', '3230');
    }
    if (role === 'tool') {
      if (!open.includes(String(message.tool_call_id)))
        refuseMistral('Unexpected tool call id in tool results');
      open = open.filter((id) => id !== message.tool_call_id);
    } else {
      if (open.length > 0) refuseNotEqual();
      open = (asArray(message.tool_calls) ?? []).map((call) => String(asObject(call)?.id));
    }
    before = role;
  }
  if (open.length > 0) refuseNotEqual();
  if (before === 'system' || (before === 'assistant' && messages.at(-1)?.prefix !== true)) {
    const rule = 'Expected last role User or Tool (or Assistant with prefix True) for serving';
    refuseMistral(`${rule} but got ${before}`, 'invalid_request_message_order', '3230');
  }
}

function refuseNotEqual(): never {
  refuseMistral(
    'Not the same number of function calls and responses',
    'invalid_request_message_order',
    '3230',
  );
}
