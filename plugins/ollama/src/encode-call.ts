import { isObject, type Json, type JsonObject, type ToolCallPart } from '@dragoman/plugin-sdk';
import { ownFields, writeOwn } from './dialect.ts';

export interface EncodedCall {
  call: JsonObject;
  /** True when what the model wrote is not the object the wire needs. */
  isChanged: boolean;
}

/** The name a client reads: it knows no namespaces. */
export function clientName({ name, namespace }: Pick<ToolCallPart, 'name' | 'namespace'>): string {
  return namespace === undefined ? name : `${namespace}__${name}`;
}

/** A call of a request or a reply. `name` is the tool's on the wire. */
export function encodeCall(part: Omit<ToolCallPart, 'type'>, name: string): EncodedCall {
  const own = ownFields(part.extensions);
  const call: JsonObject = {};
  if (own?.$id === undefined) call.id = part.id;
  else if (own.$id !== 'none') call.id = own.$id;
  if (own?.$type !== undefined) call.type = own.$type;
  const wire: JsonObject = isObject(own?.$function) ? { ...own.$function, name } : { name };
  const input = readInput(part, own);
  if (own?.$arguments !== 'none') wire.arguments = input ?? {};
  call.function = wire;
  writeOwn(call, part.extensions);
  return { call, isChanged: input === undefined };
}

function readInput(part: Omit<ToolCallPart, 'type'>, own: JsonObject | undefined): Json | undefined {
  if (own?.$arguments === 'text') return part.input;
  if (part.kind === 'custom') return { input: part.input };
  if (part.input.trim() === '') return {};
  try {
    const input: Json = JSON.parse(part.input);
    return isObject(input) || own !== undefined ? input : undefined;
  } catch {
    return undefined;
  }
}
