import {
  type CustomTool,
  type FunctionTool,
  isEmpty,
  isObject,
  isStrings,
  type Json,
  type JsonObject,
  leftover,
  type Tool,
  type ToolChoice,
  type WebSearchTool,
} from '@dragoman/plugin-sdk';

import { DIALECT, keepOwn, makeOwn } from './dialect.ts';

const FUNCTION_FIELDS = new Set(['type', 'name', 'description', 'parameters', 'strict']);
const CUSTOM_FIELDS = new Set(['type', 'name', 'description', 'format']);
const SEARCH_FIELDS = new Set(['type', 'filters', 'user_location']);

/** The entries of `tools`. A namespace gives its children; what has an unknown shape is kept whole. */
export function decodeTools(list: Json[]): Tool[] {
  const tools: Tool[] = [];
  for (const wire of list) {
    if (isObject(wire) && wire.type === 'namespace') readNamespace(wire, tools);
    else tools.push((isObject(wire) ? readTool(wire) : undefined) ?? opaque(wire));
  }
  return tools;
}

function opaque(value: Json): Tool {
  return { type: 'opaque', dialect: DIALECT, value };
}

function readTool(wire: JsonObject): Tool | undefined {
  if (wire.type === 'function') return readFunction(wire);
  if (wire.type === 'custom') return readCustom(wire);
  // A search that may not leave the service's own index has no counterpart elsewhere: there it would go out.
  const isSearch = typeof wire.type === 'string' && wire.type.startsWith('web_search');
  return isSearch && wire.external_web_access !== false ? readSearch(wire) : undefined;
}

/** Null and other odd values stand for absent fields and are kept. */
function readFunction(wire: JsonObject): FunctionTool | undefined {
  if (typeof wire.name !== 'string') return undefined;
  const { description, parameters, strict } = wire;
  const inputSchema = isObject(parameters) ? parameters : { type: 'object', properties: {} };
  const tool: FunctionTool = { type: 'function', name: wire.name, inputSchema };
  const form: JsonObject = {};
  if (typeof description === 'string') tool.description = description;
  else if (description !== undefined) form.description = description;
  if (typeof strict === 'boolean') tool.strict = strict;
  else if (strict !== undefined) form.strict = strict;
  if (parameters === undefined) form.parameters = 'absent';
  else if (!isObject(parameters)) form.parameters = { value: parameters };
  if (!isEmpty(form)) makeOwn(tool).$form = form;
  keepOwn(tool, leftover(wire, FUNCTION_FIELDS));
  return tool;
}

function readCustom(wire: JsonObject): CustomTool | undefined {
  if (typeof wire.name !== 'string') return undefined;
  const { description, format } = wire;
  const tool: CustomTool = { type: 'custom', name: wire.name };
  const form: JsonObject = {};
  if (typeof description === 'string') tool.description = description;
  else if (description !== undefined) form.description = description;
  if (isObject(format) && format.type === 'grammar') {
    const { type: _, ...grammar } = format;
    tool.grammar = grammar;
  } else if (format !== undefined) {
    form.format = format;
  }
  if (!isEmpty(form)) makeOwn(tool).$form = form;
  keepOwn(tool, leftover(wire, CUSTOM_FIELDS));
  return tool;
}

/** `web_search`, and its dated and preview forms. */
function readSearch(wire: JsonObject): WebSearchTool {
  const { type, filters, user_location: location } = wire;
  const tool: WebSearchTool = { type: 'web-search' };
  const own = makeOwn(tool);
  own.$type = type;
  const rest = isObject(filters) ? readFilters(filters, tool) : filters;
  if (rest !== undefined) own.filters = rest;
  if (isObject(location)) tool.location = location;
  else if (location !== undefined) own.user_location = location;
  keepOwn(tool, leftover(wire, SEARCH_FIELDS));
  return tool;
}

/** Returns what of the filters has no word in the hub: all of them, if anything has none. */
function readFilters(filters: JsonObject, tool: WebSearchTool): JsonObject | undefined {
  const { allowed_domains: allow, blocked_domains: block, ...rest } = filters;
  const isKnown = (list: Json | undefined): list is string[] | undefined =>
    list === undefined || isStrings(list);
  if (!isEmpty(rest) || !isKnown(allow) || !isKnown(block)) return filters;
  tool.domains = {};
  if (allow !== undefined) tool.domains.allow = allow;
  if (block !== undefined) tool.domains.block = block;
  return undefined;
}

/**
 * The children each know their namespace. The whole stays with the first of them, so that it can be written back as it
 * came; the others only mark that they are in it.
 */
function readNamespace(wire: JsonObject, tools: Tool[]): void {
  const before = tools.length;
  for (const child of Array.isArray(wire.tools) ? wire.tools : []) {
    const tool = isObject(child) && typeof wire.name === 'string' ? readTool(child) : undefined;
    if (tool === undefined || tool.type === 'opaque') continue;
    if (tool.type === 'function' && typeof wire.name === 'string') tool.namespace = wire.name;
    makeOwn(tool).$namespace = tools.length === before ? wire : true;
    tools.push(tool);
  }
  if (tools.length === before) tools.push(opaque(wire));
}

const NAMED_FIELDS = new Set(['type', 'name', 'namespace']);
const ALLOWED_FIELDS = new Set(['type', 'mode', 'tools']);

/** Reads `tool_choice`; a form the hub has no words for is kept among `own`. */
export function decodeToolChoice(choice: Json, own: JsonObject): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice };
  const decoded = isObject(choice) ? readChoice(choice, own) : undefined;
  if (decoded === undefined) own.tool_choice = choice;
  return decoded;
}

function readChoice(choice: JsonObject, own: JsonObject): ToolChoice | undefined {
  if (isNamed(choice)) {
    const decoded: ToolChoice = { type: 'tool', name: choice.name };
    if (typeof choice.namespace === 'string') decoded.namespace = choice.namespace;
    own.$choice = choice.type;
    return decoded;
  }
  if (choice.type !== 'allowed_tools' || !Array.isArray(choice.tools)) return undefined;
  if (choice.mode !== 'auto' && choice.mode !== 'required') return undefined;
  if (leftover(choice, ALLOWED_FIELDS) !== undefined) return undefined;
  const only: string[] = [];
  for (const tool of choice.tools) {
    if (!isObject(tool) || !isNamed(tool)) return undefined;
    only.push(tool.name);
  }
  own.$choice = choice;
  return { type: choice.mode, only };
}

function isNamed(choice: JsonObject): choice is JsonObject & { name: string } {
  const { type, name, namespace } = choice;
  if ((type !== 'function' && type !== 'custom') || typeof name !== 'string') return false;
  if (namespace !== undefined && typeof namespace !== 'string') return false;
  return leftover(choice, NAMED_FIELDS) === undefined;
}
