import {
  type CanonicalRequest,
  type Json,
  type JsonObject,
  type Message,
  replayable,
} from '@dragoman/plugin-sdk';
import { ownFields, writeOwn } from './dialect.ts';
import { encodePart } from './encode-parts.ts';
import { signCalls } from './signatures.ts';
import type { RequestWriter } from './writer.ts';

export interface EncodedContents {
  systemInstruction?: Json;
  contents: JsonObject[];
}

/** A request of this dialect goes back as it came. */
export function writeBack({ messages }: CanonicalRequest, writer: RequestWriter): EncodedContents {
  const encoded: EncodedContents = { contents: [] };
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (message === undefined) continue;
    writer.message = index;
    const content = writeContent(message, writer);
    if (message.role === 'system' && ownFields(message.extensions)?.$place === undefined) {
      encoded.systemInstruction = content;
    } else {
      encoded.contents.push(content);
    }
  }
  return encoded;
}

function writeContent(message: Message, writer: RequestWriter): JsonObject {
  const own = ownFields(message.extensions);
  const content: JsonObject = {};
  if (own?.$role !== undefined) {
    if (own.$role !== false) content.role = own.$role;
  } else if (message.role === 'assistant') content.role = 'model';
  else if (message.role === 'tool') content.role = 'function';
  else if (message.role === 'user') content.role = 'user';
  else if (own?.$place !== undefined) content.role = 'system';
  if (own?.$parts === undefined) {
    const parts: Json[] = [];
    for (let index = 0; index < message.parts.length; index++) {
      const part = message.parts[index];
      if (part === undefined) continue;
      writer.part = index;
      const encoded = encodePart(part, writer);
      if (encoded !== undefined) parts.push(encoded);
    }
    writer.part = -1;
    if (writer.rules.signedCalls && hasForeign(message, writer)) signCalls(parts);
    content.parts = parts;
  } else if (own.$parts !== false) {
    content.parts = own.$parts;
  }
  writeOwn(content, message.extensions);
  return content;
}

/** Something in it was signed by another family, which stays behind. */
function hasForeign({ role, parts }: Message, { family }: RequestWriter): boolean {
  return (
    role === 'assistant' &&
    parts.some(({ signature }) => signature !== undefined && replayable(signature, family) === undefined)
  );
}
