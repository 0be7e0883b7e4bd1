import { isObject, type Json, type JsonObject, leftover, type ToolCallPart } from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

const CALL_FIELDS = new Set(['id', 'function', 'type']);
const FUNCTION_FIELDS = new Set(['name', 'arguments']);

/** A call as the wire has it; `id` is absent where an older server or client gave none. */
export interface WireCall {
  id?: string;
  name: string;
  input: string;
  own?: JsonObject;
}

/** `undefined` when this is no call. */
export function decodeCall(wire: Json): WireCall | undefined {
  if (!isObject(wire) || !isObject(wire.function) || typeof wire.function.name !== 'string') return undefined;
  const { name, arguments: input } = wire.function;
  const call: WireCall = { name: String(name), input: '' };
  const own: JsonObject = leftover(wire, CALL_FIELDS) ?? {};
  if (typeof wire.id === 'string' && wire.id !== '') call.id = wire.id;
  else own.$id = wire.id ?? 'none';
  if (wire.type !== undefined) own.$type = wire.type;
  // Some clients send the text OpenAI's API has here.
  if (typeof input === 'string') own.$arguments = 'text';
  else if (input === undefined) own.$arguments = 'none';
  call.input = typeof input === 'string' ? input : JSON.stringify(input ?? {});
  const rest = leftover(wire.function, FUNCTION_FIELDS);
  if (rest !== undefined) own.$function = rest;
  for (const _ in own) {
    call.own = own;
    break;
  }
  return call;
}

export function toCallPart(call: WireCall, id: string): ToolCallPart {
  const part: ToolCallPart = { type: 'tool-call', id, name: call.name, kind: 'function', input: call.input };
  if (call.own !== undefined) part.extensions = { [DIALECT]: call.own };
  return part;
}
