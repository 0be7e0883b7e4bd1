import {
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type MediaPart,
  type Part,
  type ToolCallPart,
  type ToolResultPart,
} from '@dragoman/plugin-sdk';

import { decodeContent } from './decode-content.ts';
import { decodeReasoning } from './decode-reasoning.ts';
import { DIALECT, makeOwn } from './dialect.ts';

/**
 * An item that is no message, as one part. `family`: of the upstream that gave it; absent: a client gave it. Fields the
 * hub has no word for stay in `$item`: they only tell one item from another. Unknown items are kept whole.
 */
export function decodeItem(item: Json, family: string | undefined): Part {
  const part = isObject(item) ? readItem(item, family) : undefined;
  return part ?? { type: 'opaque', dialect: DIALECT, value: item };
}

function readItem(item: JsonObject, family: string | undefined): Part | undefined {
  switch (item.type) {
    case 'reasoning':
      return decodeReasoning(item, family);
    case 'function_call':
    case 'custom_tool_call':
      return readCall(item);
    case 'function_call_output':
    case 'custom_tool_call_output':
      return readResult(item);
    case 'web_search_call':
      return readSearch(item);
    case 'image_generation_call':
      return readImage(item);
    default:
      return undefined;
  }
}

/** Keeps what is left of an item beside the part it became. */
export function keepItem(part: Part, item: JsonObject, read: ReadonlySet<string>): void {
  const own = makeOwn(part);
  if (typeof item.id === 'string') own.$id = item.id;
  own.$item = leftover(item, read) ?? {};
}

const FUNCTION_FIELDS = new Set(['type', 'call_id', 'name', 'namespace', 'arguments']);
const CUSTOM_FIELDS = new Set(['type', 'call_id', 'name', 'namespace', 'input']);

function readCall(item: JsonObject): ToolCallPart | undefined {
  const isCustom = item.type === 'custom_tool_call';
  const { call_id: id, name, namespace } = item;
  const input = isCustom ? item.input : item.arguments;
  if (typeof id !== 'string' || typeof name !== 'string' || typeof input !== 'string') return undefined;
  if (namespace !== undefined && typeof namespace !== 'string') return undefined;
  const part: ToolCallPart = { type: 'tool-call', id, name, kind: isCustom ? 'custom' : 'function', input };
  if (namespace !== undefined) part.namespace = namespace;
  keepItem(part, item, isCustom ? CUSTOM_FIELDS : FUNCTION_FIELDS);
  return part;
}

const RESULT_FIELDS = new Set(['type', 'call_id', 'output']);

function readResult(item: JsonObject): ToolResultPart | undefined {
  const { call_id: callId, output } = item;
  if (typeof callId !== 'string') return undefined;
  const part: ToolResultPart = { type: 'tool-result', callId, output: [] };
  if (typeof output === 'string') {
    part.output.push({ type: 'text', text: output });
    makeOwn(part).$output = 'string';
  } else if (Array.isArray(output)) {
    for (const wire of output) {
      const content = decodeContent(wire, false);
      if (content.type === 'refusal') part.output.push({ type: 'opaque', dialect: DIALECT, value: wire });
      else part.output.push(content);
    }
  } else {
    return undefined;
  }
  if (item.type === 'custom_tool_call_output') makeOwn(part).$custom = true;
  keepItem(part, item, RESULT_FIELDS);
  return part;
}

const SEARCH_FIELDS = new Set(['type', 'id', 'action']);

/** The service's own search: a call that was already run. What it looked for stands in `action`. */
function readSearch(item: JsonObject): ToolCallPart | undefined {
  const { id, action } = item;
  if (typeof id !== 'string' || (action !== undefined && !isObject(action))) return undefined;
  const input = action === undefined ? '' : JSON.stringify(action);
  const part: ToolCallPart = { type: 'tool-call', id, name: 'web_search', kind: 'hosted', input };
  keepItem(part, item, SEARCH_FIELDS);
  return part;
}

const IMAGE_FIELDS = new Set(['type', 'result']);

/** An image the model made. */
function readImage(item: JsonObject): MediaPart | undefined {
  const { result, output_format: format } = item;
  if (typeof result !== 'string' || result === '') return undefined;
  const mediaType = typeof format === 'string' ? `image/${format}` : 'image/png';
  const part: MediaPart = { type: 'media', mediaType, source: { type: 'base64', data: result } };
  keepItem(part, item, IMAGE_FIELDS);
  makeOwn(part).$generated = true;
  return part;
}
