import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import type { ReceivedRequest } from './fake-upstream.ts';
import { asArray, asObject, firstRefusal, type Refusal, RefusalSignal } from './refusal.ts';

/** Refuses what Cohere's v2 chat refuses (docs.cohere.com/reference/chat and /docs/tool-use-overview, seen 2026-11). */
export function checkCohere(request: ReceivedRequest, { key }: { key: string }): Refusal | null {
  return firstRefusal(() => {
    if (request.headers.authorization !== `Bearer ${key}`) refuseCohere('invalid api token', 401);
    if (request.path === '/v2/chat') checkBody(request.body);
  });
}

/** The body alone; for recorded requests. */
export function checkCohereBody(body: JsonObject): Refusal | null {
  return firstRefusal(() => checkBody(body));
}

function refuseCohere(message: string, status = 400): never {
  throw new RefusalSignal({ status, body: { id: 'fake', message } }, message);
}

function onlyFields(value: JsonObject, known: string, path: string): void {
  for (const name of Object.keys(value)) {
    if (known.split(' ').includes(name)) continue;
    refuseCohere(`unknown field: parameter '${path}${name}' is not a valid field`);
  }
}

const topLevel =
  'citation_options documents frequency_penalty k logprobs max_tokens messages model p presence_penalty priority ' +
  'raw_prompting reasoning_effort response_format safety_mode seed stop_sequences stream strict_tools temperature thinking ' +
  'tool_choice tools';
const ranges: readonly [name: string, least: number, most: number][] = [
  ['k', 0, 500],
  ['p', 0.01, 0.99],
  ['frequency_penalty', 0, 1],
  ['presence_penalty', 0, 1],
  ['temperature', 0, 2],
  ['max_tokens', 0, 1_000_000],
];

function checkBody(body: JsonObject): void {
  onlyFields(body, topLevel, '');
  if (typeof body.model !== 'string') refuseCohere('invalid request: model is required');
  for (const [name, least, most] of ranges) {
    const value = body[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || value < least || value > most) {
      refuseCohere(`invalid request: ${name} must be between ${least} and ${most} inclusive.`);
    }
  }
  if ((asArray(body.stop_sequences) ?? []).length > 5) {
    refuseCohere('invalid request: at most 5 stop sequences are allowed.');
  }
  const tools = checkTools(body);
  checkFormat(body, tools);
  const messages = asArray(body.messages) ?? [];
  if (messages.length === 0) {
    refuseCohere(
      'invalid request: messages must be at least 1 token long or tool results must be specified.',
    );
  }
  checkMessages(messages);
}

function checkTools(body: JsonObject): number {
  const tools = asArray(body.tools) ?? [];
  for (const value of tools) {
    const tool = asObject(value);
    const declared = asObject(tool?.function);
    if (tool?.type !== 'function' || declared === null)
      refuseCohere('invalid request: tool type must be function.');
    onlyFields(declared, 'name description parameters', 'tools.function.');
    if (typeof declared.name !== 'string' || !/^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(declared.name)) {
      refuseCohere(`invalid request: tool name '${String(declared.name)}' is not valid.`);
    }
    if (asObject(declared.parameters)?.type !== 'object') {
      refuseCohere("invalid request: the parameters of a tool must be a JSON schema of type 'object'.");
    }
  }
  if (body.tool_choice !== undefined && !['REQUIRED', 'NONE'].includes(String(body.tool_choice))) {
    refuseCohere('invalid request: tool_choice must be REQUIRED or NONE.');
  }
  if (body.tool_choice === 'REQUIRED' && tools.length === 0) {
    refuseCohere('invalid request: tool_choice REQUIRED needs tools.');
  }
  return tools.length;
}

function checkFormat({ response_format, documents }: JsonObject, tools: number): void {
  const format = asObject(response_format);
  if (format === null) return;
  onlyFields(format, 'type json_schema', 'response_format.');
  if (format.type === 'json_object' && (tools > 0 || asArray(documents) !== null)) {
    refuseCohere('invalid request: response_format json_object cannot be used with tools or documents.');
  }
  if (format.type === 'json_object' && format.json_schema !== undefined) {
    const schema = asObject(format.json_schema);
    const properties = Object.keys(asObject(schema?.properties) ?? {});
    if (
      schema?.type !== 'object' ||
      properties.length === 0 ||
      (asArray(schema.required) ?? []).length === 0
    ) {
      refuseCohere(
        'invalid request: the top-level schema must be an object with at least one required property.',
      );
    }
  }
}

const keysOfRole: Readonly<Record<string, string>> = {
  system: 'role content',
  user: 'role content',
  assistant: 'role content tool_calls tool_plan citations',
  tool: 'role tool_call_id content',
};
const partsOfRole: Readonly<Record<string, readonly string[]>> = {
  system: ['text'],
  user: ['text', 'image_url'],
  assistant: ['text', 'thinking'],
  tool: ['text', 'document'],
};

/** All calls of an assistant are answered by the tool messages right after it, in any order. */
function checkMessages(messages: readonly Json[]): void {
  let open = new Set<string>();
  for (const value of messages) {
    const message = asObject(value) ?? {};
    const role = String(message.role);
    const keys = keysOfRole[role];
    if (keys === undefined) refuseCohere(`invalid request: role '${role}' is not valid.`);
    onlyFields(message, keys, 'messages.');
    checkContent(message, role);
    if (role === 'tool') {
      if (!open.delete(String(message.tool_call_id))) {
        refuseCohere(
          `invalid request: tool call id '${String(message.tool_call_id)}' not found in previous tool calls.`,
        );
      }
      continue;
    }
    if (open.size > 0) refuseOpen(open);
    open = new Set((asArray(message.tool_calls) ?? []).map(checkCall));
  }
  if (open.size > 0) refuseOpen(open);
}

function refuseOpen(open: ReadonlySet<string>): never {
  refuseCohere(`invalid request: tool calls without a tool message: ${[...open].join(', ')}`);
}

function checkContent({ content, tool_calls }: JsonObject, role: string): void {
  if (content === undefined || content === null) {
    if (role === 'assistant' && asArray(tool_calls) !== null) return;
    refuseCohere(`invalid request: a ${role} message must have content.`);
  }
  if (typeof content === 'string') return;
  const parts = asArray(content) ?? [];
  if (parts.length === 0) refuseCohere(`invalid request: a ${role} message must have content.`);
  for (const value of parts) {
    const part = asObject(value);
    const type = String(part?.type);
    if (!(partsOfRole[role] ?? []).includes(type)) {
      refuseCohere(`invalid request: content of type '${type}' is not valid in a ${role} message.`);
    }
    const held = type === 'image_url' ? asObject(part?.image_url)?.url : part?.[type];
    if (type === 'document' ? asObject(part?.document)?.data === undefined : typeof held !== 'string') {
      refuseCohere(`invalid request: content of type '${type}' needs its ${type}.`);
    }
    if (type === 'image_url' && !/^(https?:\/\/|data:image\/[\w.+-]+;base64,)/.test(String(held))) {
      refuseCohere('invalid request: image_url must be a URL or a data URL.');
    }
  }
}

function checkCall(value: Json): string {
  const call = asObject(value) ?? {};
  onlyFields(call, 'id type function', 'messages.tool_calls.');
  const called = asObject(call.function);
  if (typeof call.id !== 'string' || call.type !== 'function' || typeof called?.arguments !== 'string') {
    refuseCohere('invalid request: a tool call needs an id, its type and a function with arguments.');
  }
  if (!isObjectJson(called.arguments))
    refuseCohere('invalid request: arguments of a tool call must be a JSON object.');
  return call.id;
}

function isObjectJson(text: string): boolean {
  try {
    return asObject(JSON.parse(text) as Json) !== null;
  } catch {
    return false;
  }
}
