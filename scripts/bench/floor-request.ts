/** The least translation of a request that answers rightly: text, tools, tool calls, tool results. The floor to beat. */
interface OpenaiCall {
  id: string;
  function: { name: string; arguments: string };
}
interface OpenaiMessage {
  role: string;
  content: string | null;
  tool_calls?: OpenaiCall[];
  tool_call_id?: string;
}
interface OpenaiTool {
  function: { name: string; description?: string; parameters: object };
}
export interface OpenaiRequest {
  model: string;
  messages: OpenaiMessage[];
  tools?: OpenaiTool[];
  max_tokens?: number;
  stream?: boolean;
}
interface AnthropicMessage {
  role: 'user' | 'assistant';
  content: object[];
}
export interface AnthropicRequest {
  model: string;
  max_tokens: number;
  system?: string;
  messages: { role: string; content: string }[];
}

/** `anthropic/small` to `small`. */
function upstreamModel(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

export function toAnthropic(request: OpenaiRequest): object {
  let system = '';
  const messages: AnthropicMessage[] = [];
  const add = (role: AnthropicMessage['role'], part: object): void => {
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(part);
    else messages.push({ role, content: [part] });
  };
  for (const message of request.messages) {
    if (message.role === 'system') {
      system += message.content ?? '';
    } else if (message.role === 'tool') {
      add('user', { type: 'tool_result', tool_use_id: message.tool_call_id, content: message.content });
    } else if (message.role === 'user') {
      add('user', { type: 'text', text: message.content });
    } else {
      if (message.content) add('assistant', { type: 'text', text: message.content });
      for (const { id, function: called } of message.tool_calls ?? []) {
        add('assistant', { type: 'tool_use', id, name: called.name, input: JSON.parse(called.arguments) });
      }
    }
  }
  return {
    model: upstreamModel(request.model),
    max_tokens: request.max_tokens ?? 4096,
    system,
    messages,
    tools: request.tools?.map(({ function: { name, description, parameters } }) => ({
      name,
      description,
      input_schema: parameters,
    })),
    stream: request.stream,
  };
}

export function toOpenai(request: AnthropicRequest): object {
  const messages = [{ role: 'system', content: request.system ?? '' }];
  for (const { role, content } of request.messages) messages.push({ role, content });
  return { model: upstreamModel(request.model), messages, max_completion_tokens: request.max_tokens };
}
