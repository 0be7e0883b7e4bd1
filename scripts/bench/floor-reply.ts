/** The least translation of an answer and of a stream; see floor-request.ts. */
export interface AnthropicReply {
  id: string;
  model: string;
  content: ({ type: 'text'; text: string } | { type: 'tool_use'; id: string; name: string; input: object })[];
  stop_reason: string;
  usage: { input_tokens: number; output_tokens: number };
}
export interface OpenaiReply {
  id: string;
  model: string;
  choices: { message: { content: string }; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number };
}
export type AnthropicEvent =
  | { type: 'message_start'; message: AnthropicReply }
  | { type: 'content_block_delta'; delta: { text: string } }
  | { type: 'message_delta'; delta: { stop_reason: string } }
  | { type: 'message_stop' | 'content_block_start' | 'content_block_stop' | 'ping' };

export function replyToOpenai(reply: AnthropicReply): object {
  let content = '';
  const calls: object[] = [];
  for (const part of reply.content) {
    if (part.type === 'text') content += part.text;
    else {
      const called = { name: part.name, arguments: JSON.stringify(part.input) };
      calls.push({ id: part.id, type: 'function', function: called });
    }
  }
  const { input_tokens, output_tokens } = reply.usage;
  const message = { role: 'assistant', content, tool_calls: calls.length > 0 ? calls : undefined };
  return {
    id: reply.id,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: reply.model,
    choices: [{ index: 0, message, finish_reason: finishOf(reply.stop_reason) }],
    usage: {
      prompt_tokens: input_tokens,
      completion_tokens: output_tokens,
      total_tokens: input_tokens + output_tokens,
    },
  };
}

export function replyToAnthropic(reply: OpenaiReply): object {
  const choice = reply.choices[0];
  return {
    id: reply.id,
    type: 'message',
    role: 'assistant',
    model: reply.model,
    content: [{ type: 'text', text: choice?.message.content }],
    stop_reason: choice?.finish_reason === 'stop' ? 'end_turn' : 'tool_use',
    stop_sequence: null,
    usage: { input_tokens: reply.usage.prompt_tokens, output_tokens: reply.usage.completion_tokens },
  };
}

function finishOf(reason: string): string {
  return reason === 'tool_use' ? 'tool_calls' : 'stop';
}

/** Bytes of an Anthropic stream to text of an OpenAI one; everything of one read is one write. */
export function createFloorStream(): (chunk: Buffer) => string {
  const decoder = new TextDecoder();
  const created = Math.floor(Date.now() / 1000);
  let rest = '';
  let id = '';
  let model = '';

  function chunkOf(delta: object, finish: string | null): string {
    const choices = [{ index: 0, delta, finish_reason: finish }];
    return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, choices })}\n\n`;
  }
  function translate(event: AnthropicEvent): string {
    switch (event.type) {
      case 'message_start':
        ({ id, model } = event.message);
        return chunkOf({ role: 'assistant', content: '' }, null);
      case 'content_block_delta':
        return chunkOf({ content: event.delta.text }, null);
      case 'message_delta':
        return chunkOf({}, finishOf(event.delta.stop_reason));
      case 'message_stop':
        return 'data: [DONE]\n\n';
      default:
        return '';
    }
  }
  return (chunk) => {
    const text = rest + decoder.decode(chunk, { stream: true });
    let out = '';
    let start = 0;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n', start)) {
      const json = text.indexOf('data: ', start) + 6;
      out += translate(JSON.parse(text.slice(json, end)) as AnthropicEvent);
      start = end + 2;
    }
    rest = text.slice(start);
    return out;
  };
}
