import {
  isObject,
  type Json,
  type JsonObject,
  type Part,
  type ReasoningPart,
  replayable,
  type TextPart,
  type ToolCallPart,
  warnHere,
} from '@dragoman/plugin-sdk';
import { DIALECT, ownFields, writeFields } from './dialect.ts';
import { encodeMedia } from './encode-media.ts';
import { encodeResult } from './encode-result.ts';
import { isNoSignature } from './signatures.ts';
import { wireToolName } from './tool-names.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

/** One part of a request; `undefined`, with a warning, when the service has no place for it. */
export function encodePart(part: Part, writer: RequestWriter): JsonObject | Json | undefined {
  if (part.type === 'opaque') {
    if (part.dialect === DIALECT) return part.value;
    warnHere(writer, 'dropped', `a block only ${part.dialect} can read is left out`);
    return undefined;
  }
  const wire = encodeData(part, writer);
  if (wire === undefined) return undefined;
  const own = ownFields(part.extensions);
  writeSignature(wire, part, writer);
  if (own?.$text === false) delete wire.text;
  writeFields(wire, own);
  if (part.extensions !== undefined) warnForeign(writer, part.extensions);
  if (part.cache !== undefined) {
    const text = 'the service decides by itself what it caches';
    warnHere(writer, 'approximated', text, '/cache');
  }
  return wire;
}

function encodeData(part: Exclude<Part, { type: 'opaque' }>, writer: RequestWriter): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part, writer);
    case 'refusal':
      warnHere(writer, 'approximated', 'a refusal is sent as ordinary text');
      return { text: part.text };
    case 'json':
      warnHere(writer, 'approximated', 'a JSON value is sent as text');
      return { text: JSON.stringify(part.value) };
    case 'reasoning':
      return encodeReasoning(part, writer);
    case 'media':
      return encodeMedia(part, writer);
    case 'tool-call':
      return encodeCall(part, writer);
    case 'tool-result':
      return encodeResult(part, writer);
  }
}

function encodeText(part: TextPart, writer: RequestWriter): JsonObject {
  if (part.citations !== undefined && part.citations.length > 0) {
    warnHere(writer, 'dropped', 'citations cannot be replayed', '/citations');
  }
  if (part.logprobs !== undefined && part.logprobs.length > 0) {
    warnHere(writer, 'dropped', 'probabilities of tokens cannot be replayed', '/logprobs');
  }
  return { text: part.text };
}

/** Thoughts go back only where they came from: the service takes them as summaries of its own. */
function encodeReasoning(part: ReasoningPart, writer: RequestWriter): JsonObject | undefined {
  if (writer.isOwn && (part.signature === undefined || replayable(part.signature, writer.family))) {
    return { text: part.text, thought: true };
  }
  if (replayable(part.signature, writer.family) !== undefined) return { text: part.text, thought: true };
  if (part.text !== '' || part.signature !== undefined) {
    const issuer = part.signature?.family ?? part.signature?.dialect;
    const text =
      issuer === undefined
        ? 'reasoning without a signature cannot be replayed'
        : `reasoning signed by '${issuer}' cannot be replayed here`;
    warnHere(writer, 'dropped', text);
  }
  return undefined;
}

/** The signature is replayed to the family that issued it only: anything else is refused. */
function writeSignature(wire: JsonObject, part: Part, writer: RequestWriter): void {
  const { signature } = part;
  if (signature === undefined) return;
  const value = replayable(signature, writer.family);
  if (value !== undefined) wire.thoughtSignature = value;
  else if (!isNoSignature(signature)) {
    warnHere(writer, 'dropped', 'a signature of another service cannot be replayed', '/signature');
  }
}

function encodeCall(part: ToolCallPart, writer: RequestWriter): JsonObject | undefined {
  if (part.kind === 'hosted') {
    warnHere(writer, 'dropped', 'a call of a tool another service ran cannot be replayed');
    return undefined;
  }
  const own = ownFields(part.extensions);
  const name = writer.isOwn ? part.name : wireToolName(writer, part.name, part.namespace);
  writer.calls.set(part.id, name);
  const call: JsonObject = {};
  if (own?.$id === undefined) call.id = part.id;
  else if (own.$id !== false) call.id = own.$id;
  if (own?.$name === undefined) call.name = name;
  else if (own.$name !== false) call.name = own.$name;
  if (own?.$args === undefined)
    call.args = part.kind === 'custom' ? { input: part.input } : readArgs(part, writer);
  else if (own.$args !== false) call.args = own.$args;
  if (isObject(own?.$call)) Object.assign(call, own.$call);
  return { functionCall: call };
}

/** The wire wants an object where the model may have written anything. */
function readArgs(part: ToolCallPart, writer: RequestWriter): JsonObject {
  if (part.input.trim() === '') return {};
  try {
    const args: Json = JSON.parse(part.input);
    if (isObject(args)) return args;
  } catch {
    // Falls through: the warning below tells.
  }
  warnHere(writer, 'approximated', 'a tool input that is not a JSON object is sent as {}', '/input');
  return {};
}
