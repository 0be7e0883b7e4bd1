import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import type { ReceivedRequest } from './fake-upstream.ts';
import { asArray, asObject, firstRefusal, type Refusal, RefusalSignal } from './refusal.ts';

/**
 * Refuses what an Ollama server refuses. It ignores keys it does not know; what it cannot read into its own types is an
 * error (its api/types.go and server/routes.go, version 0.13, seen 2026-11).
 */
export function checkOllama({ path, body }: ReceivedRequest): Refusal | null {
  return firstRefusal(() => {
    if (path === '/api/chat') checkBody(body);
  });
}

function refuseOllama(message: string, status = 400): never {
  throw new RefusalSignal({ status, body: { error: message } }, message);
}

function refuseType(got: Json | undefined, field: string, wanted: string): never {
  const kind = Array.isArray(got) ? 'array' : typeof got;
  refuseOllama(`json: cannot unmarshal ${kind} into Go struct field ChatRequest.${field} of type ${wanted}`);
}

function checkBody(body: JsonObject): void {
  if (typeof body.model !== 'string' || body.model === '') refuseOllama('model is required');
  if (body.stream !== undefined && typeof body.stream !== 'boolean')
    refuseType(body.stream, 'stream', 'bool');
  checkThink(body.think);
  checkFormat(body.format);
  if (body.options !== undefined && body.options !== null) checkOptions(asObject(body.options));
  for (const tool of asArray(body.tools) ?? []) checkTool(tool);
  const messages = body.messages === undefined ? [] : asArray(body.messages);
  if (messages === null) refuseType(body.messages, 'messages', '[]api.Message');
  for (const message of messages) checkMessage(asObject(message) ?? {});
}

function checkThink(think: Json | undefined): void {
  if (think === undefined || think === null || typeof think === 'boolean') return;
  if (['high', 'medium', 'low', 'max'].includes(String(think))) return;
  refuseOllama(
    `invalid think value: ${JSON.stringify(think)} (must be "high", "medium", "low", true, or false)`,
  );
}

function checkFormat(format: Json | undefined): void {
  if (format === undefined || format === null || format === '' || format === 'json') return;
  if (asObject(format) !== null) return;
  refuseOllama(`invalid format: ${JSON.stringify(format)}; expected "json" or a valid JSON Schema object`);
}

const kinds: Readonly<Record<string, string>> = {
  num_ctx: 'integer',
  num_predict: 'integer',
  seed: 'integer',
  top_k: 'integer',
  temperature: 'number',
  top_p: 'number',
  min_p: 'number',
  repeat_penalty: 'number',
  presence_penalty: 'number',
  frequency_penalty: 'number',
  stop: 'strings',
};

function checkOptions(options: JsonObject | null): void {
  if (options === null) refuseType(options, 'options', 'map[string]interface {}');
  for (const [name, value] of Object.entries(options)) {
    const kind = kinds[name];
    const isFine =
      kind === undefined ||
      (kind === 'strings'
        ? (asArray(value)?.every((each) => typeof each === 'string') ?? false)
        : typeof value === 'number' && (kind === 'number' || Number.isInteger(value)));
    if (!isFine) refuseOllama(`option "${name}" must be of type ${kind}`);
  }
}

function checkTool(value: Json): void {
  const tool = asObject(value);
  const declared = asObject(tool?.function);
  if (tool?.type !== 'function' || typeof declared?.name !== 'string') {
    refuseType(value, 'tools.function', 'api.ToolFunction');
  }
  const parameters = asObject(declared.parameters);
  for (const [name, property] of Object.entries(asObject(parameters?.properties) ?? {})) {
    const read = asObject(property);
    const { type, description } = read ?? {};
    const isType = type === undefined || typeof type === 'string' || asArray(type) !== null;
    if (read === null || !isType || (description !== undefined && typeof description !== 'string')) {
      refuseType(property, `tools.function.parameters.properties.${name}`, 'api.ToolProperty');
    }
  }
}

function checkMessage(message: JsonObject): void {
  if (typeof message.role !== 'string') refuseType(message.role, 'messages.role', 'string');
  if (message.content !== undefined && typeof message.content !== 'string') {
    refuseType(message.content, 'messages.content', 'string');
  }
  if (message.thinking !== undefined && typeof message.thinking !== 'string') {
    refuseType(message.thinking, 'messages.thinking', 'string');
  }
  for (const image of asArray(message.images) ?? []) {
    if (typeof image === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(image)) continue;
    const at = typeof image === 'string' ? image.search(/[^A-Za-z0-9+/=]/) : 0;
    refuseOllama(`illegal base64 data at input byte ${at}`);
  }
  for (const value of asArray(message.tool_calls) ?? []) {
    const called = asObject(asObject(value)?.function);
    if (typeof called?.name !== 'string') refuseType(value, 'messages.tool_calls.function.name', 'string');
    if (asObject(called.arguments) === null) {
      refuseType(called.arguments, 'messages.tool_calls.function.arguments', 'map[string]interface {}');
    }
  }
}
