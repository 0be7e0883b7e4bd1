import {
  assign,
  digest,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type OpaquePart,
  type ToolCallPart,
} from '@dragoman/plugin-sdk';
import { DIALECT, formOf, keepOwn, makeOwn, ownFields, restoreForm, writeOwn } from './dialect.ts';

/** The family whose signatures travel in `extra_content.google`. */
const GOOGLE = 'google';

const CALL_FIELDS = new Set(['id', 'type', 'function', 'index', 'extra_content']);
const CUSTOM_CALL_FIELDS = new Set(['id', 'type', 'custom', 'index', 'extra_content']);
const FUNCTION_FIELDS = new Set(['name', 'arguments']);
const CUSTOM_FIELDS = new Set(['name', 'input']);

/** One entry of `tool_calls`, of a request or a reply. An entry of an unknown shape is kept whole. */
export function decodeToolCall(call: Json): ToolCallPart | OpaquePart {
  if (!isObject(call)) return opaqueCall(call);
  // Services fill the place of the other kind with empty values, so the type decides.
  if (call.type === 'custom' && isObject(call.custom))
    return decodeCustomCall(call, call.custom) ?? opaqueCall(call);
  if (isObject(call.function)) return decodeFunctionCall(call, call.function) ?? opaqueCall(call);
  return opaqueCall(call);
}

function opaqueCall(value: Json): OpaquePart {
  return { type: 'opaque', dialect: DIALECT, value, extensions: { [DIALECT]: { $place: 'tool_calls' } } };
}

function decodeFunctionCall(call: JsonObject, inner: JsonObject): ToolCallPart | undefined {
  if (typeof inner.name !== 'string') return undefined;
  const part: ToolCallPart = {
    type: 'tool-call',
    id: typeof call.id === 'string' ? call.id : '',
    name: inner.name,
    kind: 'function',
    input: '',
  };
  if (typeof inner.arguments === 'string') part.input = inner.arguments;
  else {
    // Some services and clients write the arguments as an object.
    if (inner.arguments !== undefined && inner.arguments !== null)
      part.input = JSON.stringify(inner.arguments);
    makeOwn(part).$arguments = inner.arguments === undefined ? 'absent' : 'json';
  }
  keepShape(part, call, leftover(call, CALL_FIELDS), leftover(inner, FUNCTION_FIELDS));
  readSignature(part, call.extra_content);
  return part;
}

function decodeCustomCall(call: JsonObject, inner: JsonObject): ToolCallPart | undefined {
  if (typeof inner.name !== 'string' || typeof inner.input !== 'string') return undefined;
  const id = typeof call.id === 'string' ? call.id : '';
  const part: ToolCallPart = { type: 'tool-call', id, name: inner.name, kind: 'custom', input: inner.input };
  keepShape(part, call, leftover(call, CUSTOM_CALL_FIELDS), leftover(inner, CUSTOM_FIELDS));
  readSignature(part, call.extra_content);
  return part;
}

function keepShape(
  part: ToolCallPart,
  call: JsonObject,
  rest: JsonObject | undefined,
  innerRest: JsonObject | undefined,
): void {
  keepOwn(part, rest);
  if (innerRest !== undefined) makeOwn(part).$inner = innerRest;
  if (typeof call.id !== 'string') makeOwn(part).$id = formOf(call.id);
  if (call.index !== undefined) makeOwn(part).$index = call.index;
  if (part.kind === 'function' && call.type !== 'function') makeOwn(part).$type = formOf(call.type);
}

/** Google's compatible service puts the thought signature of a call here. */
function readSignature(part: ToolCallPart, extra: Json | undefined): void {
  if (extra === undefined) return;
  const google = isObject(extra) ? extra.google : undefined;
  const signature = isObject(google) ? google.thought_signature : undefined;
  if (typeof signature !== 'string') {
    makeOwn(part).extra_content = extra;
    return;
  }
  part.signature = { dialect: DIALECT, family: GOOGLE, value: signature };
  makeOwn(part).$extra = extra;
}

/** How a call is written: as it came, or with another id and name. */
export interface CallForm {
  id: string;
  /** The tool's name on the wire. */
  name: string;
  /** The call came in this dialect: empty arguments stay empty. */
  isOwn: boolean;
  /** Write a signature of this family; absent: of any family the wire has a place for. */
  family?: string;
  /** False where the service refuses `extra_content`, whoever's it is. */
  takesExtra?: boolean;
}

/** The wire form of a call that stands in `tool_calls`. */
export function encodeToolCall(
  part: ToolCallPart,
  { id, name, isOwn, family, takesExtra }: CallForm,
): JsonObject {
  const own = ownFields(part.extensions);
  const call: JsonObject = { id };
  if (part.kind === 'custom') {
    call.type = 'custom';
    call.custom = addInner({ name, input: part.input }, own);
  } else {
    call.type = 'function';
    call.function = addInner(encodeFunction(part, name, isOwn), own);
  }
  if (part.signature?.family === GOOGLE && own?.$extra === undefined && (family ?? GOOGLE) === GOOGLE) {
    call.extra_content = { google: { thought_signature: part.signature.value } };
  }
  if (own === undefined) return call;
  restoreForm(call, 'id', own.$id);
  restoreForm(call, 'type', own.$type);
  if (own.$index !== undefined) call.index = own.$index;
  if (own.$extra !== undefined && takesExtra !== false) call.extra_content = own.$extra;
  writeOwn(call, part.extensions);
  return call;
}

function encodeFunction(part: ToolCallPart, name: string, isOwn: boolean): JsonObject {
  const own = ownFields(part.extensions);
  if (own?.$arguments === 'absent') return { name };
  if (own?.$arguments === 'json')
    return { name, arguments: part.input === '' ? null : JSON.parse(part.input) };
  return { name, arguments: part.input === '' && !isOwn ? '{}' : part.input };
}

function addInner(inner: JsonObject, own: JsonObject | undefined): JsonObject {
  assign(inner, own?.$inner);
  return inner;
}

/**
 * `function_call` of the API before `tool_calls`: it has no id, so one is made from what it says. A call and the
 * `function` message that answers it get the same one, in every turn.
 */
export function decodeLegacyCall(call: Json, id: string): ToolCallPart | undefined {
  if (!isObject(call) || typeof call.name !== 'string' || typeof call.arguments !== 'string')
    return undefined;
  if (leftover(call, FUNCTION_FIELDS) !== undefined || call.name === '') return undefined;
  return {
    type: 'tool-call',
    id,
    name: call.name,
    kind: 'function',
    input: call.arguments,
    extensions: { [DIALECT]: { $legacy: true } },
  };
}

export function legacyId(name: string, position: number): string {
  return `call_${digest(`function_call\n${name}\n${position}`, 24)}`;
}

export function isLegacy(part: ToolCallPart): boolean {
  return ownFields(part.extensions)?.$legacy === true;
}
