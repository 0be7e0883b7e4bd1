import type {
  CanonicalRequest,
  Json,
  JsonObject,
  Message,
  Part,
  Tool,
  Translator,
  WireRequest,
} from '@dragoman/plugin-sdk';

/**
 * Reads a request as the service does, which is the only way to see what reached it: the dialect itself never reads one.
 * Throws on what the service refuses.
 */
export const readBack: Translator<WireRequest, CanonicalRequest> = ({ body }) => {
  const wire = body as JsonObject;
  const request: CanonicalRequest = {
    model: String(wire.model),
    stream: wire.stream === true,
    messages: (wire.messages as JsonObject[]).map(readMessage),
  };
  checkOrder(wire.messages as JsonObject[]);
  for (const { data } of (wire.documents ?? []) as { data: JsonObject }[]) {
    request.messages.push({ role: 'user', parts: [{ type: 'text', text: JSON.stringify(data) }] });
  }
  readSettings(wire, request);
  const tools = (wire.tools ?? []) as JsonObject[];
  if (tools.length > 0) request.tools = tools.map((tool) => readTool(tool, wire.strict_tools === true));
  if (wire.tool_choice === 'NONE') request.toolChoice = { type: 'none' };
  else if (wire.tool_choice === 'REQUIRED') request.toolChoice = { type: 'required' };
  else refuseIf(wire.tool_choice !== undefined, 'an unknown tool_choice');
  refuseIf(wire.tool_choice !== undefined && tools.length === 0, 'a choice without tools');
  const format = wire.response_format as JsonObject | undefined;
  refuseIf(format !== undefined && tools.length > 0, 'JSON beside tools');
  refuseIf(format !== undefined && wire.documents !== undefined, 'JSON beside documents');
  if (format !== undefined) {
    const schema = format.json_schema as JsonObject | undefined;
    request.output = schema === undefined ? { format: 'json' } : { format: 'json', schema };
  }
  return { output: request };
};

function refuseIf(isRefused: boolean, what: string): void {
  if (isRefused) throw new Error(`the service refuses ${what}`);
}

function checkOrder(messages: JsonObject[]): void {
  refuseIf(!messages.some(({ role }) => role !== 'system'), 'a conversation of system texts');
  let open = new Set<Json | undefined>();
  for (const { role, tool_calls: calls, tool_call_id: id } of messages) {
    if (role === 'tool') refuseIf(!open.delete(id), `a result for no call: ${id}`);
    else open = new Set(((calls ?? []) as JsonObject[]).map((call) => call.id));
  }
}

function readSettings(wire: JsonObject, request: CanonicalRequest): void {
  const names = {
    maxOutputTokens: 'max_tokens',
    temperature: 'temperature',
    topP: 'p',
    topK: 'k',
    seed: 'seed',
    frequencyPenalty: 'frequency_penalty',
    presencePenalty: 'presence_penalty',
  } as const;
  for (const [word, field] of Object.entries(names)) {
    const value = wire[field];
    if (typeof value === 'number') request[word as keyof typeof names] = value;
  }
  if (Array.isArray(wire.stop_sequences)) {
    refuseIf(wire.stop_sequences.length > 5, 'more than five stop sequences');
    request.stop = wire.stop_sequences as string[];
  }
  if (wire.logprobs === true) request.logprobs = {};
  const thinking = wire.thinking as JsonObject | undefined;
  if (thinking?.type === 'disabled') request.reasoning = { effort: 'none' };
  else if (thinking !== undefined) request.reasoning = { budgetTokens: Number(thinking.token_budget ?? -1) };
}

function readTool({ function: inner }: JsonObject, strict: boolean): Tool {
  const { name, description, parameters } = inner as JsonObject;
  const tool: Tool = { type: 'function', name: String(name), inputSchema: parameters as JsonObject, strict };
  refuseIf(tool.inputSchema.type !== 'object', 'a tool without an object');
  if (typeof description === 'string') tool.description = description;
  return tool;
}

function readMessage(wire: JsonObject): Message {
  const { role, content, tool_plan: plan, tool_calls: calls } = wire;
  if (role === 'tool') {
    refuseIf(typeof content !== 'string', 'a result of another shape');
    const output = [{ type: 'text' as const, text: String(content) }];
    return { role, parts: [{ type: 'tool-result', callId: String(wire.tool_call_id), output }] };
  }
  if (role !== 'user' && role !== 'assistant' && role !== 'system')
    throw new Error(`an unknown role ${role}`);
  const items =
    typeof content === 'string' ? [{ type: 'text', text: content }] : ((content ?? []) as JsonObject[]);
  const parts: Part[] = items.map(readItem);
  refuseIf(parts.length === 0 && calls === undefined, 'an empty message');
  if (typeof plan === 'string') parts.push({ type: 'text', text: plan });
  for (const call of (calls ?? []) as JsonObject[]) {
    const { name, arguments: input } = call.function as JsonObject;
    parts.push({
      type: 'tool-call',
      id: String(call.id),
      name: String(name),
      kind: 'function',
      input: String(input),
    });
  }
  return { role, parts };
}

function readItem(item: JsonObject): Part {
  if (item.type === 'text') return { type: 'text', text: String(item.text) };
  if (item.type === 'thinking') return { type: 'reasoning', text: String(item.thinking) };
  const { url, detail } = item.image_url as JsonObject;
  const part: Part = { type: 'media', mediaType: 'image/*', source: { type: 'url', url: String(url) } };
  if (typeof detail === 'string') part.detail = detail;
  return part;
}
