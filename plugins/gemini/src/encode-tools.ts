import {
  type CanonicalRequest,
  type FunctionTool,
  isObject,
  type Json,
  type JsonObject,
  type Tool,
  type WebSearchTool,
  warn,
} from '@dragoman/plugin-sdk';
import { cleanSchema } from './clean-schema.ts';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { wireToolName } from './tool-names.ts';
import { type RequestWriter, warnForeign } from './writer.ts';

/** `tools`: all functions in one group, each hosted tool in an entry of its own. */
export function encodeTools(request: CanonicalRequest, writer: RequestWriter): JsonObject[] {
  const tools = request.tools ?? [];
  const form = ownFields(request.extensions)?.$tools;
  return Array.isArray(form) ? writeBackTools(tools, form, writer) : encodeForeign(tools, writer);
}

function writeBackTools(tools: Tool[], form: Json[], writer: RequestWriter): JsonObject[] {
  const entries: JsonObject[] = [];
  let next = 0;
  for (const fields of form) {
    const entry: JsonObject = {};
    for (const field of Array.isArray(fields) ? fields : []) {
      const [key, count] = Array.isArray(field) ? field : [];
      if (typeof key !== 'string' || typeof count !== 'number') continue;
      const group = tools.slice(next, next + count);
      next += count;
      entry[key] =
        key === 'functionDeclarations' && group.every(isDeclared)
          ? group.map((tool) => declare(tool, writer))
          : writeBackTool(group[0], writer);
    }
    entries.push(entry);
  }
  return entries;
}

function isDeclared(tool: Tool): boolean {
  return (
    tool.type === 'function' ||
    (tool.type === 'opaque' && isObject(tool.value) && Array.isArray(tool.value.functionDeclarations))
  );
}

function declare(tool: Tool, writer: RequestWriter): Json {
  if (tool.type === 'function') return encodeFunction(tool, writer, '');
  const value = tool.type === 'opaque' && isObject(tool.value) ? tool.value.functionDeclarations : undefined;
  return Array.isArray(value) ? (value[0] ?? null) : null;
}

function writeBackTool(tool: Tool | undefined, writer: RequestWriter): Json {
  if (tool?.type === 'opaque' && isObject(tool.value)) {
    for (const key in tool.value) return tool.value[key] ?? null;
  }
  if (tool?.type !== 'web-search') return null;
  const search = encodeSearch(tool, writer, '');
  for (const key in search) return search[key] ?? null;
  return null;
}

function encodeForeign(tools: Tool[], writer: RequestWriter): JsonObject[] {
  const functions: JsonObject[] = [];
  const hosted: { wire: JsonObject; path: string }[] = [];
  for (let index = 0; index < tools.length; index++) {
    const tool = tools[index];
    const path = `/tools/${index}`;
    switch (tool?.type) {
      case 'function':
        functions.push(encodeFunction(tool, writer, path));
        break;
      case 'custom':
        functions.push(encodeCustom(tool.name, tool.description, writer, path));
        warnForeign(writer, tool.extensions, path);
        break;
      case 'web-search':
        hosted.push({ wire: encodeSearch(tool, writer, path), path });
        break;
      case 'opaque':
        if (tool.dialect === DIALECT && isObject(tool.value)) hosted.push({ wire: tool.value, path });
        else warn(writer, 'unsupported', path, `a tool only ${tool.dialect} runs`);
        break;
      default:
    }
  }
  const entries: JsonObject[] = functions.length === 0 ? [] : [{ functionDeclarations: functions }];
  for (const { wire, path } of hosted) {
    if (functions.length === 0 || writer.rules.mixedTools) entries.push(wire);
    else warn(writer, 'unsupported', path, 'the model takes hosted tools or functions, not both');
  }
  return entries;
}

function encodeFunction(tool: FunctionTool, writer: RequestWriter, path: string): JsonObject {
  const own = ownFields(tool.extensions);
  const wire: JsonObject = {
    name: writer.isOwn ? tool.name : wireToolName(writer, tool.name, tool.namespace),
  };
  if (tool.description !== undefined) wire.description = tool.description;
  if (writer.isOwn) {
    if (isObject(own?.$parameters)) Object.assign(wire, own.$parameters);
    else wire.parametersJsonSchema = tool.inputSchema;
  } else {
    wire.parametersJsonSchema = encodeSchema(tool.inputSchema, writer, path);
    if (tool.strict === true) {
      const text = 'all tools alike are held to their schemas, by the mode of the choice';
      warn(writer, 'approximated', `${path}/strict`, text);
    }
    if (tool.cache !== undefined) {
      warn(writer, 'approximated', `${path}/cache`, 'the service decides by itself what it caches');
    }
    warnForeign(writer, tool.extensions, path);
  }
  writeOwn(wire, tool.extensions);
  return wire;
}

function encodeSchema(inputSchema: JsonObject, writer: RequestWriter, path: string): JsonObject {
  const { schema, lost } = cleanSchema(inputSchema);
  if (lost.length > 0) {
    const text = `${lost.join(', ')}: told in descriptions, not enforced`;
    warn(writer, 'approximated', `${path}/inputSchema`, text);
  }
  if (schema.type === undefined && schema.anyOf === undefined && schema.$ref === undefined) {
    schema.type = 'object';
    schema.properties ??= {};
  }
  return schema;
}

function encodeCustom(
  name: string,
  description: string | undefined,
  writer: RequestWriter,
  path: string,
): JsonObject {
  const text = 'a free-text tool is sent as a function with one string, without its grammar';
  warn(writer, 'approximated', path, text);
  const wire: JsonObject = { name: wireToolName(writer, name) };
  writer.customTools.push(String(wire.name));
  if (description !== undefined) wire.description = description;
  wire.parametersJsonSchema = {
    type: 'object',
    properties: { input: { type: 'string' } },
    required: ['input'],
  };
  return wire;
}

/** Only sites to leave out can be named, and that only on Vertex: the field is refused elsewhere. */
function encodeSearch(tool: WebSearchTool, writer: RequestWriter, path: string): JsonObject {
  const own = ownFields(tool.extensions);
  const search: JsonObject = {};
  if (writer.isOwn) {
    if (tool.domains?.block !== undefined) search.excludeDomains = tool.domains.block;
  } else {
    const { domains, maxUses, location } = tool;
    if (domains?.allow !== undefined || domains?.block !== undefined) {
      warn(writer, 'dropped', `${path}/domains`, 'the search cannot be held to sites');
    }
    if (maxUses !== undefined) warn(writer, 'dropped', `${path}/maxUses`, 'searches cannot be counted');
    if (location !== undefined) warn(writer, 'dropped', `${path}/location`, 'the search has no place');
    warnForeign(writer, tool.extensions, path);
  }
  writeOwn(search, tool.extensions);
  return { [typeof own?.$key === 'string' ? own.$key : 'googleSearch']: search };
}
