import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import type { JsonObject } from '@dragoman/plugin-sdk';
import {
  APICallError,
  generateText,
  jsonSchema,
  type LanguageModel,
  type ModelMessage,
  Output,
  streamText,
  tool,
} from 'ai';
import { type Asked, type Client, type Heard, weather } from './client.ts';
import type { Place } from './suite.ts';

/** One of the providers of Vercel's `ai`, as it is pointed at the gateway. */
interface Provider {
  name: string;
  model(id: string): LanguageModel;
  /** Its words for "think first"; of a model that can. */
  reasoning: Record<string, JsonObject>;
  /** Always asked for. */
  always?: Record<string, JsonObject>;
  echoesSignatures: boolean;
  showsThought: boolean;
  needsThought?: boolean;
}

export function aiOpenai({ url, key }: Place): Client {
  const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
  // It writes its own reasoning items; a reply of another service has none it knows to send back but these.
  const reasoning = {
    openai: { reasoningEffort: 'high', reasoningSummary: 'auto', forceReasoning: true, store: false },
  };
  return client({
    name: 'ai with @ai-sdk/openai',
    model: (id) => openai(id),
    reasoning,
    // Else it names by id what it takes to be stored.
    always: { openai: { store: false } },
    echoesSignatures: true,
    showsThought: true,
  });
}

export function aiOpenaiChat({ url, key }: Place): Client {
  const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
  return client({
    name: 'ai with @ai-sdk/openai (chat)',
    model: (id) => openai.chat(id),
    reasoning: { openai: { reasoningEffort: 'high' } },
    echoesSignatures: false,
    showsThought: false,
  });
}

export function aiAnthropic({ url, key }: Place): Client {
  const anthropic = createAnthropic({ baseURL: `${url}/v1`, apiKey: key });
  return client({
    name: 'ai with @ai-sdk/anthropic',
    model: (id) => anthropic(id),
    reasoning: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 } } },
    echoesSignatures: true,
    showsThought: true,
    needsThought: true,
  });
}

export function aiGoogle({ url, key }: Place): Client {
  const google = createGoogle({ baseURL: `${url}/v1beta`, apiKey: key });
  return client({
    name: 'ai with @ai-sdk/google',
    model: (id) => google(id),
    reasoning: { google: { thinkingConfig: { includeThoughts: true } } },
    echoesSignatures: true,
    showsThought: true,
  });
}

function client({ model, reasoning, always = {}, ...rest }: Provider): Client {
  return {
    ...rest,
    takesPdf: true,
    countsCache: true,
    ask: (asked) => converse(model, { reasoning, always }, asked, opening(asked)),
    statusOf: (error) => (APICallError.isInstance(error) ? (error.statusCode ?? null) : null),
  };
}

function opening({ text, image, pdf }: Asked): ModelMessage[] {
  const media = [
    { data: image, mediaType: 'image/png' },
    { data: pdf, mediaType: 'application/pdf' },
  ].flatMap(({ data, mediaType }) =>
    data === undefined ? [] : [{ type: 'file' as const, data, mediaType }],
  );
  return [{ role: 'user', content: media.length === 0 ? text : [{ type: 'text', text }, ...media] }];
}

async function converse(
  modelOf: Provider['model'],
  options: Required<Pick<Provider, 'reasoning' | 'always'>>,
  asked: Asked,
  messages: ModelMessage[],
): Promise<Heard> {
  const { system, schema, signal } = asked;
  const thinks = asked.reasoning === true && !asked.model.includes('gpt-4o');
  const { description, schema: inputSchema } = weather;
  const settings = {
    model: modelOf(asked.model),
    messages,
    maxRetries: 0,
    providerOptions: (thinks ? options.reasoning : options.always) as never,
    ...(system === undefined ? {} : { instructions: system }),
    ...(signal === undefined ? {} : { abortSignal: signal }),
    ...(asked.tools
      ? { tools: { weather: tool({ description, inputSchema: jsonSchema(inputSchema) }) } }
      : {}),
    ...(schema === undefined ? {} : { output: Output.object({ schema: jsonSchema(schema as never) }) }),
  };
  const pieces: string[] = [];
  const reply = await (asked.stream ? whole() : generateText(settings));

  async function whole() {
    const result = streamText({ ...settings, onError() {} });
    for await (const part of result.fullStream) {
      if (part.type === 'error') throw part.error;
      if (part.type === 'abort') throw new Error('aborted');
      if (part.type !== 'text-delta') continue;
      pieces.push(part.text);
      asked.onText?.(part.text);
    }
    return {
      text: await result.text,
      reasoningText: await result.reasoningText,
      toolCalls: await result.toolCalls,
      usage: await result.usage,
      finishReason: await result.finishReason,
      responseMessages: await result.responseMessages,
    };
  }

  const { usage, toolCalls } = reply;
  return {
    text: reply.text,
    pieces,
    thought: reply.reasoningText ?? '',
    calls: toolCalls.map(({ toolName, input }) => ({ name: toolName, input: input as JsonObject })),
    usage: {
      input: usage.inputTokens ?? -1,
      output: usage.outputTokens ?? -1,
      cached: usage.inputTokenDetails.cacheReadTokens ?? -1,
    },
    isCut: reply.finishReason === 'length',
    answer: (results, next = asked.model) =>
      converse(modelOf, options, { ...asked, model: next }, [
        ...messages,
        ...reply.responseMessages,
        {
          role: 'tool',
          content: toolCalls.map(({ toolCallId, toolName }, index) => ({
            type: 'tool-result',
            toolCallId,
            toolName,
            output: { type: 'text', value: results[index] ?? '' },
          })),
        },
      ]),
  };
}
