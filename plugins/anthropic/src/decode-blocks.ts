import {
  isObject,
  type Json,
  type JsonObject,
  type JsonPart,
  leftover,
  type MediaPart,
  type OpaquePart,
  type Part,
  type PartBase,
  type ReasoningPart,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
} from '@dragoman/plugin-sdk';
import { readCache } from './cache.ts';
import { decodeCitation } from './citations.ts';
import { DIALECT, FAMILY } from './dialect.ts';
import { decodeMedia, decodeSearchResult } from './media.ts';
import { carriedSignature, unwrapSignature } from './signatures.ts';

const TEXT_FIELDS = new Set(['type', 'text', 'citations', 'cache_control']);
const THINKING_FIELDS = new Set(['type', 'thinking', 'signature', 'cache_control']);
const REDACTED_FIELDS = new Set(['type', 'data', 'cache_control']);
const CALL_FIELDS = new Set(['type', 'id', 'name', 'input', 'cache_control']);
const MCP_CALL_FIELDS = new Set([...CALL_FIELDS, 'server_name']);
const RESULT_FIELDS = new Set(['type', 'tool_use_id', 'content', 'is_error', 'cache_control']);

/** Any content block, of a request or a reply. A block of an unknown or unexpected shape is kept whole. */
export function decodeBlock(block: Json, family: string): Part {
  if (!isObject(block)) return opaqueBlock(block);
  switch (block.type) {
    case 'text':
      return decodeText(block) ?? opaqueBlock(block);
    case 'thinking':
      return decodeThinking(block, family) ?? opaqueBlock(block);
    case 'redacted_thinking':
      return decodeRedacted(block, family) ?? opaqueBlock(block);
    case 'tool_use':
    case 'server_tool_use':
    case 'mcp_tool_use':
      return decodeCall(block) ?? opaqueBlock(block);
    case 'tool_result':
      return decodeResult(block, family) ?? opaqueBlock(block);
    case 'image':
    case 'document':
      return decodeMedia(block) ?? opaqueBlock(block);
    case 'search_result':
      return decodeSearchResult(block) ?? opaqueBlock(block);
    default:
      return decodeHostedResult(block) ?? opaqueBlock(block);
  }
}

export function decodeBlocks(blocks: Json[], family: string): Part[] {
  const parts: Part[] = [];
  for (const block of blocks) {
    const carried = carriedSignature(block);
    const owner = parts.at(-1);
    if (carried !== undefined && owner !== undefined) owner.signature = carried;
    else parts.push(decodeBlock(block, family));
  }
  return parts;
}

function opaqueBlock(value: Json): OpaquePart {
  return { type: 'opaque', dialect: DIALECT, family: FAMILY, value };
}

function finish<Decoded extends PartBase>(
  part: Decoded,
  own: JsonObject | undefined,
  block: JsonObject,
): Decoded {
  if (own !== undefined) part.extensions = { [DIALECT]: own };
  if (block.cache_control !== undefined) readCache(part, block.cache_control);
  return part;
}

function decodeText(block: JsonObject): TextPart | undefined {
  if (typeof block.text !== 'string') return undefined;
  const part: TextPart = { type: 'text', text: block.text };
  let own = leftover(block, TEXT_FIELDS);
  if (Array.isArray(block.citations)) part.citations = block.citations.map(decodeCitation);
  else if (block.citations !== undefined) {
    own ??= {};
    own.citations = block.citations;
  }
  return finish(part, own, block);
}

function decodeThinking(block: JsonObject, family: string): ReasoningPart | undefined {
  if (typeof block.thinking !== 'string') return undefined;
  const part: ReasoningPart = { type: 'reasoning', text: block.thinking };
  // Clients write an empty one on thoughts of others, which came without: no loss to tell of.
  if (typeof block.signature === 'string' && block.signature !== '') {
    part.signature = unwrapSignature(block.signature, family);
  }
  return finish(part, leftover(block, THINKING_FIELDS), block);
}

function decodeRedacted(block: JsonObject, family: string): ReasoningPart | undefined {
  if (typeof block.data !== 'string') return undefined;
  const signature = unwrapSignature(block.data, family);
  const part: ReasoningPart = { type: 'reasoning', text: '', redacted: true, signature };
  return finish(part, leftover(block, REDACTED_FIELDS), block);
}

/** What calls are made of, apart from their input, which a stream sends later. */
export function decodeCallStart(block: JsonObject): ToolCallPart | undefined {
  if (typeof block.id !== 'string' || typeof block.name !== 'string') return undefined;
  const isHosted = block.type !== 'tool_use';
  const part: ToolCallPart = {
    type: 'tool-call',
    id: block.id,
    name: block.name,
    kind: isHosted ? 'hosted' : 'function',
    input: '',
  };
  let own: JsonObject | undefined;
  if (block.type === 'mcp_tool_use' && typeof block.server_name === 'string') {
    part.namespace = block.server_name;
    own = leftover(block, MCP_CALL_FIELDS);
  } else {
    own = leftover(block, CALL_FIELDS);
  }
  if (isHosted) {
    own ??= {};
    own.$type = block.type;
  }
  return finish(part, own, block);
}

function decodeCall(block: JsonObject): ToolCallPart | undefined {
  const part = decodeCallStart(block);
  if (part !== undefined) part.input = JSON.stringify(block.input ?? {});
  return part;
}

function decodeResult(block: JsonObject, family: string): ToolResultPart | undefined {
  if (typeof block.tool_use_id !== 'string') return undefined;
  const part: ToolResultPart = { type: 'tool-result', callId: block.tool_use_id, output: [] };
  let own = leftover(block, RESULT_FIELDS);
  if (typeof block.content === 'string') {
    part.output.push({ type: 'text', text: block.content });
    own ??= {};
    own.$content = 'string';
  } else if (Array.isArray(block.content)) {
    for (const item of block.content) part.output.push(outputPart(decodeBlock(item, family), item));
    if (part.output.length === 0) {
      own ??= {};
      own.$content = 'blocks';
    }
  } else if (block.content !== undefined) {
    own ??= {};
    own.content = block.content;
  }
  if (typeof block.is_error === 'boolean') part.isError = block.is_error;
  else if (block.is_error !== undefined) {
    own ??= {};
    own.is_error = block.is_error;
  }
  return finish(part, own, block);
}

function outputPart(part: Part, block: Json): TextPart | MediaPart | JsonPart | OpaquePart {
  switch (part.type) {
    case 'text':
    case 'media':
    case 'json':
    case 'opaque':
      return part;
    default:
      return opaqueBlock(block);
  }
}

const HOSTED_RESULT = '_tool_result';
const HOSTED_FIELDS = new Set(['type', 'tool_use_id', 'content', 'is_error', 'cache_control']);

/** `web_search_tool_result` and its like: answers of tools the service ran itself. */
function decodeHostedResult(block: JsonObject): ToolResultPart | undefined {
  const type = block.type;
  if (typeof type !== 'string' || !type.endsWith(HOSTED_RESULT) || typeof block.tool_use_id !== 'string') {
    return undefined;
  }
  if (block.content === undefined) return undefined;
  const own: JsonObject = leftover(block, HOSTED_FIELDS) ?? {};
  own.$type = type;
  const part: ToolResultPart = {
    type: 'tool-result',
    callId: block.tool_use_id,
    name: type.slice(0, -HOSTED_RESULT.length),
    hosted: true,
    output: [{ type: 'json', value: block.content }],
  };
  if (typeof block.is_error === 'boolean') part.isError = block.is_error;
  else if (block.is_error !== undefined) own.is_error = block.is_error;
  return finish(part, own, block);
}
