import {
  type FunctionTool,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type Tool,
  type ToolChoice,
  type WebSearchTool,
} from '@dragoman/plugin-sdk';
import { readCache } from './cache.ts';
import { DIALECT, FAMILY } from './dialect.ts';

const FUNCTION_FIELDS = new Set(['name', 'description', 'input_schema', 'strict', 'cache_control']);
const SEARCH_FIELDS = new Set([
  'allowed_domains',
  'blocked_domains',
  'max_uses',
  'user_location',
  'type',
  'name',
]);
const CHOICE_FIELDS = new Set(['type', 'name', 'disable_parallel_tool_use']);

export function decodeTool(tool: Json): Tool {
  if (!isObject(tool)) return { type: 'opaque', dialect: DIALECT, family: FAMILY, value: tool };
  const type = tool.type;
  if (type === undefined || type === null || type === 'custom') {
    if (typeof tool.name === 'string' && isObject(tool.input_schema)) {
      return decodeFunction(tool, tool.name, tool.input_schema);
    }
  }
  if (typeof type === 'string' && type.startsWith('web_search')) return decodeWebSearch(tool, type);
  return { type: 'opaque', dialect: DIALECT, family: FAMILY, value: tool };
}

function decodeFunction(tool: JsonObject, name: string, inputSchema: JsonObject): FunctionTool {
  const decoded: FunctionTool = { type: 'function', name, inputSchema };
  let own = leftover(tool, FUNCTION_FIELDS);
  if (typeof tool.description === 'string') decoded.description = tool.description;
  else if (tool.description !== undefined) {
    own ??= {};
    own.description = tool.description;
  }
  if (typeof tool.strict === 'boolean') decoded.strict = tool.strict;
  else if (tool.strict !== undefined) {
    own ??= {};
    own.strict = tool.strict;
  }
  if (own !== undefined) decoded.extensions = { [DIALECT]: renameType(own) };
  readCache(decoded, tool.cache_control);
  return decoded;
}

/** `type: custom` says nothing the hub does not know: it is a marker, so that no other dialect reports it lost. */
function renameType(own: JsonObject): JsonObject {
  if (own.type === undefined) return own;
  const { type, ...rest } = own;
  rest.$type = type;
  return rest;
}

function decodeWebSearch(tool: JsonObject, type: string): WebSearchTool {
  const decoded: WebSearchTool = { type: 'web-search' };
  const own: JsonObject = leftover(tool, SEARCH_FIELDS) ?? {};
  own.$type = type;
  own.$name = tool.name;
  const allow = readDomains(tool.allowed_domains, 'allowed_domains', own);
  const block = readDomains(tool.blocked_domains, 'blocked_domains', own);
  if (allow !== undefined || block !== undefined) {
    decoded.domains = {};
    if (allow !== undefined) decoded.domains.allow = allow;
    if (block !== undefined) decoded.domains.block = block;
  }
  if (typeof tool.max_uses === 'number') decoded.maxUses = tool.max_uses;
  else if (tool.max_uses !== undefined) own.max_uses = tool.max_uses;
  if (isObject(tool.user_location)) decoded.location = tool.user_location;
  else if (tool.user_location !== undefined) own.user_location = tool.user_location;
  decoded.extensions = { [DIALECT]: own };
  return decoded;
}

function readDomains(domains: Json | undefined, field: string, own: JsonObject): string[] | undefined {
  if (Array.isArray(domains)) return domains.filter((domain) => typeof domain === 'string');
  if (domains !== undefined) own[field] = domains;
  return undefined;
}

export interface DecodedChoice {
  toolChoice?: ToolChoice;
  parallelToolCalls?: boolean;
  /** The wire's own form, where the hub's words do not tell it all. */
  form?: Json;
}

export function decodeToolChoice(choice: Json): DecodedChoice {
  const decoded: DecodedChoice = {};
  if (!isObject(choice)) return { form: choice };
  switch (choice.type) {
    case 'auto':
      decoded.toolChoice = { type: 'auto' };
      break;
    case 'any':
      decoded.toolChoice = { type: 'required' };
      break;
    case 'none':
      decoded.toolChoice = { type: 'none' };
      break;
    case 'tool':
      if (typeof choice.name === 'string') decoded.toolChoice = { type: 'tool', name: choice.name };
      else decoded.form = choice;
      break;
    default:
      decoded.form = choice;
  }
  const disable = choice.disable_parallel_tool_use;
  if (typeof disable === 'boolean') decoded.parallelToolCalls = !disable;
  else if (disable !== undefined) decoded.form = choice;
  if (choice.type === 'none' && disable !== undefined) decoded.form = choice;
  if (leftover(choice, CHOICE_FIELDS) !== undefined) decoded.form = choice;
  return decoded;
}
