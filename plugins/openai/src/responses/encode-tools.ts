import {
  type CanonicalRequest,
  type CustomTool,
  type FunctionTool,
  isObject,
  type Json,
  type JsonObject,
  type Tool,
  type ToolChoice,
  type WebSearchTool,
  warn,
} from '@dragoman/plugin-sdk';

import { repairSchema } from '../schema.ts';
import { wireToolName } from '../tool-names.ts';
import { DIALECT, ownFields, warnForeign, writeOwn } from './dialect.ts';
import { tellCache } from './encode-content.ts';
import type { ResponsesWriter } from './writer.ts';

export function encodeTools(request: CanonicalRequest, body: JsonObject, writer: ResponsesWriter): void {
  const { tools } = request;
  if (tools === undefined) return;
  const wire: Json[] = [];
  for (let index = 0; index < tools.length; index++) {
    const tool = tools[index];
    if (tool === undefined) continue;
    const encoded = encodeTool(tool, index, request, writer);
    if (encoded !== undefined) wire.push(encoded);
  }
  const isAbsent = ownFields(request.extensions)?.$tools === 'absent';
  if (wire.length > 0 || (writer.isOwn && !isAbsent)) body.tools = wire;
}

function encodeTool(
  tool: Tool,
  index: number,
  request: CanonicalRequest,
  writer: ResponsesWriter,
): Json | undefined {
  const path = `/tools/${index}`;
  if (tool.type === 'opaque') {
    if (tool.dialect === DIALECT) return tool.value;
    warn(writer, 'unsupported', path, `a tool only ${tool.dialect} knows is left out`);
    return undefined;
  }
  const own = ownFields(tool.extensions);
  if (writer.isOwn && own !== undefined) {
    // Written where they came from: among the items, or in their namespace.
    if (own.$place === 'input' || own.$namespace === true) return undefined;
    if (own.$namespace !== undefined) return own.$namespace;
  }
  warnForeign(writer, tool.extensions, path);
  const wire = encodeKnown(tool, path, request, writer);
  if (wire !== undefined) writeOwn(wire, tool.extensions);
  return wire;
}

function encodeKnown(
  tool: FunctionTool | CustomTool | WebSearchTool,
  path: string,
  request: CanonicalRequest,
  writer: ResponsesWriter,
): JsonObject | undefined {
  switch (tool.type) {
    case 'function':
      return encodeFunction(tool, path, writer);
    case 'custom':
      return encodeCustom(tool, path, writer);
    case 'web-search':
      return encodeSearch(tool, path, request, writer);
  }
}

function encodeFunction(tool: FunctionTool, path: string, writer: ResponsesWriter): JsonObject {
  const own = ownFields(tool.extensions);
  const wire: JsonObject = { type: 'function', name: wireToolName(tool.name, tool.namespace, writer) };
  if (tool.description !== undefined) wire.description = tool.description;
  wire.parameters = writer.isOwn ? tool.inputSchema : repairSchema(tool.inputSchema);
  // Without the field the service makes every tool strict, and refuses most schemas then.
  if (writer.options.strict !== false) {
    if (tool.strict !== undefined) wire.strict = tool.strict;
    else if (!writer.isOwn) wire.strict = false;
  } else if (tool.strict === true) {
    warn(writer, 'dropped', `${path}/strict`, 'the service does not hold tool input to its schema');
  }
  if (tool.cache !== undefined) tellCache(writer, `${path}/cache`);
  restoreForm(wire, own?.$form);
  return wire;
}

function restoreForm(wire: JsonObject, form: Json | undefined): void {
  if (!isObject(form)) return;
  for (const key in form) {
    const value = form[key];
    if (key !== 'parameters') wire[key] = value;
    else if (isObject(value)) wire.parameters = value.value;
    else delete wire.parameters;
  }
}

function encodeCustom(tool: CustomTool, path: string, writer: ResponsesWriter): JsonObject {
  const name = wireToolName(tool.name, undefined, writer);
  if (writer.options.customTools === false) {
    warn(writer, 'approximated', path, 'a free-text tool is sent as a function with one string');
    const parameters = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };
    const wrapped: JsonObject = { type: 'function', name, parameters, strict: false };
    if (tool.description !== undefined) wrapped.description = tool.description;
    return wrapped;
  }
  const wire: JsonObject = { type: 'custom', name };
  if (tool.description !== undefined) wire.description = tool.description;
  if (isObject(tool.grammar)) wire.format = { type: 'grammar', ...tool.grammar };
  restoreForm(wire, ownFields(tool.extensions)?.$form);
  return wire;
}

function encodeSearch(
  tool: WebSearchTool,
  path: string,
  request: CanonicalRequest,
  writer: ResponsesWriter,
): JsonObject | undefined {
  const own = ownFields(tool.extensions);
  if (own === undefined && writer.responses.webSearch === false) {
    warn(writer, 'unsupported', path, `the model '${request.model}' has no web search of its own here`);
    return undefined;
  }
  const wire: JsonObject = { type: typeof own?.$type === 'string' ? own.$type : 'web_search' };
  if (tool.domains !== undefined) wire.filters = encodeDomains(tool.domains, path, writer);
  if (tool.location !== undefined) wire.user_location = encodeLocation(tool.location, writer);
  if (tool.maxUses !== undefined)
    warn(writer, 'dropped', `${path}/maxUses`, 'the number of searches cannot be limited');
  return wire;
}

function encodeDomains(
  { allow, block }: NonNullable<WebSearchTool['domains']>,
  path: string,
  writer: ResponsesWriter,
): JsonObject {
  const filters: JsonObject = {};
  if (allow !== undefined) filters.allowed_domains = allow;
  if (block === undefined) return filters;
  if (writer.isOwn) filters.blocked_domains = block;
  else warn(writer, 'dropped', `${path}/domains/block`, 'single domains cannot be left out of the search');
  return filters;
}

function encodeLocation(location: JsonObject, writer: ResponsesWriter): JsonObject {
  return writer.isOwn || location.type !== undefined ? location : { type: 'approximate', ...location };
}

/** Writes `tool_choice` and `parallel_tool_calls`, which mean nothing where there are no tools. */
export function encodeToolChoice(request: CanonicalRequest, body: JsonObject, writer: ResponsesWriter): void {
  const { toolChoice: choice, parallelToolCalls: parallel } = request;
  const hasTools = writer.isOwn || body.tools !== undefined;
  if (choice !== undefined) {
    if (hasTools) body.tool_choice = encodeChoice(choice, request, body, writer);
    else if (choice.type === 'required' || choice.type === 'tool')
      warn(writer, 'dropped', '/toolChoice', 'no tool is left to choose');
  }
  if (parallel !== undefined && hasTools) body.parallel_tool_calls = parallel;
}

function encodeChoice(
  choice: ToolChoice,
  request: CanonicalRequest,
  body: JsonObject,
  writer: ResponsesWriter,
): Json {
  const kept = writer.isOwn ? ownFields(request.extensions)?.$choice : undefined;
  if (choice.type === 'tool') {
    if (typeof kept !== 'string') return namedTool(choice.name, choice.namespace, writer);
    const wire: JsonObject = { type: kept, name: choice.name };
    if (choice.namespace !== undefined) wire.namespace = choice.namespace;
    return wire;
  }
  if (isObject(kept)) return kept;
  if (choice.only === undefined || choice.type === 'none') return choice.type;
  const tools: JsonObject[] = [];
  for (const name of choice.only) tools.push(namedTool(name, undefined, writer));
  if (writer.options.allowedTools !== false) return { type: 'allowed_tools', mode: choice.type, tools };
  // Where the service knows no allowed tools, the others are not offered at all: the effect is the same.
  const names = new Set(tools.map(({ name }) => name));
  if (Array.isArray(body.tools))
    body.tools = body.tools.filter((tool) => isObject(tool) && names.has(tool.name));
  return choice.type;
}

function namedTool(name: string, namespace: string | undefined, writer: ResponsesWriter): JsonObject {
  const isCustom = writer.customTools.has(name) && writer.options.customTools !== false;
  return { type: isCustom ? 'custom' : 'function', name: wireToolName(name, namespace, writer) };
}
