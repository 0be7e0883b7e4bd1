import {
  assign,
  type CanonicalRequest,
  isObject,
  type Json,
  type JsonObject,
  type Message,
  type Part,
  pairCalls,
  type ReasoningPart,
  replayable,
  sanitiseId,
  type ToolCallPart,
  type ToolResultPart,
  warnHere,
  warnLost,
} from '@dragoman/plugin-sdk';

import { warnPrefill } from '../prefill.ts';
import { wireToolName } from '../tool-names.ts';
import { DIALECT, ownFields, warnForeign, writeOwn } from './dialect.ts';
import { encodeContent, tellCache } from './encode-content.ts';
import { encodeCallItem, encodeImageItem, encodeReasoningItem, encodeSearchItem } from './encode-item.ts';
import { here, MAX_CALL_ID, type ResponsesWriter } from './writer.ts';

/** What is being put together. */
interface Items {
  list: Json[];
  /** Content of the message that is growing. */
  content?: Json[];
  /** Places of results, by call: of several for one call the last one counts, at the first one's place. */
  results: Map<string, number>;
}

/** `input` and `instructions`. */
export function encodeInput(request: CanonicalRequest, body: JsonObject, writer: ResponsesWriter): void {
  const items: Items = { list: [], results: new Map() };
  const own = ownFields(request.extensions);
  const said = writer.isOwn ? request.messages : pairCalls(request.messages, writer);
  for (let index = 0; index < said.length; index++) {
    const message = said[index];
    if (message === undefined) continue;
    writer.message = index;
    writer.part = -1;
    if (ownFields(message.extensions)?.$instructions === true) body.instructions = textOf(message);
    else encodeMessage(message, items, writer);
  }
  writer.message = -1;
  const last = items.list.at(-1);
  if (!writer.isOwn && isObject(last) && last.role === 'assistant') warnPrefill(request.messages, writer);
  const form = writer.isOwn ? own?.$input : undefined;
  if (form === 'absent') return;
  const only = request.messages.at(-1)?.parts[0];
  if (form === 'string' && only?.type === 'text') body.input = only.text;
  else body.input = form === 'null' ? null : items.list;
}

function textOf({ parts }: Message): string {
  let text = '';
  for (const part of parts) if (part.type === 'text') text += part.text;
  return text;
}

function encodeMessage(message: Message, items: Items, writer: ResponsesWriter): void {
  const own = ownFields(message.extensions);
  if (own?.$value !== undefined) {
    items.list.push(own.$value);
    return;
  }
  warnForeign(writer, message.extensions, here(writer));
  if (message.name !== undefined) warnHere(writer, 'dropped', "a speaker's name cannot be sent", '/name');
  const isMessage = own?.$item !== undefined;
  if (isMessage) items.content = [];
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    encodePart(part, message, isMessage, items, writer);
  }
  closeMessage(message, items, writer);
}

function encodePart(
  part: Part,
  message: Message,
  isMessage: boolean,
  items: Items,
  writer: ResponsesWriter,
): void {
  if (isContent(part, isMessage)) {
    const content = encodeContent(part, message.role === 'assistant', writer);
    if (content === undefined || (!writer.isOwn && isEmptyText(content))) return;
    items.content ??= [];
    items.content.push(content);
    return;
  }
  const item = encodeItem(part, message, items, writer);
  if (item === undefined) return;
  closeMessage(message, items, writer);
  const place = part.type === 'tool-result' && !writer.isOwn ? items.results.get(part.callId) : undefined;
  if (place !== undefined) {
    items.list[place] = item;
    return;
  }
  if (part.type === 'tool-result') items.results.set(part.callId, items.list.length);
  items.list.push(item);
}

function isContent(part: Part, isMessage: boolean): boolean {
  switch (part.type) {
    case 'text':
    case 'refusal':
    case 'json':
      return true;
    case 'media':
      return ownFields(part.extensions)?.$generated !== true;
    case 'opaque':
      return isMessage || part.dialect !== DIALECT;
    default:
      return false;
  }
}

function isEmptyText(content: Json): boolean {
  return isObject(content) && content.text === '';
}

function closeMessage(message: Message, items: Items, writer: ResponsesWriter): void {
  const { content } = items;
  if (content === undefined) return;
  delete items.content;
  const own = ownFields(message.extensions);
  const wire: JsonObject = {};
  if (own?.$item === undefined) {
    wire.type = 'message';
    wire.role = roleOf(message, writer);
  } else {
    assign(wire, own.$item);
  }
  const first = content[0];
  wire.content = own?.$content === 'string' && isObject(first) ? first.text : content;
  writeOwn(wire, message.extensions);
  items.list.push(wire);
}

function roleOf({ role }: Message, writer: ResponsesWriter): string {
  if (role === 'tool') return 'user';
  return role === 'system' ? (writer.responses.systemRole ?? 'developer') : role;
}

/** The item a part becomes; `undefined`, with a warning, where there is none. */
function encodeItem(part: Part, message: Message, items: Items, writer: ResponsesWriter): Json | undefined {
  if (part.type !== 'opaque') warnForeign(writer, part.extensions, here(writer));
  if (part.cache !== undefined && part.type !== 'tool-result') tellCache(writer, `${here(writer)}/cache`);
  switch (part.type) {
    case 'tool-call':
      return encodeCall(part, items, writer);
    case 'tool-result':
      return encodeResult(part, writer);
    case 'reasoning':
      return encodeReasoning(part, message, writer);
    case 'media':
      return part.source.type === 'base64' ? encodeImageItem(part, part.source.data, {}) : undefined;
    case 'opaque':
      return part.value;
    default:
      return undefined;
  }
}

/** The wire id of a call; the same for the call and its result. */
function wireCallId(id: string, writer: ResponsesWriter): string {
  if (writer.isOwn || (id.length <= MAX_CALL_ID && id !== '')) return id;
  return sanitiseId(id, { maxLength: MAX_CALL_ID, empty: 'call' });
}

function encodeCall(part: ToolCallPart, items: Items, writer: ResponsesWriter): JsonObject | undefined {
  if (part.kind === 'hosted') {
    if (ownFields(part.extensions)?.$item !== undefined) return encodeSearchItem(part, {});
    warnHere(writer, 'dropped', 'a call of a tool another service ran itself cannot be replayed');
    return undefined;
  }
  if (part.signature !== undefined)
    warnHere(writer, 'dropped', 'a signature of another service cannot be replayed here', '/signature');
  const callId = wireCallId(part.id, writer);
  items.results.delete(part.id);
  if (writer.isOwn) return encodeCallItem(part, part.name, callId, {});
  const name = wireToolName(part.name, part.namespace, writer);
  if (part.kind === 'custom' && writer.options.customTools !== false) {
    writer.customCalls.add(part.id);
    return encodeCallItem(part, name, callId, {});
  }
  const input = part.kind === 'custom' ? JSON.stringify({ input: part.input }) : part.input || '{}';
  return { type: 'function_call', call_id: callId, name, arguments: input };
}

function encodeResult(part: ToolResultPart, writer: ResponsesWriter): JsonObject | undefined {
  if (part.hosted === true) {
    warnHere(writer, 'dropped', 'the result of a tool another service ran itself cannot be replayed');
    return undefined;
  }
  const own = ownFields(part.extensions);
  const isCustom = writer.isOwn ? own?.$custom === true : writer.customCalls.has(part.callId);
  const wire: JsonObject = { type: isCustom ? 'custom_tool_call_output' : 'function_call_output' };
  assign(wire, own?.$item);
  wire.call_id = wireCallId(part.callId, writer);
  const output: Json[] = [];
  for (let index = 0; index < part.output.length; index++) {
    const entry = part.output[index];
    if (entry === undefined) continue;
    writer.output = index;
    const content = encodeContent(entry, false, writer);
    if (content !== undefined) output.push(content);
  }
  writer.output = -1;
  warnLost(part, [], writer);
  if (part.isError === true) markError(output, writer);
  if (part.cache !== undefined) tellCache(writer, `${here(writer)}/cache`);
  wire.output = joinOutput(output, own, writer);
  writeOwn(wire, part.extensions);
  return wire;
}

/** One text is plain text; everything else is a list. */
function joinOutput(output: Json[], own: JsonObject | undefined, writer: ResponsesWriter): Json {
  const first = output[0];
  const isPlain = writer.isOwn
    ? own?.$output === 'string'
    : output.length === 1 &&
      isObject(first) &&
      first.type === 'input_text' &&
      Object.keys(first).length === 2;
  if (isPlain) return isObject(first) ? (first.text ?? '') : '';
  return output.length === 0 && !writer.isOwn ? '' : output;
}

/** The wire has no flag for a failure, so the text says it. */
function markError(output: Json[], writer: ResponsesWriter): void {
  warnHere(writer, 'approximated', "a failed result is told by 'Error: ' before its text", '/isError');
  const first = output[0];
  if (!isObject(first) || typeof first.text !== 'string')
    output.unshift({ type: 'input_text', text: 'Error: the tool failed' });
  else if (!/^error\b/i.test(first.text)) output[0] = { ...first, text: `Error: ${first.text}` };
}

/** Reasoning is replayed to the family that signed it; without a signature only where the service takes plain text. */
function encodeReasoning(
  part: ReasoningPart,
  message: Message,
  writer: ResponsesWriter,
): JsonObject | undefined {
  const isOwnText = part.signature === undefined || part.signature.dialect === DIALECT;
  if (writer.isOwn && isOwnText && ownFields(part.extensions)?.$unsigned !== true)
    return encodeReasoningItem(part, {});
  const signature = replayable(part.signature, writer.family);
  if (
    signature !== undefined &&
    writer.responses.encryptedReasoning !== false &&
    message.role === 'assistant'
  ) {
    // No id: the service would compare it with the one inside ("item_id did not match the target item id").
    const summary = part.text === '' ? [] : [{ type: 'summary_text', text: part.text }];
    return { type: 'reasoning', summary, encrypted_content: signature };
  }
  if (part.text !== '' && writer.responses.reasoningText === true && part.signature === undefined)
    return { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: part.text }] };
  if (part.text !== '' || part.signature !== undefined) {
    const who = part.signature?.family ?? part.signature?.dialect;
    const text =
      who === undefined
        ? 'reasoning without a signature cannot be replayed'
        : `reasoning signed by '${who}' cannot be replayed here`;
    warnHere(writer, 'dropped', text);
  }
  return undefined;
}
