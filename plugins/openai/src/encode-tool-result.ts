import {
  assign,
  isObject,
  type Json,
  type JsonObject,
  type Message,
  type ToolResultPart,
  warnHere,
  warnLost,
} from '@dragoman/plugin-sdk';
import { writeCache } from './cache.ts';
import { ownFields } from './dialect.ts';
import { encodeContentPart, joinContent } from './encode-content.ts';
import { wireToolId } from './tool-names.ts';
import { type RequestWriter, takesCache, warnForeign, writeKept } from './writer.ts';

export interface ToolResult {
  message?: JsonObject;
  /** What a tool message cannot hold: it follows in the user's turn. */
  media?: Json[];
}

/** The `tool` message of one result. The service takes only text in it. */
export function encodeToolResult(part: ToolResultPart, message: Message, writer: RequestWriter): ToolResult {
  if (part.hosted === true) {
    warnHere(writer, 'dropped', 'the result of a tool another service ran itself cannot be replayed');
    return {};
  }
  const own = ownFields(message.extensions);
  const isFunction = own?.$role === 'function';
  const content: Json[] = [];
  const media = encodeOutput(part, content, writer);
  const wire: JsonObject = { role: isFunction ? 'function' : 'tool' };
  if (!isFunction) wire.tool_call_id = wireToolId(part.callId, writer);
  warnLost(part, [], writer);
  if (part.isError === true) markError(content, writer);
  if (part.cache !== undefined) placeCache(part, wire, content, writer);
  const joined = joinContent(content, own?.$content, { joint: '\n\n' }, writer);
  if (joined !== undefined) wire.content = joined;
  // The name of a foreign result only helps services that have no ids; this one has, and may refuse the field.
  if (part.name !== undefined && (writer.isOwn || isFunction)) wire.name = part.name;
  warnForeign(writer, part.extensions);
  writeKept(writer, wire, message.extensions);
  return media === undefined ? { message: wire } : { message: wire, media };
}

function encodeOutput(part: ToolResultPart, content: Json[], writer: RequestWriter): Json[] | undefined {
  let media: Json[] | undefined;
  for (let index = 0; index < part.output.length; index++) {
    const output = part.output[index];
    if (output === undefined) continue;
    writer.output = index;
    const encoded = encodeContentPart(output, writer);
    if (encoded === undefined) continue;
    const isText = isObject(encoded) && encoded.type === 'text';
    if (isText || writer.isOwn || writer.options.toolMedia === true) {
      content.push(encoded);
      continue;
    }
    warnHere(writer, 'approximated', 'a tool result holds only text here: this follows in a user message');
    media ??= [{ type: 'text', text: `Part of the result of tool call ${wireToolId(part.callId, writer)}:` }];
    media.push(encoded);
  }
  writer.output = -1;
  if (media !== undefined && content.length === 0) {
    content.push({ type: 'text', text: 'The result follows in the next message.' });
  }
  return media;
}

/** The wire has no flag for a failure, so the text says it. */
function markError(content: Json[], writer: RequestWriter): void {
  warnHere(writer, 'approximated', "a failed result is told by 'Error: ' before its text", '/isError');
  const first = content[0];
  if (!isObject(first) || typeof first.text !== 'string')
    content.unshift({ type: 'text', text: 'Error: the tool failed' });
  else if (!/^error\b/i.test(first.text)) first.text = `Error: ${first.text}`;
}

function placeCache(part: ToolResultPart, wire: JsonObject, content: Json[], writer: RequestWriter): void {
  if (part.cache === undefined) return;
  const last = content.at(-1);
  if (!writer.cacheOnMessage && !isObject(last)) {
    takesCache(writer);
    return;
  }
  const control: JsonObject = {};
  writeCache(control, part, writer);
  if (writer.cacheOnMessage) assign(wire, control);
  else if (isObject(last)) content[content.length - 1] = { ...control, ...last };
}
