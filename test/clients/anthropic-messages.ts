import Anthropic from '@anthropic-ai/sdk';
import type {
  ContentBlockParam,
  Message,
  MessageCreateParamsNonStreaming,
  MessageParam,
} from '@anthropic-ai/sdk/resources/messages';
import { type Asked, type Client, type Heard, weather } from './client.ts';
import type { Place } from './suite.ts';

/** Anthropic's own library. */
export function anthropicMessages({ url, key }: Place): Client {
  const anthropic = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
  return {
    name: '@anthropic-ai/sdk',
    takesPdf: true,
    showsThought: true,
    echoesSignatures: true,
    countsCache: true,
    needsThought: true,
    ask: (asked) => converse(anthropic, asked, opening(asked)),
    statusOf: (error) => (error instanceof Anthropic.RateLimitError ? error.status : null),
  };
}

function opening({ text, image, pdf }: Asked): MessageParam[] {
  const content: ContentBlockParam[] = [];
  if (image !== undefined) {
    content.push({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } });
  }
  if (pdf !== undefined) {
    content.push({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf } });
  }
  content.push({ type: 'text', text });
  return [{ role: 'user', content: content.length === 1 ? text : content }];
}

async function converse(anthropic: Anthropic, asked: Asked, messages: MessageParam[]): Promise<Heard> {
  const { model, system, schema, signal } = asked;
  const { name, description, schema: input_schema } = weather;
  const body: MessageCreateParamsNonStreaming = {
    model,
    max_tokens: 4096,
    messages,
    ...(system === undefined ? {} : { system }),
    ...(asked.tools ? { tools: [{ name, description, input_schema }] } : {}),
    ...(asked.reasoning ? { thinking: { type: 'enabled', budget_tokens: 2048 } } : {}),
    ...(schema === undefined ? {} : { output_config: { format: { type: 'json_schema', schema } } }),
  };
  const pieces: string[] = [];
  const reply = await (asked.stream ? whole() : anthropic.messages.create(body, { signal }));

  async function whole(): Promise<Message> {
    const stream = anthropic.messages.stream(body, { signal });
    stream.on('text', (piece) => {
      pieces.push(piece);
      asked.onText?.(piece);
    });
    return stream.finalMessage();
  }

  const { content, usage } = reply;
  const called = content.flatMap((block) => (block.type === 'tool_use' ? [block] : []));
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    pieces,
    thought: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: called.map((call) => ({ name: call.name, input: call.input as Heard['calls'][0]['input'] })),
    usage: { input: usage.input_tokens + cached, output: usage.output_tokens, cached },
    isCut: reply.stop_reason === 'max_tokens',
    answer: (results, next = model) =>
      converse(anthropic, { ...asked, model: next }, [
        ...messages,
        { role: 'assistant', content: content as ContentBlockParam[] },
        {
          role: 'user',
          content: called.map(({ id }, index) => ({
            type: 'tool_result',
            tool_use_id: id,
            content: results[index] ?? '',
          })),
        },
      ]),
  };
}
