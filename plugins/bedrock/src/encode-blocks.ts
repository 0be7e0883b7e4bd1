import {
  digest,
  isObject,
  type JsonObject,
  type Part,
  type ReasoningPart,
  sanitiseId,
  type ToolCallPart,
  type ToolResultPart,
  warnHere,
  wireToolName,
} from '@dragoman/plugin-sdk';
import { encodeCachePoint } from './cache.ts';
import { DIALECT } from './dialect.ts';
import { encodeMedia, type MediaKind } from './media.ts';
import { encodeReasoningBlock } from './signatures.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

/** What a part becomes: blocks of a turn, in the place their kind has there. */
export interface Encoded {
  place: 'content' | 'call';
  block: JsonObject;
  kind?: MediaKind | undefined;
  /** Behind the block, or before it: the service takes none right behind a document or a video. */
  cachePoint?: JsonObject | undefined;
}

/** `undefined`, with a warning, when the service has no place for the part. Results have a function of their own. */
export function encodePart(part: Exclude<Part, ToolResultPart>, writer: RequestWriter): Encoded | undefined {
  const encoded = encodeContent(part, writer);
  if (part.type !== 'reasoning') dropSignature(part, writer);
  warnForeign(writer, part.extensions);
  if (part.cache === undefined) return encoded;
  if (part.type === 'reasoning') {
    warnHere(writer, 'dropped', 'no cache point may follow thinking', '/cache');
    return encoded;
  }
  const path = `${pathOf(writer)}/cache`;
  const cachePoint = encodeCachePoint(part.cache, path, writer);
  if (encoded !== undefined && cachePoint !== undefined) encoded.cachePoint = cachePoint;
  return encoded;
}

function pathOf({ message, part, output }: RequestWriter): string {
  return `/messages/${message}/parts/${part}${output >= 0 ? `/output/${output}` : ''}`;
}

function encodeContent(part: Exclude<Part, ToolResultPart>, writer: RequestWriter): Encoded | undefined {
  switch (part.type) {
    case 'text':
      if (part.citations !== undefined && part.citations.length > 0) {
        warnHere(writer, 'dropped', 'citations of earlier answers are not sent', '/citations');
      }
      return encodeText(part.text);
    case 'refusal':
      if (part.text !== '') warnHere(writer, 'approximated', 'a refusal is sent as ordinary text');
      return encodeText(part.text);
    case 'json':
      return encodeText(JSON.stringify(part.value));
    case 'reasoning':
      return encodeReasoning(part, writer);
    case 'media': {
      const media = encodeMedia(part, writer);
      return media === undefined ? undefined : { place: 'content', ...media };
    }
    case 'tool-call':
      return encodeCall(part, writer);
    case 'opaque':
      if (part.dialect === DIALECT && isObject(part.value)) return { place: 'content', block: part.value };
      warnHere(writer, 'dropped', `a block only ${part.dialect} can read is left out`);
      return undefined;
  }
}

/** The service refuses a text of nothing but white space. */
function encodeText(text: string): Encoded | undefined {
  return text.trim() === '' ? undefined : { place: 'content', block: { text } };
}

function dropSignature(part: Part, writer: RequestWriter): void {
  if (part.signature !== undefined) {
    warnHere(writer, 'dropped', 'only thinking carries a signature here', '/signature');
  }
}

/** Thinking goes back only to the family that signed it; unsigned thinking is refused or ignored. */
function encodeReasoning(part: ReasoningPart, writer: RequestWriter): Encoded | undefined {
  const { family } = writer.rules;
  const block = encodeReasoningBlock(part.signature, part.text, part.redacted === true, family);
  if (block !== undefined) return { place: 'content', block: { reasoningContent: block } };
  if (part.text === '' && part.signature === undefined) return undefined;
  const issuer = part.signature?.family ?? part.signature?.dialect;
  const why = issuer === undefined ? 'without a signature' : `signed by '${issuer}'`;
  warnHere(writer, 'dropped', `thinking ${why} is not sent back to this model`);
  return undefined;
}

function encodeCall(part: ToolCallPart, writer: RequestWriter): Encoded | undefined {
  if (part.kind === 'hosted') {
    warnHere(writer, 'dropped', 'a call of a tool another service ran cannot be replayed');
    return undefined;
  }
  const name = wireToolName(writer, part.name, part.namespace);
  writer.usedTools.add(name);
  writer.hasToolBlocks = true;
  const input = part.kind === 'custom' ? { input: part.input } : parseInput(part, writer);
  return { place: 'call', block: { toolUse: { toolUseId: wireToolId(part.id), name, input } } };
}

/** An id has at most 64 letters, digits, `_` and `-`. The same one always becomes the same, and two stay two. */
export function wireToolId(id: string): string {
  if (/^[A-Za-z0-9_-]{1,64}$/.test(id)) return id;
  return `${sanitiseId(id, { empty: 'tooluse' }).slice(0, 55)}_${digest(id, 8)}`;
}

function parseInput(part: ToolCallPart, writer: RequestWriter): JsonObject {
  if (part.input.trim() === '') return {};
  try {
    const input = JSON.parse(part.input);
    if (isObject(input)) return input;
  } catch {
    // Falls through: the warning below tells.
  }
  warnHere(writer, 'approximated', 'a tool input that is not a JSON object is sent as {}', '/input');
  return {};
}

/** A result, and what of it has to stand behind it in the turn. `undefined` when another service ran the tool. */
export interface EncodedResult {
  result: JsonObject;
  hoisted: JsonObject[];
  cachePoint?: JsonObject | undefined;
}

export function encodeResult(part: ToolResultPart, writer: RequestWriter): EncodedResult | undefined {
  if (part.hosted === true) {
    warnHere(writer, 'dropped', 'a result of a tool another service ran cannot be replayed');
    return undefined;
  }
  const encoded: EncodedResult = { result: {}, hoisted: [] };
  const content: JsonObject[] = [];
  for (let index = 0; index < part.output.length; index++) {
    const item = part.output[index];
    if (item === undefined) continue;
    writer.output = index;
    if (item.type === 'json' && isObject(item.value)) {
      dropSignature(item, writer);
      content.push({ json: item.value });
      continue;
    }
    const piece = encodePart(item, writer);
    if (piece === undefined) continue;
    encoded.cachePoint ??= piece.cachePoint;
    if (piece.kind === undefined || writer.rules.resultMedia.has(piece.kind)) content.push(piece.block);
    else {
      warnHere(writer, 'approximated', `a result holds no ${piece.kind} here; it stands behind the results`);
      encoded.hoisted.push(piece.block);
    }
  }
  writer.output = -1;
  if (content.length === 0 && encoded.hoisted.length > 0) content.push({ text: 'See what follows.' });
  encoded.result = { toolUseId: wireToolId(part.callId), content };
  dropSignature(part, writer);
  if (part.isError === true && writer.rules.resultStatus) encoded.result.status = 'error';
  else if (part.isError === true) {
    warnHere(writer, 'dropped', 'that a tool failed can only be told in its text', '/isError');
  }
  if (part.cache !== undefined) {
    encoded.cachePoint ??= encodeCachePoint(part.cache, `${pathOf(writer)}/cache`, writer);
  }
  writer.hasToolBlocks = true;
  warnForeign(writer, part.extensions);
  return encoded;
}
