import type { JsonObject } from '@dragoman/plugin-sdk';
import { type ChatRequest, type Message, Ollama } from 'ollama';
import { type Asked, type Client, type Heard, weather } from './client.ts';
import type { Place } from './suite.ts';

/** Ollama's own library. */
export function ollamaChat({ url, key }: Place): Client {
  const connect = () => new Ollama({ host: url, headers: { authorization: `Bearer ${key}` } });
  return {
    name: 'ollama',
    takesPdf: false,
    showsThought: true,
    echoesSignatures: false,
    countsCache: false,
    // `abort` ends every request of an instance.
    ask: (asked) => converse(connect(), asked, opening(asked)),
    statusOf: (error) =>
      error instanceof Error && error.name === 'ResponseError'
        ? (error as Error & { status_code: number }).status_code
        : null,
  };
}

function opening({ system, text, image }: Asked): Message[] {
  const user: Message = { role: 'user', content: text, ...(image === undefined ? {} : { images: [image] }) };
  return system === undefined ? [user] : [{ role: 'system', content: system }, user];
}

async function converse(ollama: Ollama, asked: Asked, messages: Message[]): Promise<Heard> {
  const { model, schema, signal } = asked;
  const { name, description, schema: parameters } = weather;
  const body: ChatRequest = {
    model,
    messages,
    ...(asked.tools ? { tools: [{ type: 'function', function: { name, description, parameters } }] } : {}),
    ...(asked.reasoning ? { think: true } : {}),
    ...(schema === undefined ? {} : { format: schema }),
  };
  signal?.addEventListener('abort', () => ollama.abort());
  const pieces: string[] = [];
  const message: Message = { role: 'assistant', content: '' };
  let isCut = false;
  let usage = { input: -1, output: -1 };
  for await (const reply of asked.stream
    ? await ollama.chat({ ...body, stream: true })
    : [await ollama.chat({ ...body, stream: false })]) {
    const { content, thinking, tool_calls } = reply.message;
    message.content += content;
    if (thinking) message.thinking = (message.thinking ?? '') + thinking;
    if (tool_calls) message.tool_calls = [...(message.tool_calls ?? []), ...tool_calls];
    isCut ||= reply.done_reason === 'length';
    if (reply.done) usage = { input: reply.prompt_eval_count, output: reply.eval_count };
    if (asked.stream && content !== '') {
      pieces.push(content);
      asked.onText?.(content);
    }
  }
  const called = message.tool_calls ?? [];
  return {
    text: message.content,
    pieces,
    ...(message.thinking === undefined ? {} : { thought: message.thinking }),
    calls: called.map((call) => ({ name: call.function.name, input: call.function.arguments as JsonObject })),
    usage,
    isCut,
    answer: (results, next = model) =>
      converse(ollama, { ...asked, model: next }, [
        ...messages,
        message,
        ...called.map((call, index) => ({
          role: 'tool',
          tool_name: call.function.name,
          content: results[index] ?? '',
        })),
      ]),
  };
}
