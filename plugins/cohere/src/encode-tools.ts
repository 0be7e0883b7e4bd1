import {
  type CanonicalRequest,
  type FunctionTool,
  isObject,
  isOneOf,
  type JsonObject,
  type Tool,
  warn,
  wireToolName,
} from '@dragoman/plugin-sdk';

import { type RequestWriter, warnForeign } from './writer.ts';

/** `tools` and what goes with them. */
export interface EncodedTools {
  tools?: JsonObject[];
  tool_choice?: 'REQUIRED' | 'NONE';
  strict_tools?: true;
}

export function encodeTools(request: CanonicalRequest, writer: RequestWriter): EncodedTools {
  const encoded: EncodedTools = {};
  const { tools = [], toolChoice } = request;
  const isOffered = chooseTools(request, writer);
  const list: JsonObject[] = [];
  const strict: string[] = [];
  for (let index = 0; index < tools.length; index++) {
    const tool = tools[index];
    if (tool === undefined) continue;
    const path = `/tools/${index}`;
    if (!isOffered(tool)) {
      warn(writer, 'approximated', path, 'the choice of tools leaves it out, so it is not offered');
      continue;
    }
    const wire = encodeTool(tool, writer, path);
    if (wire === undefined) continue;
    list.push(wire);
    if (tool.type === 'function' && tool.strict === true) strict.push(path);
  }
  if (list.length === 0) {
    if (toolChoice !== undefined && toolChoice.type !== 'auto' && toolChoice.type !== 'none') {
      warn(writer, 'dropped', '/toolChoice', 'there is no tool to choose');
    }
    return encoded;
  }
  encoded.tools = list;
  if (toolChoice?.type === 'none') encoded.tool_choice = 'NONE';
  else if (toolChoice !== undefined && toolChoice.type !== 'auto') encoded.tool_choice = 'REQUIRED';
  if (request.parallelToolCalls === false) {
    warn(writer, 'dropped', '/parallelToolCalls', 'the service cannot hold a model to one call at a time');
  }
  if (list.every(hasRequired) && strict.length === list.length) encoded.strict_tools = true;
  else {
    for (const path of strict) {
      const message = 'only all tools together can be strict, and only if each requires a parameter';
      warn(writer, 'dropped', `${path}/strict`, message);
    }
  }
  return encoded;
}

/** The service knows no choice among tools: a choice of some decides which are offered. */
function chooseTools(
  { toolChoice, tools = [] }: CanonicalRequest,
  writer: RequestWriter,
): (tool: Tool) => boolean {
  if (toolChoice?.type === 'tool') {
    const { name, namespace } = toolChoice;
    if (tools.length > 1) {
      warn(writer, 'approximated', '/toolChoice', 'a call is demanded and only this tool offered');
    }
    return (tool) =>
      (tool.type === 'function' && tool.name === name && tool.namespace === namespace) ||
      (tool.type === 'custom' && tool.name === name);
  }
  const only = toolChoice?.only;
  if (only === undefined) return () => true;
  return (tool) => isOneOf(tool, only);
}

function hasRequired(tool: JsonObject): boolean {
  const parameters = isObject(tool.function) ? tool.function.parameters : undefined;
  return isObject(parameters) && Array.isArray(parameters.required) && parameters.required.length > 0;
}

function encodeTool(tool: Tool, writer: RequestWriter, path: string): JsonObject | undefined {
  switch (tool.type) {
    case 'function':
      return encodeFunction(tool, writer, path);
    case 'custom': {
      const name = wireToolName(writer, tool.name);
      writer.customTools.push(name);
      const message = 'a free-text tool is sent as a function with one string, without its grammar';
      warn(writer, 'approximated', path, message);
      warnForeign(writer, tool.extensions, path);
      const wire: JsonObject = { name };
      if (tool.description !== undefined) wire.description = tool.description;
      wire.parameters = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };
      return { type: 'function', function: wire };
    }
    case 'web-search':
      warn(writer, 'unsupported', path, 'the service runs no searches in this version of its API');
      return undefined;
    case 'opaque':
      warn(writer, 'unsupported', path, `a tool only ${tool.dialect} runs`);
      return undefined;
  }
}

function encodeFunction(tool: FunctionTool, writer: RequestWriter, path: string): JsonObject {
  const inner: JsonObject = { name: wireToolName(writer, tool.name, tool.namespace) };
  if (tool.description !== undefined) inner.description = tool.description;
  inner.parameters = encodeSchema(tool.inputSchema, writer, path);
  if (tool.cache !== undefined) {
    warn(writer, 'approximated', `${path}/cache`, 'the service itself decides what it caches');
  }
  warnForeign(writer, tool.extensions, path);
  return { type: 'function', function: inner };
}

/** The service wants an object with properties at the root. */
function encodeSchema(schema: JsonObject, writer: RequestWriter, path: string): JsonObject {
  if (schema.type === 'object' && isObject(schema.properties)) return schema;
  if (schema.type === undefined || schema.type === 'object') {
    return { ...schema, type: 'object', properties: isObject(schema.properties) ? schema.properties : {} };
  }
  warn(writer, 'approximated', `${path}/inputSchema`, 'a tool takes an object; its schema was left out');
  return { type: 'object', properties: {} };
}
