import { type Frame, isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

/**
 * Since the API of 2026-10-21 these fields are always there, if only as null; its SDK's types say so (1.12, seen
 * 2026-11). What a reply has already stays.
 */
const MESSAGE = { container: null, diagnostics: null, stop_details: null };
const COUNTED = {
  cache_creation_input_tokens: null,
  cache_read_input_tokens: null,
  output_tokens_details: null,
  server_tool_use: null,
};
const USAGE = { ...COUNTED, cache_creation: null, inference_geo: null, service_tier: null, speed: null };
const DELTA = { container: null, stop_details: null };
const DELTA_USAGE = { ...COUNTED, input_tokens: null };

/** A whole message. */
export function fillMessage(message: JsonObject): JsonObject {
  const filled: JsonObject = { ...MESSAGE, ...message };
  if (isObject(filled.usage)) filled.usage = { ...USAGE, ...filled.usage };
  if (Array.isArray(filled.content)) filled.content = filled.content.map(fillBlock);
  return filled;
}

function fillBlock(block: Json): Json {
  if (!isObject(block)) return block;
  if (block.type === 'text') return { citations: null, ...block };
  return block.type === 'tool_use' ? { caller: { type: 'direct' }, ...block } : block;
}

/** A frame of a stream. */
export function fillFrame(frame: Frame): Frame {
  const { data } = frame;
  if (!isObject(data)) return frame;
  switch (data.type) {
    case 'message_start':
      return isObject(data.message)
        ? { ...frame, data: { ...data, message: fillMessage(data.message) } }
        : frame;
    case 'content_block_start':
      return { ...frame, data: { ...data, content_block: fillBlock(data.content_block ?? null) } };
    case 'message_delta':
      return { ...frame, data: fillDelta(data) };
    default:
      return frame;
  }
}

function fillDelta(data: JsonObject): JsonObject {
  const filled = { ...data };
  if (isObject(filled.delta)) filled.delta = { ...DELTA, ...filled.delta };
  if (isObject(filled.usage)) filled.usage = { ...DELTA_USAGE, ...filled.usage };
  return filled;
}
