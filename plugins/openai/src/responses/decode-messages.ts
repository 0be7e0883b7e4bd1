import {
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type Message,
  type Part,
  type Tool,
  TranslateError,
} from '@dragoman/plugin-sdk';

import { decodeContent } from './decode-content.ts';
import { decodeItem } from './decode-item.ts';
import { decodeTools } from './decode-tools.ts';
import { DIALECT, keepOwn, makeOwn } from './dialect.ts';
import { readSignature } from './signatures.ts';

const ROLES: Record<string, Message['role']> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
};

/** What `input` and `instructions` say. */
export interface DecodedInput {
  messages: Message[];
  /** Tools that stand among the items. */
  tools?: Tool[];
}

/** Every item is one message; instructions are the first. */
export function decodeInput(input: Json | undefined, instructions: string | undefined): DecodedInput {
  const decoded: DecodedInput = { messages: [] };
  if (instructions !== undefined) {
    decoded.messages.push({
      role: 'system',
      parts: [{ type: 'text', text: instructions }],
      extensions: { [DIALECT]: { $instructions: true } },
    });
  }
  if (typeof input === 'string')
    decoded.messages.push({ role: 'user', parts: [{ type: 'text', text: input }] });
  else if (Array.isArray(input)) for (const item of input) decodeEntry(item, decoded);
  else if (input !== undefined && input !== null) {
    throw new TranslateError('invalid-input', "'input' must be a string or an array", '/input');
  }
  return decoded;
}

function decodeEntry(item: Json, decoded: DecodedInput): void {
  const { messages } = decoded;
  if (!isObject(item)) {
    messages.push({ role: 'user', parts: [{ type: 'opaque', dialect: DIALECT, value: item }] });
    return;
  }
  if (item.type === 'additional_tools' && Array.isArray(item.tools)) {
    readAdditional(item, item.tools, decoded);
    return;
  }
  const message = isMessage(item) ? readMessage(item) : undefined;
  if (message !== undefined) messages.push(message);
  else if (!carriesSignature(item, messages)) messages.push(readOther(item));
}

/** The type may be left out of a message. */
function isMessage(item: JsonObject): boolean {
  return item.type === 'message' || (item.type === undefined && item.role !== undefined);
}

/** What only says which message it is, or means something only to the model that wrote it (`phase`). */
const QUIET = ['type', 'role', 'id', 'status', 'phase'] as const;
const MESSAGE_FIELDS = new Set<string>([...QUIET, 'content']);

function readMessage(item: JsonObject): Message | undefined {
  const { role: wireRole, content } = item;
  const role = typeof wireRole === 'string' && Object.hasOwn(ROLES, wireRole) ? ROLES[wireRole] : undefined;
  if (role === undefined) return undefined;
  const parts: Part[] = [];
  const own: JsonObject = {};
  if (typeof content === 'string') {
    parts.push({ type: 'text', text: content });
    own.$content = 'string';
  } else if (Array.isArray(content)) {
    for (const part of content) parts.push(decodeContent(part, role === 'assistant'));
  } else {
    return undefined;
  }
  const kept: JsonObject = {};
  for (const field of QUIET) if (item[field] !== undefined) kept[field] = item[field];
  own.$item = kept;
  const message: Message = { role, parts, extensions: { [DIALECT]: own } };
  keepOwn(message, leftover(item, MESSAGE_FIELDS));
  return message;
}

/** Tools that were found later count like those of the request; the item itself is only a place. */
function readAdditional(item: JsonObject, tools: Json[], decoded: DecodedInput): void {
  decoded.messages.push({ role: 'system', parts: [], extensions: { [DIALECT]: { $value: item } } });
  decoded.tools ??= [];
  for (const tool of decodeTools(tools)) {
    if (tool.type === 'opaque') continue;
    makeOwn(tool).$place = 'input';
    decoded.tools.push(tool);
  }
}

/** Gives a signature that crossed in an item of its own back to the part it belongs to. */
function carriesSignature(item: JsonObject, messages: Message[]): boolean {
  if (item.type !== 'reasoning' || typeof item.encrypted_content !== 'string') return false;
  const { signature, isCarried } = readSignature(item.encrypted_content, undefined);
  if (!isCarried) return false;
  const part = messages.at(-1)?.parts.at(-1);
  if (part !== undefined) part.signature = signature;
  return true;
}

function readOther(item: JsonObject): Message {
  const part = decodeItem(item, undefined);
  return { role: roleOf(part, item), parts: [part] };
}

function roleOf(part: Part, { type, role }: JsonObject): Message['role'] {
  if (part.type === 'tool-result') return 'tool';
  if (typeof role === 'string' && Object.hasOwn(ROLES, role)) return ROLES[role] ?? 'user';
  if (part.type !== 'opaque') return 'assistant';
  return typeof type === 'string' && type.endsWith('_output') ? 'tool' : 'assistant';
}
