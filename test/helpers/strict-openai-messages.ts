import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { onlyKeys, refuseOpenai } from './openai-refusal.ts';
import { asArray, asObject } from './refusal.ts';

const partsOfRole: Readonly<Record<string, readonly string[]>> = {
  developer: ['text'],
  system: ['text'],
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
  tool: ['text'],
};
const keysOfRole: Readonly<Record<string, readonly string[]>> = {
  developer: ['role', 'content', 'name'],
  system: ['role', 'content', 'name'],
  user: ['role', 'content', 'name'],
  // `annotations` comes back with the message the SDK hands out, and is accepted.
  assistant: ['role', 'content', 'name', 'refusal', 'audio', 'tool_calls', 'function_call', 'annotations'],
  tool: ['role', 'content', 'tool_call_id'],
};
const keysOfPart: Readonly<Record<string, readonly string[]>> = {
  text: ['type', 'text'],
  refusal: ['type', 'refusal'],
  image_url: ['type', 'image_url'],
  input_audio: ['type', 'input_audio'],
  file: ['type', 'file'],
};

export function checkChatMessages(messages: readonly Json[], model: string): void {
  /** Calls of the last assistant message that have no result yet; null: no such message before. */
  let open: Set<string> | null = null;
  for (const [index, value] of messages.entries()) {
    const path = `messages[${index}]`;
    const message = asObject(value);
    if (message === null)
      refuseOpenai(`Invalid type for '${path}': expected an object.`, path, 'invalid_type');
    const role = String(message.role);
    checkShape(message, role, path);
    checkModel(message, role, model, path);
    if (role === 'tool') {
      open = answerCall(message, open, path);
      continue;
    }
    refuseOpenCalls(open);
    open = role === 'assistant' ? callsOf(message, path) : null;
  }
  refuseOpenCalls(open);
}

function checkShape(message: JsonObject, role: string, path: string): void {
  const keys = keysOfRole[role];
  if (keys === undefined) {
    const supported = Object.keys(keysOfRole).map((name) => `'${name}'`);
    const text = `Invalid value: '${role}'. Supported values are: ${supported.join(', ')}.`;
    refuseOpenai(text, `${path}.role`, 'invalid_value');
  }
  onlyKeys(message, keys, path);
  if (typeof message.name === 'string' && /[\s<|\\/>]/.test(message.name)) {
    refuseOpenai(`Invalid '${path}.name': string does not match pattern.`, `${path}.name`, 'invalid_value');
  }
  checkContent(message, role, path);
}

/** What only some models take, as recorded answers show. */
function checkModel(message: JsonObject, role: string, model: string, path: string): void {
  if (/^o1-(mini|preview)/.test(model) && (role === 'developer' || role === 'system')) {
    const text = `Unsupported value: '${path}.role' does not support '${role}' with this model.`;
    refuseOpenai(text, `${path}.role`, 'unsupported_value');
  }
  const hasAudio = (asArray(message.content) ?? []).some((part) => asObject(part)?.type === 'input_audio');
  if (hasAudio && !model.includes('audio')) {
    const text = `Invalid '${path}'. Content blocks are expected to be either text or image_url type.`;
    refuseOpenai(text, path, 'invalid_value');
  }
}

function checkContent(message: JsonObject, role: string, path: string): void {
  const { content } = message;
  if (typeof content === 'string') return;
  if (content === undefined || content === null) {
    const hasOther = message.tool_calls || message.function_call || message.audio || message.refusal;
    if (role === 'assistant' && hasOther) return;
    refuseOpenai(
      "Invalid value for 'content': expected a string, got null.",
      `${path}.content`,
      'invalid_type',
    );
  }
  const parts = asArray(content);
  if (parts === null || parts.length === 0) {
    refuseOpenai(`Invalid '${path}.content': expected a string or a list of parts.`, `${path}.content`);
  }
  for (const [index, part] of parts.entries()) checkPart(part, role, `${path}.content[${index}]`);
}

function checkPart(value: Json, role: string, path: string): void {
  const part = asObject(value);
  const type = String(part?.type);
  if (part === null || !(partsOfRole[role] ?? []).includes(type)) {
    refuseOpenai(
      `Invalid value: '${type}'. It is not supported in a ${role} message.`,
      path,
      'invalid_value',
    );
  }
  onlyKeys(part, keysOfPart[type] ?? [], path);
  if (type === 'text' && typeof part.text !== 'string') {
    refuseOpenai(`Missing required parameter: '${path}.text'.`, path, 'missing_required_parameter');
  }
  if (type === 'image_url') checkImage(asObject(part.image_url), path);
  if (type === 'input_audio') checkAudio(asObject(part.input_audio), path);
  if (type === 'file') {
    const file = asObject(part.file);
    if (file?.file_id === undefined && file?.file_data === undefined) {
      refuseOpenai(`Missing required parameter: '${path}.file.file_id'.`, path, 'missing_required_parameter');
    }
    onlyKeys(file, ['file_id', 'file_data', 'filename'], `${path}.file`);
  }
}

function checkImage(image: JsonObject | null, path: string): void {
  const url = image?.url;
  if (image === null || typeof url !== 'string') {
    refuseOpenai(`Missing required parameter: '${path}.image_url.url'.`, path, 'missing_required_parameter');
  }
  onlyKeys(image, ['url', 'detail'], `${path}.image_url`);
  const isData = /^data:image\/(png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=]*$/.test(url);
  if (!isData && !/^https?:\/\//.test(url)) {
    refuseOpenai(`Invalid '${path}.image_url.url': not a URL or an image data URL.`, path, 'invalid_value');
  }
}

function checkAudio(audio: JsonObject | null, path: string): void {
  if (typeof audio?.data === 'string' && (audio.format === 'wav' || audio.format === 'mp3')) return;
  refuseOpenai(
    `Invalid '${path}.input_audio': data and a format of wav or mp3 are required.`,
    path,
    'invalid_value',
  );
}

function callsOf(message: JsonObject, path: string): Set<string> | null {
  const calls = asArray(message.tool_calls);
  if (calls === null) return null;
  if (calls.length === 0) {
    const param = `${path}.tool_calls`;
    refuseOpenai(`Invalid '${param}': empty array. Expected at least 1.`, param, 'empty_array');
  }
  const ids = new Set<string>();
  for (const [index, call] of calls.entries()) {
    ids.add(checkCall(asObject(call), `${path}.tool_calls[${index}]`));
  }
  return ids;
}

function checkCall(call: JsonObject | null, path: string): string {
  const id = call?.id;
  if (call === null || typeof id !== 'string') {
    refuseOpenai(`Missing required parameter: '${path}.id'.`, `${path}.id`, 'missing_required_parameter');
  }
  // Seen in the wild since 2024; Azure and OpenAI alike.
  if (id.length > 40) {
    refuseOpenai(
      `Invalid '${path}.id': string too long. Maximum length 40.`,
      path,
      'string_above_max_length',
    );
  }
  onlyKeys(call, ['id', 'type', 'function', 'custom'], path);
  if (call.type === 'custom') return id;
  const called = asObject(call.function);
  if (called === null || typeof called.name !== 'string' || typeof called.arguments !== 'string') {
    refuseOpenai(
      `Invalid '${path}.function': name and arguments (a string) are required.`,
      path,
      'invalid_type',
    );
  }
  onlyKeys(called, ['name', 'arguments'], `${path}.function`);
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(called.name)) {
    refuseOpenai(`Invalid '${path}.function.name': string does not match pattern.`, path, 'invalid_value');
  }
  return id;
}

function answerCall(message: JsonObject, open: Set<string> | null, path: string): Set<string> {
  if (open === null) {
    const text = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
    refuseOpenai(`Invalid parameter: ${text}`, `${path}.role`);
  }
  const id = message.tool_call_id;
  if (typeof id !== 'string') {
    const param = `${path}.tool_call_id`;
    refuseOpenai(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  }
  if (!open.delete(id)) {
    refuseOpenai(
      `Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`,
      path,
    );
  }
  return open;
}

function refuseOpenCalls(open: Set<string> | null): void {
  if (open === null || open.size === 0) return;
  const text =
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
    `The following tool_call_ids did not have response messages: ${[...open].join(', ')}`;
  refuseOpenai(text, 'messages');
}
