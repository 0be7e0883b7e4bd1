import {
  type CanonicalRequest,
  type Json,
  type JsonObject,
  type Message,
  pairCalls,
} from '@dragoman/plugin-sdk';
import { ownFields, writeOwn } from './dialect.ts';
import { encodePart } from './encode-blocks.ts';
import { regroup } from './regroup.ts';
import type { EncodedMessages } from './turns.ts';
import type { RequestWriter } from './writer.ts';

/** A request of this dialect goes back as it came; any other is regrouped into turns. */
export function encodeMessages(request: CanonicalRequest, writer: RequestWriter): EncodedMessages {
  return writer.isOwn
    ? writeBack(request.messages, writer)
    : regroup(pairCalls(request.messages, writer), writer);
}

function writeBack(messages: Message[], writer: RequestWriter): EncodedMessages {
  const encoded: EncodedMessages = { messages: [] };
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    writer.message = index;
    const own = ownFields(message.extensions);
    const only = message.parts[0];
    const content =
      own?.$content === 'string' && only?.type === 'text' ? only.text : encodeParts(message, writer);
    if (message.role === 'system' && own?.$place !== 'messages') {
      const attribution = own?.$attribution;
      encoded.system =
        attribution !== undefined && Array.isArray(content) ? [attribution, ...content] : content;
      continue;
    }
    const wire: JsonObject = { role: message.role === 'tool' ? 'user' : message.role, content };
    writeOwn(wire, message.extensions);
    encoded.messages.push(wire);
  }
  return encoded;
}

function encodeParts(message: Message, writer: RequestWriter): Json[] {
  const blocks: Json[] = [];
  for (let index = 0; index < message.parts.length; index++) {
    const part = message.parts[index];
    if (part === undefined) continue;
    writer.part = index;
    const block = encodePart(part, writer);
    if (block !== undefined) blocks.push(block);
  }
  writer.part = -1;
  return blocks;
}
