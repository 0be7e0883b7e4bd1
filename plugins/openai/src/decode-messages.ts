import {
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type Message,
  type Part,
  type ToolResultPart,
  TranslateError,
} from '@dragoman/plugin-sdk';
import { decodeCache } from './cache.ts';
import { decodeContentPart } from './decode-content.ts';
import { decodeReasoning, REASONING_FIELDS } from './decode-reasoning.ts';
import { DIALECT, keepOwn, makeOwn, ownFields } from './dialect.ts';
import { decodeLegacyCall, decodeToolCall, legacyId } from './tool-calls.ts';

const ROLES: Record<string, Message['role']> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
};
const MESSAGE_FIELDS = new Set(['role', 'content', 'name', 'cache_control']);
const TOOL_FIELDS = new Set(['role', 'content', 'name', 'tool_call_id', 'cache_control']);
const ASSISTANT_FIELDS = new Set([
  ...MESSAGE_FIELDS,
  ...REASONING_FIELDS,
  'refusal',
  'tool_calls',
  'function_call',
]);

export function decodeMessages(messages: Json[]): Message[] {
  const decoded: Message[] = [];
  for (let index = 0; index < messages.length; index++) {
    decoded.push(decodeMessage(messages[index] ?? null, index, decoded));
  }
  return decoded;
}

function decodeMessage(wire: Json, index: number, earlier: Message[]): Message {
  if (!isObject(wire)) throw invalid('A message must be an object', `/messages/${index}`);
  const wireRole = wire.role;
  const role = typeof wireRole === 'string' && Object.hasOwn(ROLES, wireRole) ? ROLES[wireRole] : undefined;
  if (role === undefined) {
    const known = Object.keys(ROLES).join("', '");
    throw invalid(`'role' must be one of '${known}'`, `/messages/${index}/role`);
  }
  const message: Message = { role, parts: [] };
  if (wireRole === 'developer' || wireRole === 'function') makeOwn(message).$role = wireRole;
  if (role === 'tool') return decodeToolMessage(wire, message, index, earlier);
  if (typeof wire.name === 'string') message.name = wire.name;
  else if (wire.name !== undefined) makeOwn(message).name = wire.name;
  if (role === 'assistant') decodeAssistant(wire, message, index);
  else {
    decodeContent(wire, message.parts, message, index);
    keepOwn(message, leftover(wire, MESSAGE_FIELDS));
  }
  readMessageCache(wire, message);
  return message;
}

function invalid(message: string, path: string): TranslateError {
  return new TranslateError('invalid-input', message, path);
}

/** Fills `parts`; `owner` remembers how the content was written where the parts alone do not tell. */
function decodeContent(
  wire: JsonObject,
  parts: Part[],
  owner: Message | ToolResultPart,
  index: number,
): void {
  const { content } = wire;
  if (typeof content === 'string') {
    if (content === '' && wire.role === 'assistant') makeOwn(owner).$content = 'empty';
    else parts.push({ type: 'text', text: content });
    return;
  }
  if (Array.isArray(content)) {
    for (const part of content) parts.push(decodeContentPart(part));
    makeOwn(owner).$content = 'parts';
    return;
  }
  if (content !== undefined && content !== null) {
    throw invalid("'content' must be a string or an array of parts", `/messages/${index}/content`);
  }
  makeOwn(owner).$content = content === null ? 'null' : 'absent';
}

function decodeAssistant(wire: JsonObject, message: Message, index: number): void {
  const rest: JsonObject = leftover(wire, ASSISTANT_FIELDS) ?? {};
  decodeReasoning(wire, message.parts, message, rest);
  decodeContent(wire, message.parts, message, index);
  if (typeof wire.refusal === 'string' && wire.refusal !== '') {
    message.parts.push({ type: 'refusal', text: wire.refusal });
  } else if (wire.refusal !== undefined) {
    rest.refusal = wire.refusal;
  }
  if (Array.isArray(wire.tool_calls) && wire.tool_calls.length > 0) {
    for (const call of wire.tool_calls) message.parts.push(decodeToolCall(call));
  } else if (wire.tool_calls !== undefined) {
    rest.tool_calls = wire.tool_calls;
  }
  if (wire.function_call !== undefined) {
    const name = isObject(wire.function_call) ? String(wire.function_call.name) : '';
    const call = decodeLegacyCall(wire.function_call, legacyId(name, index));
    if (call === undefined) rest.function_call = wire.function_call;
    else message.parts.push(call);
  }
  if (!isEmpty(rest)) keepOwn(message, rest);
}

function decodeToolMessage(wire: JsonObject, message: Message, index: number, earlier: Message[]): Message {
  const isFunction = wire.role === 'function';
  const part: ToolResultPart = { type: 'tool-result', callId: '', output: [] };
  if (typeof wire.name === 'string') part.name = wire.name;
  else if (wire.name !== undefined) makeOwn(message).name = wire.name;
  if (isFunction) part.callId = answeredCall(part.name ?? '', earlier) ?? legacyId(part.name ?? '', index);
  else if (typeof wire.tool_call_id === 'string') part.callId = wire.tool_call_id;
  else throw invalid("'tool_call_id' must be a string", `/messages/${index}/tool_call_id`);
  const content: Part[] = [];
  decodeContent(wire, content, message, index);
  for (let at = 0; at < content.length; at++) part.output.push(outputPart(content[at], wire.content, at));
  message.parts.push(part);
  keepOwn(message, leftover(wire, isFunction ? MESSAGE_FIELDS : TOOL_FIELDS));
  readMessageCache(wire, message);
  return message;
}

/** A `function` message answers the last `function_call` of its name. */
function answeredCall(name: string, earlier: Message[]): string | undefined {
  for (let at = earlier.length - 1; at >= 0; at--) {
    for (const part of earlier[at]?.parts ?? []) {
      if (part.type === 'tool-call' && part.name === name) return part.id;
    }
  }
  return undefined;
}

function outputPart(
  part: Part | undefined,
  content: Json | undefined,
  at: number,
): ToolResultPart['output'][number] {
  switch (part?.type) {
    case 'text':
    case 'media':
    case 'json':
    case 'opaque':
      return part;
    default:
      return {
        type: 'opaque',
        dialect: DIALECT,
        value: Array.isArray(content) ? (content[at] ?? null) : null,
      };
  }
}

/** On a message a breakpoint stands for its last part, unless that has its own. */
function readMessageCache(wire: JsonObject, message: Message): void {
  const control = wire.cache_control;
  if (control === undefined) return;
  const last = message.parts.at(-1);
  const cache = decodeCache(control);
  const isFree =
    last !== undefined && last.cache === undefined && ownFields(last.extensions)?.cache_control === undefined;
  if (cache === undefined || !isFree) {
    makeOwn(message).cache_control = control;
    return;
  }
  last.cache = cache;
  makeOwn(message).$cache = 'message';
}
