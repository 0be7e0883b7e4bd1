import type { JsonObject } from '@dragoman/plugin-sdk';
import { Mistral } from '@mistralai/mistralai';
import type { ChatCompletionRequest, ContentChunk, ToolCall } from '@mistralai/mistralai/models/components';
import { MistralError } from '@mistralai/mistralai/models/errors';
import { type Asked, type Client, type Heard, weather } from './client.ts';
import type { Place } from './suite.ts';

type Messages = ChatCompletionRequest['messages'];

/** Mistral's own library. */
export function mistralChat({ url, key }: Place): Client {
  const mistral = new Mistral({ serverURL: url, apiKey: key, retryConfig: { strategy: 'none' } });
  return {
    name: '@mistralai/mistralai',
    takesPdf: true,
    showsThought: true,
    echoesSignatures: false,
    countsCache: true,
    ask: (asked) => converse(mistral, asked, opening(asked)),
    statusOf: (error) => (error instanceof MistralError ? error.statusCode : null),
  };
}

function opening({ system, text, image, pdf }: Asked): Messages {
  const content: ContentChunk[] = [{ type: 'text', text }];
  if (image !== undefined) content.push({ type: 'image_url', imageUrl: `data:image/png;base64,${image}` });
  if (pdf !== undefined) {
    const documentUrl = `data:application/pdf;base64,${pdf}`;
    content.push({ type: 'document_url', documentUrl, documentName: 'a.pdf' });
  }
  const user = { role: 'user' as const, content: content.length === 1 ? text : content };
  return system === undefined ? [user] : [{ role: 'system', content: system }, user];
}

async function converse(mistral: Mistral, asked: Asked, messages: Messages): Promise<Heard> {
  const { model, schema, signal } = asked;
  const { name, description, schema: parameters } = weather;
  const body: ChatCompletionRequest = {
    model,
    messages,
    randomSeed: 7,
    ...(asked.tools
      ? { tools: [{ type: 'function', function: { name, description, parameters } }], toolChoice: 'auto' }
      : {}),
    ...(asked.reasoning && !model.includes('gpt-4o') ? { reasoningEffort: 'high' } : {}),
    ...(schema === undefined
      ? {}
      : { responseFormat: { type: 'json_schema', jsonSchema: { name: 'place', schemaDefinition: schema } } }),
  };
  const pieces: string[] = [];
  const chunks: ContentChunk[] = [];
  const calls: ToolCall[] = [];
  let usage: Heard['usage'] = { input: -1, output: -1 };

  function hear(content: string | ContentChunk[] | null | undefined): void {
    for (const chunk of typeof content === 'string'
      ? [{ type: 'text' as const, text: content }]
      : (content ?? [])) {
      chunks.push(chunk);
      if (!asked.stream || chunk.type !== 'text') continue;
      pieces.push(chunk.text);
      if (chunk.text !== '') asked.onText?.(chunk.text);
    }
  }

  let end: string | null = null;
  if (asked.stream) {
    for await (const { data } of await mistral.chat.stream(body)) {
      const [choice] = data.choices;
      hear(choice?.delta.content);
      for (const call of choice?.delta.toolCalls ?? []) addCall(calls, call);
      if (data.usage) usage = countOf(data.usage);
      end = choice?.finishReason ?? end;
      const { error } = data as unknown as { error?: { message: string } };
      if (error !== undefined) throw new Error(error.message);
      // A signal among its fetch options is lost once the reply has begun; leaving the loop always ends it.
      if (signal?.aborted) throw new Error('aborted');
    }
    // The library leaves it to its caller to see that a stream has an end.
    if (end === null) throw new Error('the stream has no end');
  } else {
    const reply = await mistral.chat.complete(body);
    const message = reply.choices[0]?.message;
    hear(message?.content);
    calls.push(...(message?.toolCalls ?? []));
    usage = countOf(reply.usage);
    end = reply.choices[0]?.finishReason ?? null;
  }
  return {
    text: chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join(''),
    pieces,
    thought: chunks
      .flatMap((chunk) => (chunk.type === 'thinking' ? chunk.thinking : []))
      .map(textOf)
      .join(''),
    calls: calls.map((call) => ({ name: call.function.name, input: inputOf(call) })),
    usage,
    isCut: end === 'length',
    answer: (results, next = model) =>
      converse(mistral, { ...asked, model: next }, [
        ...messages,
        { role: 'assistant', content: chunks, toolCalls: calls },
        ...calls.map((call, index) => ({
          role: 'tool' as const,
          name: call.function.name,
          toolCallId: call.id ?? '',
          content: results[index] ?? '',
        })),
      ]),
  };
}

/** Mistral's own service sends calls whole; others send arguments piece by piece under the index of the call. */
function addCall(calls: ToolCall[], call: ToolCall): void {
  const known = call.id !== undefined && call.id !== 'null' ? undefined : calls[call.index ?? 0];
  if (known === undefined) calls.push(call);
  else known.function.arguments = String(known.function.arguments) + String(call.function.arguments);
}

function countOf(usage: object): Heard['usage'] {
  const { promptTokens, completionTokens, ...rest } = usage as {
    promptTokens: number;
    completionTokens: number;
    [name: string]: unknown;
  };
  const details = (rest.prompt_tokens_details ?? rest.promptTokensDetails) as
    | { cached_tokens?: number }
    | undefined;
  return { input: promptTokens, output: completionTokens, cached: details?.cached_tokens ?? -1 };
}

function textOf(piece: object): string {
  return 'text' in piece ? String(piece.text) : '';
}

function inputOf({ function: called }: ToolCall): JsonObject {
  const { arguments: input } = called;
  return (typeof input === 'string' ? JSON.parse(input) : input) as JsonObject;
}
