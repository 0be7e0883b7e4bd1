import {
  isObject,
  type Json,
  type JsonObject,
  type OpaquePart,
  type Part,
  type PartDetail,
  type ReasoningPart,
  type TextPart,
  type ToolCallPart,
  type ToolResultPart,
  warnHere,
  warnLost,
} from '@dragoman/plugin-sdk';
import { writeCache } from './cache.ts';
import { ownCitation } from './citations.ts';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { encodeMedia } from './media.ts';
import { replayable } from './signatures.ts';
import { wireToolId } from './tool-ids.ts';
import { wireToolName } from './tool-names.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

/** The service refuses a request with more. */
const MAX_BREAKPOINTS = 4;

/** The block of one part of a request; `undefined`, with a warning, when the service has no place for it. */
export function encodePart(part: Part, writer: RequestWriter): Json | undefined {
  const block = encodeBlock(part, writer);
  if (block === undefined || part.type === 'opaque' || !isObject(block)) return block;
  warnLost(part, shownOf(part), writer);
  if (part.cache !== undefined) putBreakpoint(block, part, writer);
  if (part.extensions !== undefined) {
    writeOwn(block, part.extensions);
    warnForeign(writer, part.extensions);
  }
  return block;
}

/** Details there is a place for, or that are told of where they are looked at. */
function shownOf(part: Part): readonly PartDetail[] {
  switch (part.type) {
    case 'reasoning':
    case 'tool-call':
      return ['signature', 'namespace', 'logprobs'];
    case 'media':
      if (part.mediaType.startsWith('image/')) return ['detail'];
      return part.title === undefined ? ['detail', 'filename'] : ['detail', 'title'];
    default:
      return ['citations', 'logprobs'];
  }
}

function encodeBlock(part: Part, writer: RequestWriter): Json | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part, writer);
    case 'refusal':
      warnHere(writer, 'approximated', 'a refusal is sent as ordinary text');
      return { type: 'text', text: part.text };
    case 'json':
      return { type: 'text', text: JSON.stringify(part.value) };
    case 'reasoning':
      return encodeReasoning(part, writer);
    case 'media': {
      const block = encodeMedia(part, writer.isOwn);
      if (typeof block !== 'string') return encodedMedia(block, part.detail, writer);
      warnHere(writer, 'unsupported', block);
      return undefined;
    }
    case 'tool-call':
      return encodeCall(part, writer);
    case 'tool-result':
      return encodeResult(part, writer);
    case 'opaque':
      return encodeOpaque(part, writer);
  }
}

function putBreakpoint(block: JsonObject, part: Part, writer: RequestWriter): void {
  if (part.cache === undefined) return;
  if (!writer.rules.cacheControl) {
    warnHere(writer, 'dropped', 'the provider takes no cache breakpoints', '/cache');
    return;
  }
  // The service refuses a breakpoint on a thinking block.
  if (part.type === 'reasoning' && !writer.isOwn) {
    warnHere(writer, 'dropped', 'a thinking block cannot hold a cache breakpoint', '/cache');
    return;
  }
  if (!writer.isOwn && writer.breakpoints >= MAX_BREAKPOINTS) {
    warnHere(writer, 'dropped', `only ${MAX_BREAKPOINTS} cache breakpoints are accepted`, '/cache');
    return;
  }
  writer.breakpoints++;
  block.cache_control = writeCache(part.cache);
}

function encodeText(part: TextPart, writer: RequestWriter): JsonObject {
  const block: JsonObject = { type: 'text', text: part.text };
  if (part.citations !== undefined) {
    const citations: Json[] = [];
    let lost = 0;
    for (const citation of part.citations) {
      const own = ownCitation(citation);
      if (own === undefined) lost++;
      else citations.push(own);
    }
    if (lost === 0 || citations.length > 0) block.citations = citations;
    if (lost > 0) {
      warnHere(writer, 'dropped', 'citations of another service cannot be replayed', '/citations');
    }
  }
  return block;
}

function encodedMedia(block: JsonObject, detail: string | undefined, writer: RequestWriter): JsonObject {
  if (detail !== undefined && detail !== 'auto') {
    warnHere(writer, 'dropped', 'the resolution of an image cannot be chosen', '/detail');
  }
  return block;
}

/** Thinking is replayed only with a signature of the family that will check it; anything else is a 400. */
function encodeReasoning(part: ReasoningPart, writer: RequestWriter): JsonObject | undefined {
  const signature =
    writer.rules.signatures === 'any' && typeof part.signature?.value === 'string'
      ? part.signature.value
      : replayable(part.signature, writer.family);
  if (part.redacted && signature !== undefined) return { type: 'redacted_thinking', data: signature };
  if (signature !== undefined) return { type: 'thinking', thinking: part.text, signature };
  if (writer.rules.signatures === 'any' && !part.redacted) {
    return { type: 'thinking', thinking: part.text, signature: '' };
  }
  if (part.text !== '' || part.signature !== undefined) {
    const text =
      part.signature === undefined
        ? 'reasoning without a signature cannot be replayed'
        : `reasoning signed by '${part.signature.family ?? part.signature.dialect}' cannot be replayed here`;
    warnHere(writer, 'dropped', text);
    writer.hasLostThinking = true;
  }
  return undefined;
}

function encodeCall(part: ToolCallPart, writer: RequestWriter): JsonObject | undefined {
  const own = ownFields(part.extensions);
  if (part.kind === 'hosted') {
    const type = own?.$type;
    if (typeof type !== 'string') {
      warnHere(writer, 'dropped', 'a call of a tool another service ran cannot be replayed');
      return undefined;
    }
    const block: JsonObject = { type, id: part.id, name: part.name };
    if (part.namespace !== undefined) block.server_name = part.namespace;
    block.input = parseInput(part, writer);
    return block;
  }
  const name = wireToolName(writer, part.name, part.namespace);
  const id = wireToolId(writer, part.id);
  const input = part.kind === 'custom' ? { input: part.input } : parseInput(part, writer);
  if (part.signature !== undefined && replayable(part.signature, writer.family) === undefined) {
    warnHere(writer, 'dropped', 'a signature of another service cannot be replayed', '/signature');
  }
  return { type: 'tool_use', id, name, input };
}

/** The wire wants an object where the model may have written anything. */
function parseInput(part: ToolCallPart, writer: RequestWriter): Json {
  if (part.input === '') return {};
  try {
    const input: Json = JSON.parse(part.input);
    if (writer.isOwn || isObject(input)) return input;
  } catch {
    // Falls through: the warning below tells.
  }
  warnHere(writer, 'approximated', 'a tool input that is not a JSON object is sent as {}', '/input');
  return {};
}

export function encodeResult(part: ToolResultPart, writer: RequestWriter): JsonObject | undefined {
  const own = ownFields(part.extensions);
  if (part.hosted) return encodeHostedResult(part, own, writer);
  const block: JsonObject = { type: 'tool_result', tool_use_id: wireToolId(writer, part.callId) };
  const only = part.output.length === 1 ? part.output[0] : undefined;
  const isText =
    only?.type === 'text' && (own?.$content === 'string' || !writer.isOwn) && Object.keys(only).length === 2;
  if (isText) {
    block.content = only.text;
  } else if (part.output.length > 0 || own?.$content === 'blocks') {
    const content: Json[] = [];
    for (let index = 0; index < part.output.length; index++) {
      writer.output = index;
      const item = part.output[index];
      const encoded = item === undefined ? undefined : encodePart(item, writer);
      if (encoded !== undefined && !isEmptyText(encoded, writer)) content.push(encoded);
    }
    writer.output = -1;
    block.content = content;
  }
  if (part.isError !== undefined) block.is_error = part.isError;
  return block;
}

function isEmptyText(block: Json, writer: RequestWriter): boolean {
  return !writer.isOwn && isObject(block) && block.type === 'text' && block.text === '';
}

function encodeHostedResult(
  part: ToolResultPart,
  own: JsonObject | undefined,
  writer: RequestWriter,
): JsonObject | undefined {
  const only = part.output[0];
  if (typeof own?.$type !== 'string' || only?.type !== 'json') {
    warnHere(writer, 'dropped', 'a result of a tool another service ran cannot be replayed');
    return undefined;
  }
  const block: JsonObject = { type: own.$type, tool_use_id: part.callId, content: only.value };
  if (part.isError !== undefined) block.is_error = part.isError;
  return block;
}

function encodeOpaque(part: OpaquePart, writer: RequestWriter): Json | undefined {
  if (part.dialect === DIALECT) return part.value;
  warnHere(writer, 'dropped', `a block only ${part.dialect} can read is left out`);
  return undefined;
}
