import {
  type CanonicalRequest,
  isObject,
  type Json,
  type JsonObject,
  type Message,
  type Part,
  pairCalls,
  type ToolCallPart,
  warnHere,
  warnLost,
} from '@dragoman/plugin-sdk';
import { encodeCache } from './cache.ts';
import { DIALECT, ownFields } from './dialect.ts';
import { encodeContentPart, joinContent } from './encode-content.ts';
import { encodeReasoning, repeatReasoning } from './encode-reasoning.ts';
import { encodeToolResult, type ToolResult } from './encode-tool-result.ts';
import { encodeToolCall, isLegacy } from './tool-calls.ts';
import { wireToolId, wireToolName } from './tool-names.ts';
import { type RequestWriter, takesCache, warnForeign, writeKept } from './writer.ts';

export function encodeMessages(request: CanonicalRequest, writer: RequestWriter): JsonObject[] {
  const messages: JsonObject[] = [];
  const said = writer.isOwn ? request.messages : pairCalls(request.messages, writer);
  for (let index = 0; index < said.length; index++) {
    const message = said[index];
    if (message === undefined) continue;
    writer.message = index;
    writer.part = -1;
    warnForeign(writer, message.extensions);
    writer.cacheOnMessage = ownFields(message.extensions)?.$cache === 'message';
    if (message.role === 'assistant') encodeAssistant(message, messages, writer);
    else encodeTurn(message, messages, writer);
  }
  writer.message = -1;
  return messages;
}

/** A system, user or tool message. Tool results become messages of their own, before what else the turn says. */
function encodeTurn(message: Message, messages: JsonObject[], writer: RequestWriter): void {
  const own = ownFields(message.extensions);
  const content: Json[] = [];
  let moved: Json[] | undefined;
  let results = 0;
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    if (part.type === 'tool-result') {
      const result: ToolResult = encodeToolResult(part, message, writer);
      if (result.message !== undefined) messages.push(result.message);
      if (result.media !== undefined) moved = moved === undefined ? result.media : moved.concat(result.media);
      results++;
      continue;
    }
    const encoded = encodeTurnPart(part, message.role, writer);
    if (encoded !== undefined) content.push(encoded);
  }
  if (moved !== undefined) content.unshift(...moved);
  if (results > 0 && content.length === 0) return;
  if (content.length === 0 && !writer.isOwn) return;
  const wire: JsonObject = { role: roleOf(message, writer) };
  const joined = joinContent(content, own?.$content, {}, writer);
  if (joined !== undefined) wire.content = joined;
  writer.part = -1;
  finish(wire, message, writer);
  messages.push(wire);
}

function encodeTurnPart(part: Part, role: Message['role'], writer: RequestWriter): Json | undefined {
  switch (part.type) {
    case 'media':
      if (role !== 'system' || writer.isOwn) return encodeContentPart(part, writer);
      warnHere(writer, 'unsupported', 'a system message holds only text');
      return undefined;
    case 'refusal':
    case 'reasoning':
      if (ownFields(part.extensions) !== undefined) return encodeContentPart(part, writer);
      warnHere(writer, 'dropped', `a '${part.type}' outside an assistant message is left out`);
      return undefined;
    default:
      return encodeContentPart(part, writer);
  }
}

function roleOf(message: Message, writer: RequestWriter): string {
  if (message.role === 'tool') return 'user';
  if (message.role !== 'system') return message.role;
  return (
    writer.options.systemRole ??
    (ownFields(message.extensions)?.$role === 'developer' ? 'developer' : 'system')
  );
}

function finish(wire: JsonObject, message: Message, writer: RequestWriter): void {
  if (message.name !== undefined) wire.name = message.name;
  if (message.extensions === undefined) return;
  if (writer.cacheOnMessage) writeMessageCache(wire, message, writer);
  writeKept(writer, wire, message.extensions);
}

function writeMessageCache(wire: JsonObject, message: Message, writer: RequestWriter): void {
  const cache = message.parts.at(-1)?.cache;
  if (cache !== undefined && takesCache(writer)) wire.cache_control = encodeCache(cache);
}

function encodeAssistant(message: Message, messages: JsonObject[], writer: RequestWriter): void {
  const wire: JsonObject = { role: 'assistant' };
  const content: Json[] = [];
  const calls: Json[] = [];
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    encodeAssistantPart(part, wire, content, calls, writer);
  }
  const form = ownFields(message.extensions)?.$content;
  const hasMore = calls.length > 0 || wire.refusal !== undefined || wire.function_call !== undefined;
  if (!writer.isOwn && content.length === 0 && !hasMore) return;
  const joined =
    content.length === 0 && form === undefined ? null : joinContent(content, form, { joint: '' }, writer);
  if (joined !== undefined) wire.content = joined;
  if (calls.length > 0) wire.tool_calls = calls;
  if (writer.options.reasoningField === undefined) repeatReasoning(message, wire);
  writer.part = -1;
  if (writer.mustReason) wire.reasoning_content ??= writer.options.reasoningStandIn;
  finish(wire, message, writer);
  messages.push(wire);
}

function encodeAssistantPart(
  part: Part,
  wire: JsonObject,
  content: Json[],
  calls: Json[],
  writer: RequestWriter,
): void {
  const place = ownFields(part.extensions)?.$place;
  switch (part.type) {
    case 'reasoning':
      if (place === 'content') break;
      encodeReasoning(part, wire, writer);
      return;
    case 'refusal':
      if (place === 'content') break;
      warnLost(part, ['logprobs'], writer);
      if (part.cache !== undefined) takesCache(writer);
      warnForeign(writer, part.extensions);
      wire.refusal = typeof wire.refusal === 'string' ? wire.refusal + part.text : part.text;
      return;
    case 'tool-call':
      encodeCall(part, wire, calls, writer);
      return;
    case 'tool-result':
      warnHere(writer, 'dropped', 'the result of a tool another service ran itself cannot be replayed');
      return;
    case 'media':
      if (writer.isOwn) break;
      warnHere(writer, 'unsupported', 'an assistant message holds only text');
      return;
    case 'opaque':
      if (part.dialect === DIALECT && place === 'tool_calls') {
        calls.push(part.value);
        return;
      }
      if (part.dialect === DIALECT && place === 'reasoning_details') {
        const details = wire.reasoning_details;
        if (Array.isArray(details)) details.push(part.value);
        else wire.reasoning_details = [part.value];
        return;
      }
      break;
    default:
  }
  const encoded = encodeContentPart(part, writer);
  if (encoded === undefined) return;
  // Empty texts say nothing, and some services refuse them.
  if (!writer.isOwn && isObject(encoded) && encoded.text === '') return;
  content.push(encoded);
}

function encodeCall(part: ToolCallPart, wire: JsonObject, calls: Json[], writer: RequestWriter): void {
  if (part.kind === 'hosted') {
    warnHere(writer, 'dropped', 'a call of a tool another service ran itself cannot be replayed');
    return;
  }
  if (part.cache !== undefined) takesCache(writer);
  warnForeign(writer, part.extensions);
  if (isLegacy(part)) {
    wire.function_call = { name: part.name, arguments: part.input };
    return;
  }
  // A service that takes no reasoning back takes no signature either.
  const takesExtra = writer.options.reasoningField !== 'none';
  if (
    part.signature !== undefined &&
    part.signature.family !== writer.family &&
    !(writer.isOwn && takesExtra)
  ) {
    warnHere(writer, 'dropped', 'a signature of another service cannot be replayed here', '/signature');
  }
  const name = wireToolName(part.name, part.namespace, writer);
  const { isOwn, family } = writer;
  const form = { id: wireToolId(part.id, writer), name, isOwn, family, takesExtra };
  if (part.kind === 'custom' && writer.options.customTools === false) {
    calls.push(
      encodeToolCall({ ...part, kind: 'function', input: JSON.stringify({ input: part.input }) }, form),
    );
  } else {
    calls.push(encodeToolCall(part, form));
  }
}
