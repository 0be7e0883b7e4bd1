import {
  type CanonicalRequest,
  chosenNames,
  closeSchema,
  type FunctionTool,
  isObject,
  isOneOf,
  type JsonObject,
  type Tool,
  type ToolChoice,
  warn,
  wireToolName,
} from '@dragoman/plugin-sdk';
import { encodeCachePoint } from './cache.ts';
import { DIALECT } from './dialect.ts';
import { toToolSchema } from './schema.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

/** `toolConfig`; absent when there is no tool. To be called after the messages were written. */
export function encodeTools(request: CanonicalRequest, writer: RequestWriter): JsonObject | undefined {
  const { toolChoice, tools = [] } = request;
  if (toolChoice?.type === 'none' && tools.length > 0) {
    warnNone(writer);
  }
  const isOffered = toolChoice?.type !== 'none' || writer.hasToolBlocks;
  const list = isOffered
    ? encodeList(tools, isForced(toolChoice, writer) ? undefined : chosenNames(request), writer)
    : [];
  if (list.length === 0 && writer.hasToolBlocks) list.push(...standIns(writer));
  if (list.length === 0) {
    if (toolChoice?.type === 'required' || toolChoice?.type === 'tool') {
      warn(writer, 'dropped', '/toolChoice', 'there is no tool to choose');
    }
    return undefined;
  }
  if (request.parallelToolCalls === false && tools.length > 0) {
    warn(writer, 'dropped', '/parallelToolCalls', 'the service cannot hold a model to one call at a time');
  }
  const config: JsonObject = { tools: list };
  const choice =
    toolChoice === undefined || tools.length === 0
      ? undefined
      : encodeChoice(toolChoice, chosenNames(request) !== undefined, writer);
  if (choice !== undefined) config.toolChoice = choice;
  return config;
}

/** Tools that are not offered are not called; a conversation with calls in it cannot do without. */
function warnNone(writer: RequestWriter): void {
  warn(writer, 'approximated', '/toolChoice', 'the service cannot forbid calls');
  if (!writer.hasToolBlocks)
    warn(writer, 'approximated', '/tools', 'tools that must not be called are not offered');
}

/** A choice of one tool that must be called: the service has a word for it. */
function isForced(choice: ToolChoice | undefined, { rules }: RequestWriter): boolean {
  return rules.toolChoice === 'tool' && choice?.type === 'required' && choice.only?.length === 1;
}

/** `only`: names of the tools that are offered, where not all are. */
function encodeList(tools: Tool[], only: readonly string[] | undefined, writer: RequestWriter): JsonObject[] {
  const list: JsonObject[] = [];
  for (let index = 0; index < tools.length; index++) {
    const tool = tools[index];
    if (tool === undefined) continue;
    const path = `/tools/${index}`;
    if (only !== undefined && !isOneOf(tool, only)) {
      warn(writer, 'approximated', path, 'the choice of tools leaves it out, so it is not offered');
      continue;
    }
    const wire = encodeTool(tool, writer, path);
    if (wire === undefined) continue;
    list.push(wire);
    if (tool.type !== 'function' || tool.cache === undefined) continue;
    if (writer.rules.cache && !writer.rules.cacheTools) {
      warn(writer, 'dropped', `${path}/cache`, 'the model caches no tools');
      continue;
    }
    const point = encodeCachePoint(tool.cache, `${path}/cache`, writer);
    if (point !== undefined) list.push(point);
  }
  return list;
}

/** A conversation that has calls in it is refused without tools, so those that were called are named. */
function standIns(writer: RequestWriter): JsonObject[] {
  const names = writer.usedTools.size > 0 ? [...writer.usedTools] : ['unknown_tool'];
  warn(writer, 'approximated', '/tools', 'a conversation with calls needs tools; those called were named');
  return names.map((name) => ({
    toolSpec: { name, description: 'No longer offered.', inputSchema: { json: { type: 'object' } } },
  }));
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
      const json = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };
      return { toolSpec: withDescription({ name }, tool.description, { json }) };
    }
    case 'web-search':
      warn(writer, 'unsupported', path, 'the service runs no searches');
      return undefined;
    case 'opaque':
      if (tool.dialect === DIALECT && isObject(tool.value)) return tool.value;
      warn(writer, 'unsupported', path, `a tool only ${tool.dialect} runs`);
      return undefined;
  }
}

function encodeFunction(tool: FunctionTool, writer: RequestWriter, path: string): JsonObject {
  const { schema, isChanged } = toToolSchema(tool.inputSchema);
  if (isChanged) {
    warn(writer, 'approximated', `${path}/inputSchema`, 'a tool takes an object; its schema was left out');
  }
  const name = wireToolName(writer, tool.name, tool.namespace);
  const spec = withDescription({ name }, tool.description, { json: schema });
  if (tool.strict === true && writer.rules.schemas) holdToSchema(spec, schema, `${path}/inputSchema`, writer);
  else if (tool.strict === true) {
    warn(writer, 'dropped', `${path}/strict`, 'the model is not held to a schema');
  }
  warnForeign(writer, tool.extensions, path);
  return { toolSpec: spec };
}

/** A Claude refuses a strict tool whose schema is open or holds limits. */
function holdToSchema(spec: JsonObject, schema: JsonObject, path: string, writer: RequestWriter): void {
  spec.strict = true;
  if (!writer.rules.closedSchemas) return;
  const closed = closeSchema(schema);
  spec.inputSchema = { json: closed.schema };
  if (closed.isChanged) warn(writer, 'approximated', path, 'limits in the schema became descriptions');
}

/** An empty description is refused. */
function withDescription(
  spec: JsonObject,
  description: string | undefined,
  inputSchema: JsonObject,
): JsonObject {
  if (description !== undefined && description !== '') spec.description = description;
  spec.inputSchema = inputSchema;
  return spec;
}

/** `isObeyed`: a choice of some tools shows in those that are offered. */
function encodeChoice(choice: ToolChoice, isObeyed: boolean, writer: RequestWriter): JsonObject | undefined {
  if (choice.type === 'none') return undefined;
  const only = choice.type === 'tool' ? undefined : choice.only;
  if (choice.type === 'auto') {
    if (only !== undefined && !isObeyed) warnOnly(writer);
    // What a model does anyway; some refuse the word for it.
    return writer.rules.toolChoice === 'auto' ? undefined : { auto: {} };
  }
  const name =
    choice.type === 'tool'
      ? wireToolName(writer, choice.name, choice.namespace)
      : only?.length === 1
        ? wireToolName(writer, only[0] ?? '')
        : undefined;
  if (only !== undefined && name === undefined && !isObeyed) warnOnly(writer);
  switch (writer.rules.toolChoice) {
    case 'tool':
      return name === undefined ? { any: {} } : { tool: { name } };
    case 'any':
      if (name !== undefined) {
        const message = 'the model can be made to call a tool, but not this one';
        warn(writer, 'approximated', '/toolChoice', message);
      }
      return { any: {} };
    case 'auto':
      warn(writer, 'approximated', '/toolChoice', 'the model cannot be made to call a tool');
      return undefined;
  }
}

function warnOnly(writer: RequestWriter): void {
  warn(writer, 'dropped', '/toolChoice/only', 'the choice cannot be limited to some of the tools');
}
