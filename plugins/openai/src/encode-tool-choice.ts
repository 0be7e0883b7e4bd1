import {
  type CanonicalRequest,
  isObject,
  type Json,
  type JsonObject,
  type ToolChoice,
  warn,
} from '@dragoman/plugin-sdk';
import { ownFields } from './dialect.ts';
import { wireToolName } from './tool-names.ts';
import type { RequestWriter } from './writer.ts';

/** Writes `tool_choice` and `parallel_tool_calls`, which the service refuses where there are no tools. */
export function encodeToolChoice(request: CanonicalRequest, body: JsonObject, writer: RequestWriter): void {
  const { toolChoice: choice, parallelToolCalls: parallel } = request;
  const isLegacy = ownFields(request.extensions)?.$functions === true;
  const hasTools = writer.isOwn || body.tools !== undefined;
  if (choice !== undefined) {
    if (hasTools) {
      const wire = encodeChoice(choice, request, body, writer);
      if (wire !== undefined) body[isLegacy ? 'function_call' : 'tool_choice'] = wire;
    } else if (choice.type === 'required' || choice.type === 'tool') {
      warn(writer, 'dropped', '/toolChoice', 'no tool is left to choose');
    }
  }
  if (parallel === undefined) return;
  if (hasTools) body.parallel_tool_calls = parallel;
}

function encodeChoice(
  choice: ToolChoice,
  request: CanonicalRequest,
  body: JsonObject,
  writer: RequestWriter,
): Json | undefined {
  const own = ownFields(request.extensions);
  if (choice.type === 'tool') {
    const name = wireToolName(choice.name, choice.namespace, writer);
    return own?.$functions === true ? { name } : namedTool(choice.name, name, writer);
  }
  if (choice.only === undefined)
    return choice.type === 'required' && own?.$toolChoice === 'any' ? 'any' : choice.type;
  if (writer.options.allowedTools === false) return restrictTools(choice.type, choice.only, body, writer);
  const tools: Json[] = [];
  for (const name of choice.only) tools.push(namedTool(name, wireToolName(name, undefined, writer), writer));
  if (choice.type === 'none') return 'none';
  return { type: 'allowed_tools', allowed_tools: { mode: choice.type, tools } };
}

function namedTool(name: string, wireName: string, writer: RequestWriter): JsonObject {
  const isCustom = writer.customTools.has(name) && writer.options.customTools !== false;
  return isCustom
    ? { type: 'custom', custom: { name: wireName } }
    : { type: 'function', function: { name: wireName } };
}

/** Where the service knows no allowed tools, the others are not offered at all: the effect is the same. */
function restrictTools(
  mode: string,
  only: string[],
  body: JsonObject,
  writer: RequestWriter,
): string | undefined {
  const names = new Set<Json | undefined>();
  for (const name of only) names.add(wireToolName(name, undefined, writer));
  if (Array.isArray(body.tools)) {
    body.tools = body.tools.filter((tool) => {
      const inner = isObject(tool) ? (tool.function ?? tool.custom) : undefined;
      return isObject(inner) && names.has(inner.name);
    });
  }
  return mode;
}
