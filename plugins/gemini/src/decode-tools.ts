import {
  type CanonicalRequest,
  type FunctionTool,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type Tool,
  type ToolChoice,
  type WebSearchTool,
} from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY, listOf } from './dialect.ts';
import { fromGeminiSchema } from './json-schema.ts';
import { named } from './names.ts';

const FUNCTION_FIELDS = new Set(['name', 'description', 'parameters', 'parametersJsonSchema']);
const TOOL_CONFIG_FIELDS = new Set(['functionCallingConfig']);
/** Fields of a tool that are a search of the web. */
const SEARCHES = new Set(['googleSearch', 'googleSearchRetrieval']);

/**
 * One entry of `tools` may hold several tools, and functions come in groups. `$tools` remembers the form: for each entry
 * its fields in order, a group of functions with their number.
 */
export function decodeTools(raw: Json | undefined, request: CanonicalRequest, own: JsonObject): void {
  const list = listOf(raw);
  if (list === undefined) {
    if (raw !== undefined) own.tools = raw;
    return;
  }
  const tools: Tool[] = [];
  const form: Json[] = [];
  for (const item of list) {
    if (!isObject(item)) {
      own.tools = raw;
      return;
    }
    const wire = named(item);
    const fields: Json[] = [];
    for (const key in wire) {
      const before = tools.length;
      readTool(key, wire[key] ?? null, tools);
      fields.push([key, tools.length - before]);
    }
    form.push(fields);
  }
  request.tools = tools;
  own.$tools = form;
}

function readTool(key: string, value: Json, tools: Tool[]): void {
  const functions = key === 'functionDeclarations' ? listOf(value) : undefined;
  if (functions !== undefined) {
    for (const item of functions) tools.push(decodeFunction(item));
  } else if (SEARCHES.has(key) && isObject(value)) {
    tools.push(decodeSearch(key, named(value)));
  } else {
    tools.push({ type: 'opaque', dialect: DIALECT, family: FAMILY, value: { [key]: value } });
  }
}

function decodeFunction(raw: Json): Tool {
  const wire = isObject(raw) ? named(raw) : {};
  if (typeof wire.name !== 'string') {
    const value = { functionDeclarations: [raw] };
    return { type: 'opaque', dialect: DIALECT, family: FAMILY, value };
  }
  const tool: FunctionTool = { type: 'function', name: wire.name, inputSchema: {} };
  const own: JsonObject = leftover(wire, FUNCTION_FIELDS) ?? {};
  if (typeof wire.description === 'string') tool.description = wire.description;
  else if (wire.description !== undefined) own.description = wire.description;
  if (isObject(wire.parametersJsonSchema) && wire.parameters === undefined) {
    tool.inputSchema = wire.parametersJsonSchema;
  } else {
    const form: JsonObject = {};
    if (wire.parameters !== undefined) form.parameters = wire.parameters;
    if (wire.parametersJsonSchema !== undefined) form.parametersJsonSchema = wire.parametersJsonSchema;
    own.$parameters = form;
    tool.inputSchema = isObject(wire.parametersJsonSchema)
      ? wire.parametersJsonSchema
      : isObject(wire.parameters)
        ? fromGeminiSchema(wire.parameters)
        : { type: 'object', properties: {} };
  }
  if (!isEmpty(own)) tool.extensions = { [DIALECT]: own };
  return tool;
}

function decodeSearch(key: string, wire: JsonObject): WebSearchTool {
  const tool: WebSearchTool = { type: 'web-search' };
  const own: JsonObject = {};
  for (const field in wire) {
    const value = wire[field];
    if (field === 'excludeDomains' && Array.isArray(value) && value.every((one) => typeof one === 'string')) {
      tool.domains = { block: value };
    } else {
      own[field] = value;
    }
  }
  if (key !== 'googleSearch') own.$key = key;
  if (!isEmpty(own)) tool.extensions = { [DIALECT]: own };
  return tool;
}

/** `toolConfig`. VALIDATED leaves the choice to the model as AUTO does, and holds calls to their schemas. */
export function decodeToolConfig(raw: Json | undefined, request: CanonicalRequest, own: JsonObject): void {
  if (!isObject(raw)) {
    if (raw !== undefined) own.toolConfig = raw;
    return;
  }
  const wire = named(raw);
  const rest = leftover(wire, TOOL_CONFIG_FIELDS);
  if (rest !== undefined) own.toolConfig = rest;
  if (wire.functionCallingConfig === undefined) {
    own.$calling = false;
    return;
  }
  if (!isObject(wire.functionCallingConfig)) {
    own.$calling = wire.functionCallingConfig;
    return;
  }
  const config = named(wire.functionCallingConfig);
  own.$calling = config;
  const choice = readChoice(config);
  if (choice !== undefined) request.toolChoice = choice;
}

function readChoice(config: JsonObject): ToolChoice | undefined {
  const { mode, allowedFunctionNames: names } = config;
  const only = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  switch (typeof mode === 'string' ? mode.toUpperCase() : mode) {
    case 'NONE':
      return { type: 'none' };
    case 'ANY':
      if (only.length === 1 && only[0] !== undefined) return { type: 'tool', name: only[0] };
      return only.length > 1 ? { type: 'required', only } : { type: 'required' };
    case 'AUTO':
    case 'VALIDATED':
      return only.length > 0 ? { type: 'auto', only } : { type: 'auto' };
    default:
      return undefined;
  }
}
