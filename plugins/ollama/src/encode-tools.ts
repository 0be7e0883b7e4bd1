import {
  type CanonicalRequest,
  type FunctionTool,
  isObject,
  isOneOf,
  type Json,
  type JsonObject,
  type Tool,
  warn,
} from '@dragoman/plugin-sdk';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { type RequestWriter, warnForeign, wireToolName } from './writer.ts';

/**
 * The tools offered. The server has no `tool_choice`: a choice is told by which tools are offered, as far as that goes.
 */
export function encodeTools(request: CanonicalRequest, writer: RequestWriter): Json[] | undefined {
  const { tools } = request;
  if (tools === undefined) return undefined;
  const offered = chooseTools(request, tools, writer);
  const encoded: Json[] = [];
  for (let index = 0; index < tools.length; index++) {
    const tool = tools[index];
    if (tool === undefined) continue;
    const path = `/tools/${index}`;
    if (offered !== undefined && !offered(tool)) {
      warn(writer, 'approximated', path, 'the choice of tools leaves it out, so it is not offered');
      continue;
    }
    const wire = encodeTool(tool, writer, path);
    if (wire !== undefined) encoded.push(wire);
  }
  if (request.parallelToolCalls === false && encoded.length > 0) {
    warn(writer, 'dropped', '/parallelToolCalls', 'the server cannot hold a model to one call at a time');
  }
  return encoded.length > 0 || writer.isOwn ? encoded : undefined;
}

/** Which tools the choice leaves; `undefined`: all. */
function chooseTools(
  { toolChoice }: CanonicalRequest,
  tools: Tool[],
  writer: RequestWriter,
): ((tool: Tool) => boolean) | undefined {
  if (toolChoice === undefined || tools.length === 0) return undefined;
  if (toolChoice.type === 'tool') {
    const { name, namespace } = toolChoice;
    const message = 'a call cannot be demanded; only this tool is offered';
    warn(writer, 'approximated', '/toolChoice', message);
    return (tool) =>
      (tool.type === 'function' && tool.name === name && tool.namespace === namespace) ||
      (tool.type === 'custom' && tool.name === name);
  }
  if (toolChoice.type === 'none') {
    warn(writer, 'approximated', '/toolChoice', 'no tool is offered, so that none is called');
    return () => false;
  }
  if (toolChoice.type === 'required') {
    warn(writer, 'dropped', '/toolChoice', 'a call cannot be demanded');
  }
  const { only } = toolChoice;
  if (only === undefined) return undefined;
  return (tool) => isOneOf(tool, only);
}

function encodeTool(tool: Tool, writer: RequestWriter, path: string): Json | undefined {
  switch (tool.type) {
    case 'function':
      return encodeFunction(tool, writer, path);
    case 'custom': {
      writer.customTools.push(tool.name);
      const message = 'a free-text tool is sent as a function with one string, without its grammar';
      warn(writer, 'approximated', path, message);
      warnForeign(writer, tool.extensions, path);
      const wire: JsonObject = { name: tool.name };
      if (tool.description !== undefined) wire.description = tool.description;
      wire.parameters = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };
      return { type: 'function', function: wire };
    }
    case 'web-search':
      warn(writer, 'unsupported', path, 'the server runs no searches for a model');
      return undefined;
    case 'opaque':
      if (tool.dialect === DIALECT) return tool.value;
      warn(writer, 'unsupported', path, `a tool only ${tool.dialect} runs`);
      return undefined;
  }
}

function encodeFunction(tool: FunctionTool, writer: RequestWriter, path: string): JsonObject {
  const own = ownFields(tool.extensions);
  const inner: JsonObject = { name: wireToolName(writer, tool.name, tool.namespace) };
  if (tool.description !== undefined) inner.description = tool.description;
  if (own?.$parameters === undefined) inner.parameters = tool.inputSchema;
  else if (own.$parameters !== 'none') inner.parameters = own.$parameters;
  if (isObject(own?.$function)) Object.assign(inner, own.$function);
  else if (tool.strict === true) {
    warn(writer, 'dropped', `${path}/strict`, 'the server does not hold calls to their schema');
  }
  if (tool.cache !== undefined) {
    warn(writer, 'approximated', `${path}/cache`, 'the server itself decides what it caches');
  }
  const wire: JsonObject = {};
  if (own?.$type === undefined) wire.type = 'function';
  else if (own.$type !== 'none') wire.type = own.$type;
  wire.function = inner;
  writeOwn(wire, tool.extensions);
  warnForeign(writer, tool.extensions, path);
  return wire;
}
