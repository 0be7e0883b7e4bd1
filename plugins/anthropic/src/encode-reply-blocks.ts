import type {
  Json,
  JsonObject,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '@dragoman/plugin-sdk';
import { encodeCitation } from './citations.ts';
import { DIALECT, isObject, ownFields, writeOwn } from './dialect.ts';
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

/** The block of a call; a stream sends it with an empty input first. */
export function encodeReplyCall(
  part: {
    id: string;
    name: string;
    namespace?: string;
    kind: ToolCallPart['kind'];
    extensions?: Part['extensions'];
  },
  input: Json,
): JsonObject {
  const type = ownFields(part.extensions)?.$type;
  if (part.kind === 'hosted') {
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

export const LOST_OUTPUT = 'the result of a hosted tool is shown only if it is one JSON value';

/** True when the block of a hosted result cannot hold what the tool gave: it takes one JSON value. */
export function losesOutput({ hosted, output }: ToolResultPart): boolean {
  return hosted === true && output.length > 0 && (output.length > 1 || output[0]?.type !== 'json');
}

export function encodeReplyResult(part: ToolResultPart): JsonObject | undefined {
  const type = ownFields(part.extensions)?.$type;
  if (part.hosted !== true) return undefined;
  const only = part.output[0];
  const block: JsonObject = {
    type: type ?? `${part.name ?? 'web_search'}_tool_result`,
    tool_use_id: part.callId,
    content: only?.type === 'json' ? only.value : [],
  };
  if (part.isError !== undefined) block.is_error = part.isError;
  writeOwn(block, part.extensions);
  return block;
}
