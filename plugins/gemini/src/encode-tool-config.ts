import {
  type CanonicalRequest,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  warn,
} from '@dragoman/plugin-sdk';
import { ownFields } from './dialect.ts';
import { wireToolName } from './tool-names.ts';
import type { RequestWriter } from './writer.ts';

/** `toolConfig`: which functions the model may or must call. */
export function encodeToolConfig(
  request: CanonicalRequest,
  tools: JsonObject[] | undefined,
  writer: RequestWriter,
): Json | undefined {
  const own = ownFields(request.extensions);
  if (own !== undefined) return writeBack(own);
  const config: JsonObject = {};
  const hasFunctions = tools?.some((tool) => tool.functionDeclarations !== undefined) === true;
  const calling = hasFunctions ? encodeChoice(request, writer) : undefined;
  if (calling !== undefined) config.functionCallingConfig = calling;
  // Without it the service refuses hosted tools beside functions.
  if (hasFunctions && (tools?.length ?? 0) > 1) config.includeServerSideToolInvocations = true;
  const type = request.toolChoice?.type;
  if (!hasFunctions && (type === 'required' || type === 'tool')) {
    warn(writer, 'dropped', '/toolChoice', 'there is no function to choose');
  } else if (!hasFunctions && type === 'none' && (tools?.length ?? 0) > 0) {
    warn(writer, 'dropped', '/toolChoice', 'a hosted tool that is offered may be used');
  }
  return isEmpty(config) ? undefined : config;
}

function writeBack(own: JsonObject): Json | undefined {
  if (own.toolConfig !== undefined && !isObject(own.toolConfig)) return own.toolConfig;
  const config: JsonObject = {};
  if (own.$calling !== undefined && own.$calling !== false) config.functionCallingConfig = own.$calling;
  if (own.toolConfig !== undefined) Object.assign(config, own.toolConfig);
  return own.$calling === undefined && own.toolConfig === undefined ? undefined : config;
}

/** A choice among some needs a mode that holds calls to schemas; so do strict tools. */
function encodeChoice(request: CanonicalRequest, writer: RequestWriter): JsonObject | undefined {
  const choice = request.toolChoice ?? { type: 'auto' };
  const isStrict = request.tools?.some((tool) => tool.type === 'function' && tool.strict === true) === true;
  switch (choice.type) {
    case 'none':
      return { mode: 'NONE' };
    case 'tool':
      return { mode: 'ANY', allowedFunctionNames: [wireToolName(writer, choice.name, choice.namespace)] };
    case 'required':
      return withNames({ mode: 'ANY' }, choice.only, writer);
    case 'auto':
      if (choice.only !== undefined) return withNames({ mode: 'VALIDATED' }, choice.only, writer);
      return isStrict ? { mode: 'VALIDATED' } : undefined;
  }
}

function withNames(calling: JsonObject, only: string[] | undefined, writer: RequestWriter): JsonObject {
  if (only !== undefined) calling.allowedFunctionNames = only.map((name) => wireToolName(writer, name));
  return calling;
}
