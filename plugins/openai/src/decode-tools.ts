import {
  type CanonicalRequest,
  type CustomTool,
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
import { decodeCache } from './cache.ts';
import { DIALECT, keepOwn, makeOwn } from './dialect.ts';

const TOOL_FIELDS = new Set(['type', 'function', 'cache_control']);
const CUSTOM_TOOL_FIELDS = new Set(['type', 'custom']);
const FUNCTION_FIELDS = new Set(['name', 'description', 'parameters', 'strict', 'cache_control']);
const CUSTOM_FIELDS = new Set(['name', 'description', 'format']);
const SEARCH_FIELDS = new Set(['user_location']);

/** One entry of `tools`. An entry of an unknown shape is kept whole. */
export function decodeTool(tool: Json): Tool {
  const decoded = isObject(tool) ? readTool(tool) : undefined;
  return decoded ?? { type: 'opaque', dialect: DIALECT, value: tool };
}

function readTool(tool: JsonObject): Tool | undefined {
  if (tool.type === 'custom') return isObject(tool.custom) ? readCustom(tool, tool.custom) : undefined;
  if (tool.type !== 'function' && tool.type !== undefined) return undefined;
  if (!isObject(tool.function)) return undefined;
  const decoded = readFunction(tool.function);
  if (decoded === undefined) return undefined;
  if (tool.type === undefined) makeOwn(decoded).$type = 'absent';
  keepOwn(decoded, leftover(tool, TOOL_FIELDS));
  const { cache_control: control } = tool;
  const inner = tool.function.cache_control;
  const cache = decodeCache(control ?? inner);
  if (cache === undefined) {
    if (control !== undefined) makeOwn(decoded).cache_control = control;
    if (inner !== undefined) keepInner(decoded, { cache_control: inner });
    return decoded;
  }
  decoded.cache = cache;
  if (control === undefined) makeOwn(decoded).$cache = 'function';
  else if (inner !== undefined) keepInner(decoded, { cache_control: inner });
  return decoded;
}

/** Fields of the object inside the tool. */
function keepInner(tool: FunctionTool | CustomTool, fields: JsonObject): void {
  const own = makeOwn(tool);
  own.$inner = isObject(own.$inner) ? { ...own.$inner, ...fields } : fields;
}

/** A function as `tools` and the older `functions` write it. Null stands for an absent field and is kept. */
export function readFunction(wire: JsonObject): FunctionTool | undefined {
  if (typeof wire.name !== 'string') return undefined;
  const inputSchema = isObject(wire.parameters) ? wire.parameters : { type: 'object', properties: {} };
  const decoded: FunctionTool = { type: 'function', name: wire.name, inputSchema };
  const inner: JsonObject = leftover(wire, FUNCTION_FIELDS) ?? {};
  if (typeof wire.description === 'string') decoded.description = wire.description;
  else if (wire.description !== undefined) inner.description = wire.description;
  if (typeof wire.strict === 'boolean') decoded.strict = wire.strict;
  else if (wire.strict !== undefined) inner.strict = wire.strict;
  if (wire.parameters === undefined) makeOwn(decoded).$parameters = 'absent';
  else if (!isObject(wire.parameters)) inner.parameters = wire.parameters;
  if (!isEmpty(inner)) keepInner(decoded, inner);
  return decoded;
}

function readCustom(tool: JsonObject, wire: JsonObject): CustomTool | undefined {
  if (typeof wire.name !== 'string') return undefined;
  const decoded: CustomTool = { type: 'custom', name: wire.name };
  const inner: JsonObject = leftover(wire, CUSTOM_FIELDS) ?? {};
  if (typeof wire.description === 'string') decoded.description = wire.description;
  else if (wire.description !== undefined) inner.description = wire.description;
  const { format } = wire;
  if (isObject(format) && format.type === 'grammar' && isObject(format.grammar))
    decoded.grammar = format.grammar;
  else if (format !== undefined) inner.format = format;
  if (!isEmpty(inner)) keepInner(decoded, inner);
  keepOwn(decoded, leftover(tool, CUSTOM_TOOL_FIELDS));
  return decoded;
}

/** `web_search_options` asks for the service's own search, which the hub counts among the tools. */
export function decodeWebSearch(options: JsonObject): WebSearchTool {
  const decoded: WebSearchTool = { type: 'web-search' };
  const own: JsonObject = leftover(options, SEARCH_FIELDS) ?? {};
  const { user_location: location } = options;
  if (isObject(location) && location.type === 'approximate' && isObject(location.approximate)) {
    decoded.location = { type: 'approximate' };
    for (const key in location.approximate) decoded.location[key] = location.approximate[key];
    if (leftover(location, LOCATION_FIELDS) !== undefined) own.user_location = location;
  } else if (location !== undefined) {
    own.user_location = location;
  }
  own.$place = 'web_search_options';
  decoded.extensions = { [DIALECT]: own };
  return decoded;
}

const LOCATION_FIELDS = new Set(['type', 'approximate']);

/** Reads `tool_choice`; a form the hub has no words for is kept among `own`. */
export function decodeToolChoice(choice: Json, own: JsonObject): ToolChoice | undefined {
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { type: choice };
  if (choice === 'any') {
    // Mistral's word.
    own.$toolChoice = 'any';
    return { type: 'required' };
  }
  const decoded = isObject(choice) ? readChoice(choice) : undefined;
  if (decoded === undefined) own.tool_choice = choice;
  return decoded;
}

function readChoice(choice: JsonObject): ToolChoice | undefined {
  const { type } = choice;
  const inner = typeof type === 'string' ? choice[type] : undefined;
  if (typeof type !== 'string' || !isObject(inner)) return undefined;
  if (leftover(choice, new Set(['type', type])) !== undefined) return undefined;
  if (type === 'function' || type === 'custom') {
    if (typeof inner.name !== 'string' || leftover(inner, NAME_FIELDS) !== undefined) return undefined;
    return { type: 'tool', name: inner.name };
  }
  if (type !== 'allowed_tools' || !Array.isArray(inner.tools)) return undefined;
  if (inner.mode !== 'auto' && inner.mode !== 'required') return undefined;
  if (leftover(inner, ALLOWED_FIELDS) !== undefined) return undefined;
  const only: string[] = [];
  for (const tool of inner.tools) {
    const named = isObject(tool) && typeof tool.type === 'string' ? tool[tool.type] : undefined;
    if (!isObject(named) || typeof named.name !== 'string' || leftover(named, NAME_FIELDS) !== undefined)
      return undefined;
    only.push(named.name);
  }
  return { type: inner.mode, only };
}

const NAME_FIELDS = new Set(['name']);
const ALLOWED_FIELDS = new Set(['mode', 'tools']);

/** `functions` and `function_call`, the API before `tools`. */
export function decodeLegacyTools(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  if (Array.isArray(body.functions) && request.tools === undefined) {
    const tools: Tool[] = [];
    for (const wire of body.functions) {
      const tool = isObject(wire) && wire.cache_control === undefined ? readFunction(wire) : undefined;
      if (tool !== undefined) tools.push(tool);
    }
    if (tools.length === body.functions.length) {
      request.tools = tools;
      own.$functions = true;
    }
  }
  if (body.functions !== undefined && own.$functions === undefined) own.functions = body.functions;
  const { function_call: choice } = body;
  if (choice === undefined) return;
  if (own.$functions === true && request.toolChoice === undefined) {
    if (choice === 'auto' || choice === 'none') request.toolChoice = { type: choice };
    else if (
      isObject(choice) &&
      typeof choice.name === 'string' &&
      leftover(choice, NAME_FIELDS) === undefined
    ) {
      request.toolChoice = { type: 'tool', name: choice.name };
    }
  }
  if (request.toolChoice === undefined || own.$functions === undefined) own.function_call = choice;
}
