import {
  isObject,
  type Json,
  type JsonObject,
  type Part,
  type ReasoningPart,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
} from '@dragoman/plugin-sdk';
import { encodeCitation } from './citations.ts';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { wrapSignature } from './signatures.ts';

/** The block a client gets for one part; `undefined` when this dialect has none. */
export function encodeReplyPart(part: Part): Json | undefined {
  const block = encodeReplyBlock(part);
  if (part.type !== 'opaque' && isObject(block)) writeOwn(block, part.extensions);
  return block;
}

function encodeReplyBlock(part: Part): Json | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part);
    case 'refusal':
      return { type: 'text', text: part.text };
    case 'json':
      return { type: 'text', text: JSON.stringify(part.value) };
    case 'reasoning':
      return encodeReasoning(part);
    case 'tool-call':
      return encodeReplyCall(part, parseInput(part));
    case 'tool-result':
      return encodeReplyResult(part);
    case 'opaque':
      return part.dialect === DIALECT ? part.value : undefined;
    case 'media':
      return undefined;
  }
}

function encodeText(part: TextPart): JsonObject {
  const block: JsonObject = { type: 'text', text: part.text };
  if (part.citations !== undefined) block.citations = part.citations.map(encodeCitation);
  return block;
}

function encodeReasoning(part: ReasoningPart): JsonObject | undefined {
  if (part.redacted) {
    return part.signature === undefined
      ? undefined
      : { type: 'redacted_thinking', data: wrapSignature(part.signature) };
  }
  const signature = part.signature === undefined ? '' : wrapSignature(part.signature);
  return { type: 'thinking', thinking: part.text, signature };
}

/** The only tool other services run that clients of this dialect know; they check the name against a closed list. */
const SEARCH = 'web_search';

/** The block of a call; a stream sends it with an empty input first. `undefined`: a hosted tool clients do not know. */
export function encodeReplyCall(
  part: {
    id: string;
    name: string;
    namespace?: string;
    kind: ToolCallPart['kind'];
    extensions?: Part['extensions'];
  },
  input: Json,
): JsonObject | undefined {
  const type = ownFields(part.extensions)?.$type;
  if (part.kind === 'hosted') {
    if (type === undefined && part.name !== SEARCH) return undefined;
    const block: JsonObject = { type: type ?? 'server_tool_use', id: part.id, name: part.name };
    if (part.namespace !== undefined) block.server_name = part.namespace;
    block.input = input;
    return block;
  }
  const name = part.namespace === undefined ? part.name : `${part.namespace}__${part.name}`;
  return { type: 'tool_use', id: part.id, name, input };
}

/** Clients read an object: text that does not parse to one is put in one. */
function parseInput(part: ToolCallPart): Json {
  if (part.kind === 'custom') return { input: part.input };
  if (part.input === '') return {};
  try {
    const input: Json = JSON.parse(part.input);
    return isObject(input) || ownFields(part.extensions) !== undefined ? input : { input };
  } catch {
    return { input: part.input };
  }
}

/** The block of what a hosted tool gave. Of other services' tools only the finds of a search have one. */
export function encodeReplyResult(part: ToolResultPart): JsonObject | undefined {
  const type = ownFields(part.extensions)?.$type;
  if (part.hosted !== true) return undefined;
  const only = part.output[0];
  const isFinds =
    part.output.length <= 1 && (only === undefined || (only.type === 'json' && Array.isArray(only.value)));
  if (type === undefined && !(isFinds && (part.name ?? SEARCH) === SEARCH)) return undefined;
  const block: JsonObject = {
    type: type ?? `${SEARCH}_tool_result`,
    tool_use_id: part.callId,
    content: only?.type === 'json' ? only.value : [],
  };
  if (part.isError !== undefined) block.is_error = part.isError;
  writeOwn(block, part.extensions);
  return block;
}
