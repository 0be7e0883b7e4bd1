import {
  type CanonicalRequest,
  chosenNames,
  closeSchema,
  type FunctionTool,
  isObject,
  isOneOf,
  type Json,
  type JsonObject,
  type Tool,
  type ToolChoice,
  type WebSearchTool,
  warn,
} from '@dragoman/plugin-sdk';
import { writeCache } from './cache.ts';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { toInputSchema } from './schema.ts';
import { wireToolName } from './tool-names.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

/** The service refuses a request with more strict tools. */
const MAX_STRICT = 20;

/** The one web search every model with tools can run; newer ones need the code execution tool beside them. */
const WEB_SEARCH = 'web_search_20250305';

export function encodeTools(request: CanonicalRequest, tools: Tool[], writer: RequestWriter): Json[] {
  const encoded: Json[] = [];
  const only = writer.isOwn || isForced(request.toolChoice, writer) ? undefined : chosenNames(request);
  for (let index = 0; index < tools.length; index++) {
    const tool = tools[index];
    if (tool !== undefined && only !== undefined && !isOneOf(tool, only)) {
      const text = 'the choice of tools leaves it out, so it is not offered';
      warn(writer, 'approximated', `/tools/${index}`, text);
      continue;
    }
    const wire = tool === undefined ? undefined : encodeTool(tool, writer, `/tools/${index}`);
    if (wire !== undefined) encoded.push(wire);
  }
  return encoded;
}

/** A choice of one tool that must be called: the service has a word for it. */
function isForced(choice: ToolChoice | undefined, { rules }: RequestWriter): boolean {
  return rules.forcedTools && choice?.type === 'required' && choice.only?.length === 1;
}

function encodeTool(tool: Tool, writer: RequestWriter, path: string): Json | undefined {
  switch (tool.type) {
    case 'function':
      return encodeFunction(tool, writer, path);
    case 'custom': {
      writer.customTools.push(tool.name);
      const text = 'a free-text tool is sent as a function with one string, without its grammar';
      warn(writer, 'approximated', path, text);
      warnForeign(writer, tool.extensions, path);
      const wire: JsonObject = { name: wireToolName(writer, tool.name) };
      if (tool.description !== undefined) wire.description = tool.description;
      wire.input_schema = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };
      return wire;
    }
    case 'web-search':
      return encodeWebSearch(tool, writer, path);
    case 'opaque':
      if (tool.dialect === DIALECT) return tool.value;
      warn(writer, 'unsupported', path, `a tool only ${tool.dialect} runs`);
      return undefined;
  }
}

function encodeFunction(tool: FunctionTool, writer: RequestWriter, path: string): JsonObject {
  const wire: JsonObject = { name: wireToolName(writer, tool.name, tool.namespace) };
  const own = ownFields(tool.extensions);
  if (own?.$type !== undefined) wire.type = own.$type;
  if (tool.description !== undefined) wire.description = tool.description;
  if (writer.isOwn) {
    wire.input_schema = tool.inputSchema;
  } else {
    const { schema, isChanged } = toInputSchema(tool.inputSchema);
    if (isChanged)
      warn(writer, 'approximated', `${path}/inputSchema`, 'alternatives at the root became one object');
    wire.input_schema = schema;
    // `false` is the default.
    if (tool.strict === true) holdToSchema(wire, schema, path, writer);
  }
  if (tool.strict !== undefined && writer.isOwn) wire.strict = tool.strict;
  if (tool.cache !== undefined) {
    if (writer.rules.cacheControl) wire.cache_control = writeCache(tool.cache);
    else warn(writer, 'dropped', `${path}/cache`, 'the provider takes no cache breakpoints');
  }
  writeOwn(wire, tool.extensions);
  warnForeign(writer, tool.extensions, path);
  return wire;
}

/** Older models know nothing of `strict`, newer ones refuse a strict tool whose schema is open or holds limits. */
function holdToSchema(wire: JsonObject, schema: JsonObject, path: string, writer: RequestWriter): void {
  if (writer.rules.structuredOutput !== 'format') {
    warn(writer, 'dropped', `${path}/strict`, 'the model is not held to a schema');
  } else if (writer.strictTools >= MAX_STRICT) {
    warn(writer, 'dropped', `${path}/strict`, `only ${MAX_STRICT} tools may be strict`);
  } else {
    writer.strictTools++;
    wire.strict = true;
    const closed = closeSchema(schema);
    wire.input_schema = closed.schema;
    if (closed.isChanged)
      warn(writer, 'approximated', `${path}/inputSchema`, 'limits in the schema became descriptions');
  }
}

function encodeWebSearch(tool: WebSearchTool, writer: RequestWriter, path: string): JsonObject {
  const own = ownFields(tool.extensions);
  const wire: JsonObject = { type: own?.$type ?? WEB_SEARCH, name: own?.$name ?? 'web_search' };
  const { allow, block } = tool.domains ?? {};
  if (allow !== undefined) wire.allowed_domains = allow;
  if (block !== undefined && allow !== undefined && !writer.isOwn) {
    warn(writer, 'dropped', `${path}/domains/block`, 'allowed and blocked domains exclude each other');
  } else if (block !== undefined) {
    wire.blocked_domains = block;
  }
  if (tool.maxUses !== undefined) wire.max_uses = tool.maxUses;
  if (tool.location !== undefined) wire.user_location = encodeLocation(tool.location);
  writeOwn(wire, tool.extensions);
  warnForeign(writer, tool.extensions, path);
  return wire;
}

/** Some dialects put the place under `approximate`; here the fields stand beside `type`. */
function encodeLocation(location: JsonObject): JsonObject {
  if (isObject(location.approximate)) return { type: 'approximate', ...location.approximate };
  return location.type === undefined ? { type: 'approximate', ...location } : location;
}

/** `tool_choice`, with the wish for at most one call in it; absent without tools, where the service refuses it. */
export function encodeToolChoice(
  request: CanonicalRequest,
  tools: Json[] | undefined,
  writer: RequestWriter,
): Json | undefined {
  const form = ownFields(request.extensions)?.$tool_choice;
  if (form !== undefined) return form;
  const hasTools = tools !== undefined && tools.length > 0;
  if (!writer.isOwn && !hasTools) {
    const type = request.toolChoice?.type;
    if (type === 'required' || type === 'tool') {
      warn(writer, 'dropped', '/toolChoice', 'there is no tool to choose');
    }
    return undefined;
  }
  const isSingle = request.parallelToolCalls === false;
  if (request.toolChoice === undefined) {
    return isSingle ? { type: 'auto', disable_parallel_tool_use: true } : undefined;
  }
  const choice = encodeChoice(request.toolChoice, chosenNames(request) !== undefined, writer);
  if (!writer.isOwn && !writer.rules.forcedTools && (choice.type === 'any' || choice.type === 'tool')) {
    warn(writer, 'approximated', '/toolChoice', "the model cannot be made to call a tool; 'auto' is sent");
    choice.type = 'auto';
    delete choice.name;
  }
  if (isSingle && choice.type !== 'none') choice.disable_parallel_tool_use = true;
  else if (writer.isOwn && request.parallelToolCalls === true) choice.disable_parallel_tool_use = false;
  return choice;
}

/** `isObeyed`: a choice of some tools shows in those that are offered. */
function encodeChoice(choice: ToolChoice, isObeyed: boolean, writer: RequestWriter): JsonObject {
  switch (choice.type) {
    case 'tool': {
      return { type: 'tool', name: wireToolName(writer, choice.name, choice.namespace) };
    }
    case 'none':
      return { type: 'none' };
    case 'auto':
    case 'required': {
      const only = choice.only;
      if (only === undefined) return { type: choice.type === 'auto' ? 'auto' : 'any' };
      if (only.length === 1 && choice.type === 'required')
        return { type: 'tool', name: wireToolName(writer, only[0] ?? '') };
      if (!isObeyed)
        warn(writer, 'dropped', '/toolChoice/only', 'the choice cannot be limited to some of the tools');
      return { type: choice.type === 'auto' ? 'auto' : 'any' };
    }
  }
}
