import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { onlyNames, refuseGemini } from './gemini-refusal.ts';
import { asArray, asObject } from './refusal.ts';
import type { GeminiFacts } from './strict-gemini.ts';

/** What a part may hold; one of these, and what goes beside it. */
const kinds =
  'text inlineData fileData functionCall functionResponse executableCode codeExecutionResult toolCall toolResponse'.split(
    ' ',
  );
const beside = ['thought', 'thoughtSignature', 'videoMetadata', 'mediaResolution', 'partMetadata'];

interface Turn {
  role: string;
  parts: JsonObject[];
}

/** Neighbours of one role are one turn. */
export function checkContents(contents: readonly Json[], facts: GeminiFacts): void {
  const turns: Turn[] = [];
  for (const [index, value] of contents.entries()) {
    const content = onlyNames(value, ['role', 'parts'], `contents[${index}]`) ?? {};
    const role = String(content.role ?? 'user');
    if (!['user', 'model', 'function'].includes(role)) {
      refuseGemini('Please use a valid role: user, model.');
    }
    const parts = asArray(content.parts) ?? (asObject(content.parts) === null ? [] : [content.parts ?? null]);
    if (parts.length === 0) {
      refuseGemini(`* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.\n`);
    }
    const read = parts.map((part, at) => readPart(part, `contents[${index}].parts[${at}]`, role));
    const side = role === 'model' ? 'model' : 'user';
    const last = turns.at(-1);
    if (last?.role === side) last.parts.push(...read);
    else turns.push({ role: side, parts: read });
  }
  checkOrder(turns);
  checkSignatures(turns, facts);
}

function readPart(value: Json, path: string, role: string): JsonObject {
  const part = onlyNames(value, [...kinds, ...beside], path) ?? {};
  const held = kinds.filter((kind) => part[kind] !== undefined);
  if (held.length > 1) refuseGemini(`Invalid value at '${path}' (oneof), oneof field 'data' is already set.`);
  if (held.length === 0 && part.thoughtSignature === undefined) {
    refuseGemini(
      `* GenerateContentRequest.${path}.data: required oneof field 'data' must have one initialized field\n`,
    );
  }
  if (part.text !== undefined && typeof part.text !== 'string')
    refuseGemini(`Invalid value at '${path}.text'.`);
  checkMedia(part, path);
  checkCall(part, path, role);
  return part;
}

function checkMedia(part: JsonObject, path: string): void {
  const inline = onlyNames(part.inlineData, ['mimeType', 'data', 'displayName'], `${path}.inline_data`);
  if (inline !== null) {
    if (typeof inline.mimeType !== 'string' || !/^\w+\/[\w.+-]+/.test(inline.mimeType)) {
      refuseGemini(`Unsupported MIME type: ${String(inline.mimeType ?? '')}`);
    }
    if (typeof inline.data !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(inline.data)) {
      refuseGemini(`Invalid value at '${path}.inline_data.data' (TYPE_BYTES), Base64 decoding failed.`);
    }
  }
  const file = onlyNames(part.fileData, ['mimeType', 'fileUri', 'displayName'], `${path}.file_data`);
  if (file !== null && (typeof file.fileUri !== 'string' || file.fileUri === '')) {
    refuseGemini(`* GenerateContentRequest.${path}.file_data.file_uri: cannot be empty\n`);
  }
}

function checkCall(part: JsonObject, path: string, role: string): void {
  const keys = ['id', 'name', 'args', 'partialArgs', 'willContinue'];
  const call = onlyNames(part.functionCall, keys, `${path}.function_call`);
  if (call !== null) {
    if (role !== 'model') refuseGemini('Function calls are only allowed in model turns.');
    checkNamed(call.name, `${path}.function_call.name`);
    checkStruct(call.args, `${path}.function_call.args`);
  }
  const responseKeys = ['id', 'name', 'response', 'parts', 'willContinue', 'scheduling'];
  const response = onlyNames(part.functionResponse, responseKeys, `${path}.function_response`);
  if (response === null) return;
  if (role === 'model') refuseGemini('Function responses are not allowed in model turns.');
  checkNamed(response.name, `${path}.function_response.name`);
  if (response.response === undefined) {
    refuseGemini(`* GenerateContentRequest.${path}.function_response.response: required field is missing\n`);
  }
  checkStruct(response.response, `${path}.function_response.response`);
}

function checkNamed(name: Json | undefined, path: string): void {
  if (typeof name === 'string' && name !== '') return;
  refuseGemini(`* GenerateContentRequest.${path}: Name cannot be empty.\n`);
}

function checkStruct(value: Json | undefined, path: string): void {
  if (value === undefined || asObject(value) !== null) return;
  refuseGemini(
    `Invalid value at '${path}' (type.googleapis.com/google.protobuf.Struct), ${JSON.stringify(value)}`,
  );
}

/** Calls follow a user turn, and the very next turn answers all of them, and nothing else. */
function checkOrder(turns: readonly Turn[]): void {
  for (const [index, turn] of turns.entries()) {
    const calls = namesOf(turn, 'functionCall');
    const responses = namesOf(turn, 'functionResponse');
    if (calls.length > 0 && index === 0) {
      refuseGemini(
        'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
      );
    }
    if (calls.length > 0 && index < turns.length - 1) {
      checkAnswered(calls, namesOf(turns[index + 1], 'functionResponse'));
    }
    const before = namesOf(turns[index - 1], 'functionCall');
    if (responses.length > 0 && before.length === 0) {
      refuseGemini('Please ensure that function response turn comes immediately after a function call turn.');
    }
  }
}

function checkAnswered(calls: readonly string[], responses: readonly string[]): void {
  const isSame = calls.toSorted().join('\n') === responses.toSorted().join('\n');
  if (isSame) return;
  refuseGemini(
    'Please ensure that the number of function response parts is equal to the number of function call parts of the ' +
      'function call turn.',
  );
}

/** Functions by name, and by id where the service gave one. */
function namesOf(turn: Turn | undefined, kind: 'functionCall' | 'functionResponse'): string[] {
  return (turn?.parts ?? []).flatMap((part) => {
    const held = asObject(part[kind]);
    return held === null ? [] : [String(held.name)];
  });
}

/** Accepted in place of a signature, after Google's page on thought signatures. */
const standIns = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

/**
 * A Gemini 3 model wants its signature back on the first call of every step since the user last spoke; whatever carries
 * the name of a signature must be one the service gave.
 */
function checkSignatures(turns: readonly Turn[], { model, signatures }: GeminiFacts): void {
  for (const { thoughtSignature } of turns.flatMap((turn) => turn.parts)) {
    if (thoughtSignature === undefined || standIns.includes(String(thoughtSignature))) continue;
    if (signatures !== null && !signatures.has(String(thoughtSignature))) {
      refuseGemini('Thought signature is not valid.');
    }
  }
  if (!/gemini-3/.test(model)) return;
  const spoke = turns.findLastIndex(
    (turn) => turn.role === 'user' && !turn.parts.some((part) => part.functionResponse !== undefined),
  );
  for (const turn of turns.slice(spoke + 1)) {
    const call = turn.parts.find((part) => part.functionCall !== undefined);
    if (call === undefined || call.thoughtSignature !== undefined) continue;
    const name = String(asObject(call.functionCall)?.name);
    refuseGemini(
      'Function call is missing a thought_signature in functionCall parts. This is required for tools to work ' +
        `correctly. Additional data, function call \`default_api:${name}\`.`,
    );
  }
}
