import {
  clientToolName,
  isCustomTool,
  isObject,
  type Json,
  type JsonObject,
  type MediaPart,
  makeId,
  type Part,
  type TextPart,
  type ToolCallPart,
  type TranslateContext,
  unwrapInput,
} from '@dragoman/plugin-sdk';
import { decodeCitation } from './citations.ts';
import { DIALECT } from './dialect.ts';
import { decodeRedacted, decodeSignature } from './signatures.ts';

/** The part of one content block; `undefined` for an empty text. `family`: whose model answered. */
export function decodeBlock(
  block: Json,
  position: number,
  family: string,
  context: TranslateContext,
): Part | undefined {
  if (isObject(block)) {
    if (typeof block.text === 'string')
      return block.text === '' ? undefined : { type: 'text', text: block.text };
    if (isObject(block.reasoningContent)) return decodeReasoning(block.reasoningContent, family);
    if (isObject(block.toolUse) && !isHosted(block.toolUse)) {
      return decodeCall(block.toolUse, position, JSON.stringify(block.toolUse.input ?? {}), context);
    }
    if (isObject(block.citationsContent)) return decodeCited(block.citationsContent);
    if (isObject(block.image)) {
      const image = decodeImage(block.image);
      if (image !== undefined) return image;
    }
  }
  return { type: 'opaque', dialect: DIALECT, value: block };
}

function decodeReasoning(wire: JsonObject, family: string): Part | undefined {
  if (typeof wire.redactedContent === 'string') {
    return {
      type: 'reasoning',
      text: '',
      redacted: true,
      signature: decodeRedacted(wire.redactedContent, family),
    };
  }
  const { text, signature } = isObject(wire.reasoningText) ? wire.reasoningText : {};
  const isSigned = typeof signature === 'string' && signature !== '';
  if ((typeof text !== 'string' || text === '') && !isSigned) return undefined;
  const part: Part = { type: 'reasoning', text: typeof text === 'string' ? text : '' };
  if (isSigned) part.signature = decodeSignature(signature, family);
  return part;
}

/** A tool the service itself runs has a type of its own. No other dialect has a word for any of them. */
export function isHosted(wire: JsonObject): boolean {
  return typeof wire.type === 'string' && wire.type !== 'tool_use';
}

/** A call under the client's name of its tool. `input` is JSON text. */
export function decodeCall(
  wire: JsonObject,
  position: number,
  input: string,
  context: TranslateContext,
): ToolCallPart {
  const name = typeof wire.name === 'string' ? wire.name : '';
  const id =
    typeof wire.toolUseId === 'string' && wire.toolUseId !== ''
      ? wire.toolUseId
      : makeId(context, 'tooluse', position);
  const isCustom = isCustomTool(context, name);
  return {
    type: 'tool-call',
    id,
    ...clientToolName(context, name),
    kind: isCustom ? 'custom' : 'function',
    input: isCustom ? unwrapInput(input) : input,
  };
}

export function decodeImage({ format, source }: JsonObject): MediaPart | undefined {
  if (typeof format !== 'string' || !isObject(source) || typeof source.bytes !== 'string') return undefined;
  return { type: 'media', mediaType: `image/${format}`, source: { type: 'base64', data: source.bytes } };
}

/** Text that says where it comes from. */
function decodeCited(wire: JsonObject): TextPart {
  const content = Array.isArray(wire.content) ? wire.content : [];
  const texts = content.map((piece) => (isObject(piece) && typeof piece.text === 'string' ? piece.text : ''));
  const part: TextPart = { type: 'text', text: texts.join('') };
  const citations = Array.isArray(wire.citations) ? wire.citations.filter(isObject) : [];
  if (citations.length > 0) part.citations = citations.map(decodeCitation);
  return part;
}
