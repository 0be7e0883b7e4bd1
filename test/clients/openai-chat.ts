import OpenAI from 'openai';
import type {
  ChatCompletion,
  ChatCompletionContentPart,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { type Asked, type Client, type Heard, weather } from './client.ts';
import type { Place } from './suite.ts';

/** OpenAI's own library, asking for chat completions. */
export function openaiChat({ url, key }: Place): Client {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  return {
    name: 'openai (chat)',
    takesPdf: true,
    showsThought: false,
    echoesSignatures: false,
    countsCache: true,
    ask: (asked) => converse(openai, asked, opening(asked)),
    statusOf: (error) => (error instanceof OpenAI.RateLimitError ? error.status : null),
  };
}

function opening({ system, text, image, pdf }: Asked): ChatCompletionMessageParam[] {
  const content: ChatCompletionContentPart[] = [{ type: 'text', text }];
  if (image !== undefined) {
    content.push({ type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } });
  }
  if (pdf !== undefined) {
    const file_data = `data:application/pdf;base64,${pdf}`;
    content.push({ type: 'file', file: { filename: 'a.pdf', file_data } });
  }
  const user: ChatCompletionMessageParam = { role: 'user', content: content.length === 1 ? text : content };
  return system === undefined ? [user] : [{ role: 'system', content: system }, user];
}

async function converse(
  openai: OpenAI,
  asked: Asked,
  messages: ChatCompletionMessageParam[],
): Promise<Heard> {
  const { model, schema, signal } = asked;
  const { name, description, schema: parameters } = weather;
  const body = {
    model,
    messages,
    ...(asked.tools
      ? { tools: [{ type: 'function' as const, function: { name, description, parameters } }] }
      : {}),
    ...(asked.reasoning && !model.includes('gpt-4o') ? { reasoning_effort: 'high' as const } : {}),
    ...(schema === undefined
      ? {}
      : {
          response_format: {
            type: 'json_schema' as const,
            json_schema: { name: 'place', strict: true, schema },
          },
        }),
  };
  const pieces: string[] = [];
  const reply = await (asked.stream ? whole() : openai.chat.completions.create(body, { signal }));

  async function whole(): Promise<ChatCompletion> {
    const stream = openai.chat.completions.stream(
      { ...body, stream_options: { include_usage: true } },
      { signal },
    );
    stream.on('content', (piece) => {
      pieces.push(piece);
      asked.onText?.(piece);
    });
    return stream.finalChatCompletion();
  }

  const message = reply.choices[0]?.message;
  if (message === undefined) throw new Error('no message');
  const called = (message.tool_calls ?? []).flatMap((call) => (call.type === 'function' ? [call] : []));
  return {
    text: message.content ?? '',
    pieces,
    calls: called.map((call) => ({ name: call.function.name, input: JSON.parse(call.function.arguments) })),
    usage: {
      input: reply.usage?.prompt_tokens ?? -1,
      output: reply.usage?.completion_tokens ?? -1,
      cached: reply.usage?.prompt_tokens_details?.cached_tokens ?? -1,
    },
    isCut: reply.choices[0]?.finish_reason === 'length',
    answer: (results, next = model) =>
      converse(openai, { ...asked, model: next }, [
        ...messages,
        echoed(message, next),
        ...called.map(({ id }, index) => ({
          role: 'tool' as const,
          tool_call_id: id,
          content: results[index] ?? '',
        })),
      ]),
  };
}

/** What the library adds to a streamed message for its caller is nothing for the service itself. */
function echoed(message: ChatCompletionMessage, model: string): ChatCompletionMessageParam {
  if (!model.startsWith('openai/')) return message;
  const { parsed: _parsed, ...rest } = message as ChatCompletionMessage & { parsed?: unknown };
  return rest;
}
