import {
  isObject,
  isStrings,
  type Json,
  type JsonObject,
  leftover,
  type Message,
  type Part,
  type ToolResultPart,
  TranslateError,
} from '@dragoman/plugin-sdk';
import { type CallBook, createCallBook } from './call-book.ts';
import { decodeCall, toCallPart } from './decode-calls.ts';
import { DIALECT } from './dialect.ts';
import { decodeImage } from './media.ts';

const MESSAGE_FIELDS = new Set(['role', 'content']);

/** What a message says comes in this order: thinking, images, text, calls. */
export function decodeMessages(list: Json[]): Message[] {
  const calls = createCallBook();
  const messages: Message[] = [];
  for (let index = 0; index < list.length; index++) {
    const role = messages.at(-1)?.role;
    messages.push(decodeMessage(list[index] ?? null, index, calls, role));
  }
  return messages;
}

function decodeMessage(
  wire: Json,
  index: number,
  calls: CallBook,
  roleBefore: Message['role'] | undefined,
): Message {
  const path = `/messages/${index}`;
  if (!isObject(wire)) throw new TranslateError('invalid-input', 'A message must be an object', path);
  const role = readRole(wire.role, path);
  const text = readContent(wire.content, path);
  const own: JsonObject = leftover(wire, MESSAGE_FIELDS) ?? {};
  if (role === 'assistant' && roleBefore !== 'assistant') calls.openTurn();
  const parts: Part[] = [];
  if (role === 'assistant' && typeof own.thinking === 'string' && own.thinking !== '') {
    parts.push({ type: 'reasoning', text: own.thinking });
    delete own.thinking;
  }
  const content: (ReturnType<typeof decodeImage> | { type: 'text'; text: string })[] = [];
  if (isStrings(own.images) && own.images.length > 0) {
    for (const image of own.images) content.push(decodeImage(image));
    delete own.images;
  }
  if (text !== '') content.push({ type: 'text', text });
  if (role === 'tool') parts.push(decodeResult(own, content, index, calls));
  else for (const part of content) parts.push(part);
  if (role === 'assistant') readCalls(own, parts, index, calls);
  const message: Message = { role, parts };
  for (const _ in own) {
    message.extensions = { [DIALECT]: own };
    break;
  }
  return message;
}

/** The server reads roles in any case. */
function readRole(value: Json | undefined, path: string): Message['role'] {
  const role = typeof value === 'string' ? value.toLowerCase() : value;
  if (role === 'system' || role === 'user' || role === 'assistant' || role === 'tool') return role;
  throw new TranslateError('invalid-input', 'role must be system, user, assistant or tool', `${path}/role`);
}

function readContent(content: Json | undefined, path: string): string {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  throw new TranslateError('invalid-input', 'content must be a string', `${path}/content`);
}

function decodeResult(
  own: JsonObject,
  output: ToolResultPart['output'],
  index: number,
  calls: CallBook,
): ToolResultPart {
  const name = typeof own.tool_name === 'string' ? own.tool_name : undefined;
  // Older clients write `name`; it stays in the message's own fields and is read here only.
  const known = name ?? (typeof own.name === 'string' ? own.name : undefined);
  const id = typeof own.tool_call_id === 'string' && own.tool_call_id !== '' ? own.tool_call_id : undefined;
  const part: ToolResultPart = { type: 'tool-result', callId: calls.take(id, known, index), output };
  if (known !== undefined) part.name = known;
  if (name !== undefined) delete own.tool_name;
  else if (known !== undefined) {
    own.$name = known;
    delete own.name;
  } else own.$name = 'none';
  if (id !== undefined) delete own.tool_call_id;
  else own.$id = 'none';
  return part;
}

function readCalls(own: JsonObject, parts: Part[], index: number, calls: CallBook): void {
  const list = own.tool_calls;
  if (!Array.isArray(list) || list.length === 0) return;
  for (let position = 0; position < list.length; position++) {
    const call = decodeCall(list[position] ?? null);
    if (call === undefined) {
      const path = `/messages/${index}/tool_calls/${position}`;
      throw new TranslateError('invalid-input', 'A call must have a function with a name', path);
    }
    parts.push(toCallPart(call, calls.add(call.id, call.name, call.input, index, position)));
  }
  delete own.tool_calls;
}
