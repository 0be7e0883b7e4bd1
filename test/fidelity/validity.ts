import type { Frame, Json, JsonObject } from '@dragoman/plugin-sdk';
import { findOrderFaults } from '../plugins/anthropic/foreign.ts';
import { loadSchema as loadAnthropic } from '../plugins/anthropic/official-schema.ts';
import { readBack } from '../plugins/cohere/read-back.ts';
import { createRequestCheck, loadSchema as loadGemini } from '../plugins/gemini/official-schema.ts';
import { loadSchema as loadOpenai } from '../plugins/openai/official-schema.ts';
import { orderFaults } from '../plugins/openai/responses/event-order.ts';
import { checkEvent, checkSchema } from '../plugins/openai/responses/official-schema.ts';

/** What a service or its clients refuse; each gives the complaints, none if all is well. */
export interface Validity {
  request?: (body: JsonObject) => string[];
  reply?: (body: Json) => string[];
  stream?: (frames: Frame[]) => string[];
}

/** The official schemas, relaxed as real traffic needs it, by dialect. Ollama and Cohere publish none. */
export const validities: Record<string, () => Validity> = {
  'anthropic-messages': anthropic,
  'openai-chat': openaiChat,
  'openai-responses': () => ({
    request: (body) => checkSchema('CreateResponse', body),
    reply: (body) => checkSchema('Response', body),
    stream: (frames) => [...frames.flatMap(({ data }) => checkEvent(data)), ...orderFaults(frames)],
  }),
  'openai-completions': () => ({ reply: loadOpenai('CreateCompletionResponse') }),
  gemini,
  cohere: () => ({ request: readsAsCohere }),
};

function anthropic(): Validity {
  const request = loadAnthropic('AnthropicMessageCreateParams');
  const event = loadAnthropic('AnthropicStreamEvent');
  return {
    request: (body) => {
      // The API of the schema has no sampling settings; that of the older models has.
      const { temperature, top_p, top_k, ...rest } = body;
      return [...request(rest), ...findOrderFaults(body.messages)];
    },
    reply: loadAnthropic('AnthropicMessage'),
    // An error has its own event, which the schema leaves out.
    stream: (frames) => frames.filter((frame) => frame.event !== 'error').flatMap(({ data }) => event(data)),
  };
}

function openaiChat(): Validity {
  const check = loadOpenai('CreateChatCompletionStreamResponse');
  // The description of chunks is older than free-text tools.
  const chunk = (data: Json): string[] =>
    JSON.stringify(data).includes('"type":"custom"') ? [] : check(data);
  return {
    request: loadOpenai('CreateChatCompletionRequest'),
    reply: loadOpenai('CreateChatCompletionResponse'),
    stream: (frames) => {
      const chunks = frames.map(({ data }) => data);
      const isFailed = chunks.some((data) => typeof data === 'object' && data !== null && 'error' in data);
      const end = chunks.pop();
      if (isFailed) return [];
      return [...(end === '[DONE]' ? [] : ['it does not end with [DONE]']), ...chunks.flatMap(chunk)];
    },
  };
}

function gemini(): Validity {
  const content = loadGemini('GeminiContent');
  const contents = (body: Json): string[] => {
    const { candidates = [] } = body as JsonObject & { candidates?: JsonObject[] };
    return candidates.flatMap((candidate) => content(candidate.content ?? null));
  };
  return {
    request: createRequestCheck(),
    reply: contents,
    stream: (frames) => frames.flatMap(({ data }) => contents(data)),
  };
}

function readsAsCohere(body: JsonObject): string[] {
  try {
    readBack({ path: {}, query: {}, headers: {}, body }, undefined as never);
    return [];
  } catch (thrown) {
    return [String(thrown)];
  }
}
