import {
  isObject,
  type JsonObject,
  type Part,
  type ToolCallPart,
  type TranslateContext,
  unwrapInput,
} from '@dragoman/plugin-sdk';

/** What `encodeRequest` leaves for the steps that read the reply. */
export interface UpstreamMemo {
  /** Client names of the tools whose name had to change, by wire name. */
  toolNames?: JsonObject;
  /** Wire names of free-text tools: their calls are unwrapped. */
  customTools?: string[];
}

/** Undoes to a call what the request step did to tools the service does not have. Changes the part it is given. */
export function restoreCall(part: ToolCallPart, context: TranslateContext): ToolCallPart {
  const { memo } = context;
  if (!isObject(memo)) return part;
  const wireName = part.name;
  const named = isObject(memo.toolNames) ? memo.toolNames[wireName] : undefined;
  if (isObject(named) && typeof named.name === 'string') {
    part.name = named.name;
    if (typeof named.namespace === 'string') part.namespace = named.namespace;
  }
  if (Array.isArray(memo.customTools) && memo.customTools.includes(wireName)) {
    part.kind = 'custom';
    part.input = unwrapInput(part.input);
  }
  return part;
}

export function restorePart(part: Part, context: TranslateContext): Part {
  return part.type === 'tool-call' ? restoreCall(part, context) : part;
}
