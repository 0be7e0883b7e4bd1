import {
  type FunctionTool,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type Tool,
} from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY } from './dialect.ts';

const TOOL_FIELDS = new Set(['type', 'function']);
const FUNCTION_FIELDS = new Set(['name', 'description', 'parameters']);

export function decodeTool(wire: Json): Tool {
  const tool = isObject(wire) ? decodeFunction(wire) : undefined;
  return tool ?? { type: 'opaque', dialect: DIALECT, family: FAMILY, value: wire };
}

function decodeFunction(wire: JsonObject): FunctionTool | undefined {
  const { function: inner, type } = wire;
  if (!isObject(inner) || typeof inner.name !== 'string') return undefined;
  const own: JsonObject = leftover(wire, TOOL_FIELDS) ?? {};
  if (type !== 'function') own.$type = type ?? 'none';
  const rest: JsonObject = leftover(inner, FUNCTION_FIELDS) ?? {};
  const tool: FunctionTool = {
    type: 'function',
    name: inner.name,
    inputSchema: { type: 'object', properties: {} },
  };
  if (isObject(inner.parameters)) tool.inputSchema = inner.parameters;
  else own.$parameters = inner.parameters ?? 'none';
  if (typeof inner.description === 'string') tool.description = inner.description;
  else if (inner.description !== undefined) rest.description = inner.description;
  if (typeof rest.strict === 'boolean') tool.strict = rest.strict;
  for (const _ in rest) {
    own.$function = rest;
    break;
  }
  for (const _ in own) {
    tool.extensions = { [DIALECT]: own };
    break;
  }
  return tool;
}
