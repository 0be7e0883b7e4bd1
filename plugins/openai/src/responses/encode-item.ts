import {
  assign,
  isObject,
  type Json,
  type JsonObject,
  type MediaPart,
  type ReasoningPart,
  type ToolCallPart,
} from '@dragoman/plugin-sdk';

import { splitTexts } from './decode-reasoning.ts';
import { ownFields } from './dialect.ts';
import { UNSIGNED, wrapSignature } from './signatures.ts';

/**
 * Items that are no messages, for requests and replies alike. `head` is what tells the item from others (`id`,
 * `status`); an item that came in this dialect has its own.
 */
export function encodeCallItem(
  part: ToolCallPart,
  name: string,
  callId: string,
  head: JsonObject,
): JsonObject {
  const isCustom = part.kind === 'custom';
  const wire: JsonObject = { type: isCustom ? 'custom_tool_call' : 'function_call' };
  assign(wire, ownFields(part.extensions)?.$item ?? head);
  wire.call_id = callId;
  if (part.namespace !== undefined) wire.namespace = part.namespace;
  wire.name = name;
  wire[isCustom ? 'input' : 'arguments'] = part.input;
  return wire;
}

/** The service's own search, or one another service ran. */
export function encodeSearchItem(part: ToolCallPart, head: JsonObject): JsonObject {
  const own = ownFields(part.extensions);
  const wire: JsonObject = { type: 'web_search_call' };
  assign(wire, own?.$item ?? head);
  const id = own?.$id ?? head.id;
  if (id !== undefined) wire.id = id;
  const action = encodeAction(part.input, own !== undefined);
  if (action !== undefined) wire.action = action;
  return wire;
}

function encodeAction(input: string, isOwn: boolean): Json | undefined {
  if (isOwn && input === '') return undefined;
  let value: Json = input;
  try {
    value = JSON.parse(input) as Json;
  } catch {
    // What was looked for then is the text itself.
  }
  if (isOwn) return value;
  const query = isObject(value) ? value.query : value;
  return { type: 'search', query: typeof query === 'string' ? query : input };
}

/** Reasoning as the list it came from; text of another dialect is a summary, which is what clients show. */
export function encodeReasoningItem(part: ReasoningPart, head: JsonObject): JsonObject {
  const own = ownFields(part.extensions);
  const wire: JsonObject = { type: 'reasoning' };
  if (own === undefined || !isObject(own.$item)) {
    assign(wire, head);
    if (own === undefined) wire.encrypted_content = UNSIGNED;
    wire.summary = part.text === '' ? [] : splitTexts(part.text, 'summary', undefined);
  } else {
    assign(wire, own.$item);
    const source = own.$source;
    if (source === 'content' || source === 'summary')
      wire[source] = splitTexts(part.text, source, own.$lengths);
  }
  if (part.signature !== undefined) wire.encrypted_content = wrapSignature(part.signature);
  return wire;
}

/** An image the model made. */
export function encodeImageItem(part: MediaPart, data: string, head: JsonObject): JsonObject {
  const wire: JsonObject = { type: 'image_generation_call' };
  const own = ownFields(part.extensions);
  assign(wire, own?.$item ?? head);
  if (own === undefined) {
    const format = part.mediaType.slice(part.mediaType.indexOf('/') + 1);
    if (format !== '*') wire.output_format = format;
  }
  wire.result = data;
  return wire;
}
