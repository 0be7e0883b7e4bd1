import {
  assign,
  type CanonicalRequest,
  type CustomTool,
  type FunctionTool,
  isObject,
  type Json,
  type JsonObject,
  type Tool,
  type WebSearchTool,
  warn,
} from '@dragoman/plugin-sdk';
import { encodeCache } from './cache.ts';
import { DIALECT, ownFields, writeOwn } from './dialect.ts';
import { repairSchema } from './schema.ts';
import { wireToolName } from './tool-names.ts';
import { type RequestWriter, takesCache, warnForeign, writeKept } from './writer.ts';

/** Writes `tools` (or the older `functions`) and `web_search_options`. */
export function encodeTools(request: CanonicalRequest, body: JsonObject, writer: RequestWriter): void {
  const { tools } = request;
  if (tools === undefined) return;
  const isLegacy = ownFields(request.extensions)?.$functions === true;
  const wire: Json[] = [];
  let searches = 0;
  for (let index = 0; index < tools.length; index++) {
    const tool = tools[index];
    if (tool === undefined) continue;
    if (tool.type === 'web-search') {
      encodeWebSearch(tool, index, request, body, writer);
      searches++;
      continue;
    }
    if (isLegacy && tool.type === 'function') wire.push(encodeFunction(tool, writer));
    else {
      const encoded = encodeTool(tool, index, writer);
      if (encoded !== undefined) wire.push(encoded);
    }
  }
  // An empty list is refused; only what came in this dialect is written back as it came.
  if (wire.length > 0 || (writer.isOwn && searches === 0)) body[isLegacy ? 'functions' : 'tools'] = wire;
}

function encodeTool(
  tool: Exclude<Tool, WebSearchTool>,
  index: number,
  writer: RequestWriter,
): Json | undefined {
  switch (tool.type) {
    case 'function': {
      const own = ownFields(tool.extensions);
      const wire: JsonObject = own?.$type === 'absent' ? {} : { type: 'function' };
      wire.function = encodeFunction(tool, writer);
      if (tool.cache !== undefined) writeToolCache(wire, tool, index, writer);
      if (tool.extensions !== undefined) {
        writeKept(writer, wire, tool.extensions, `/tools/${index}/cache`);
        warnForeign(writer, tool.extensions, `/tools/${index}`);
      }
      return wire;
    }
    case 'custom':
      return encodeCustom(tool, index, writer);
    case 'opaque':
      if (tool.dialect === DIALECT) return tool.value;
      warn(writer, 'unsupported', `/tools/${index}`, `a tool only ${tool.dialect} knows is left out`);
      return undefined;
  }
}

function writeToolCache(wire: JsonObject, tool: FunctionTool, index: number, writer: RequestWriter): void {
  if (tool.cache === undefined || !takesCache(writer, `/tools/${index}/cache`)) return;
  const place = ownFields(tool.extensions)?.$cache === 'function' ? wire.function : wire;
  if (isObject(place)) place.cache_control = encodeCache(tool.cache);
}

function encodeFunction(tool: FunctionTool, writer: RequestWriter): JsonObject {
  const own = ownFields(tool.extensions);
  const wire: JsonObject = { name: wireToolName(tool.name, tool.namespace, writer) };
  if (tool.description !== undefined) wire.description = tool.description;
  if (own?.$parameters !== 'absent') {
    wire.parameters = writer.isOwn ? tool.inputSchema : repairSchema(tool.inputSchema);
  }
  if (tool.strict !== undefined && writer.options.strict !== false) wire.strict = tool.strict;
  assign(wire, own?.$inner);
  return wire;
}

function encodeCustom(tool: CustomTool, index: number, writer: RequestWriter): JsonObject {
  const name = wireToolName(tool.name, undefined, writer);
  if (writer.options.customTools === false) {
    warn(writer, 'approximated', `/tools/${index}`, 'a free-text tool is sent as a function with one string');
    const parameters = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };
    const inner: JsonObject = { name, parameters };
    if (tool.description !== undefined) inner.description = tool.description;
    return { type: 'function', function: inner };
  }
  const inner: JsonObject = { name };
  if (tool.description !== undefined) inner.description = tool.description;
  if (tool.grammar !== undefined) inner.format = { type: 'grammar', grammar: tool.grammar };
  assign(inner, ownFields(tool.extensions)?.$inner);
  const wire: JsonObject = { type: 'custom', custom: inner };
  if (tool.extensions !== undefined) {
    writeOwn(wire, tool.extensions);
    warnForeign(writer, tool.extensions, `/tools/${index}`);
  }
  return wire;
}

/** Only the models made for it search; for any other the field is an error. */
function encodeWebSearch(
  tool: WebSearchTool,
  index: number,
  request: CanonicalRequest,
  body: JsonObject,
  writer: RequestWriter,
): void {
  const path = `/tools/${index}`;
  const own = ownFields(tool.extensions);
  const canSearch = writer.options.webSearch ?? (own !== undefined || /-search(-|$)/.test(request.model));
  if (!canSearch) {
    warn(writer, 'unsupported', path, `the model '${request.model}' has no web search of its own here`);
    return;
  }
  const options: JsonObject = {};
  if (tool.location !== undefined) {
    const { type: _, ...approximate } = tool.location;
    options.user_location = { type: 'approximate', approximate };
  }
  writeOwn(options, tool.extensions);
  warnForeign(writer, tool.extensions, path);
  if (tool.domains !== undefined)
    warn(writer, 'dropped', `${path}/domains`, 'the search cannot be held to domains');
  if (tool.maxUses !== undefined)
    warn(writer, 'dropped', `${path}/maxUses`, 'the number of searches cannot be limited');
  body.web_search_options = options;
}
