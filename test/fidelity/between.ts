import type { Frame, Json, JsonObject } from '@dragoman/plugin-sdk';
import { copyJson, runStream } from '@dragoman/plugin-sdk/testing';
import { streamMemo } from './carry.ts';
import { type BundledDialect, contextOf, dialects } from './dialects.ts';

function dialect(id: string): BundledDialect {
  const found = dialects.find((each) => each.id === id);
  if (found === undefined) throw new Error(`there is no ${id}`);
  return found;
}
export const chat = dialect('openai-chat');
export const responses = dialect('openai-responses');
export const claude = dialect('anthropic-messages');
export const gemini = dialect('gemini');

/** What a client's request becomes at a provider. */
export function asked(
  client: BundledDialect,
  provider: BundledDialect,
  body: JsonObject,
  id = 'test-model',
): JsonObject {
  const wire = { path: { model: 'm' }, query: {}, headers: {}, body: copyJson(body) };
  const decoded = client.dialect.decodeRequest?.(wire, contextOf(client, client, provider)).output;
  const context = contextOf(provider, client, provider);
  const named = { ...context, model: { ...context.model, id } };
  return copyJson(decoded && provider.dialect.encodeRequest?.(decoded, named).output.body) as JsonObject;
}

/** What a provider's whole reply becomes at a client. */
export function shown(
  provider: BundledDialect,
  client: BundledDialect,
  body: Json,
  requestId = 'req',
): JsonObject {
  const wire = { status: 200, headers: {}, body: copyJson(body) };
  const decoded = provider.dialect.decodeResponse?.(
    wire,
    contextOf(provider, client, provider, { requestId }),
  ).output;
  const context = contextOf(client, client, provider, { memo: streamMemo(client) });
  return copyJson(decoded && client.dialect.encodeResponse?.(decoded, context).output) as JsonObject;
}

/** What a client has been sent after each of a provider's frames, and at the end. */
export function streamed(provider: BundledDialect, client: BundledDialect, data: Json[]): JsonObject[][] {
  const { decodeStream } = provider.dialect;
  const { encodeStream } = client.dialect;
  if (decodeStream === undefined || encodeStream === undefined) throw new Error('one has no streams');
  const after: JsonObject[][] = [];
  const frames = data.map((each): Frame => ({ data: each, ...eventOf(each) }));
  const context = contextOf(client, client, provider, { memo: streamMemo(client) });
  for (let count = 1; count <= frames.length; count++) {
    const end = count === frames.length ? 'complete' : undefined;
    const read = runStream(decodeStream, [frames.slice(0, count)], contextOf(provider, client, provider), {
      end,
    });
    after.push(
      copyJson(
        runStream(encodeStream, [read.items], context, { end }).items.map((frame) => frame.data),
      ) as JsonObject[],
    );
  }
  return after;
}

function eventOf(data: Json): { event?: string } {
  const type = (data as JsonObject | null)?.type;
  return typeof type === 'string' ? { event: type } : {};
}

export const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
export const toolChunk = (index: number, call: JsonObject): JsonObject =>
  chunk({ tool_calls: [{ index, ...call }] });
export const claudeStart: JsonObject = {
  type: 'message_start',
  message: {
    id: 'm1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 31, output_tokens: 1 },
  },
};
export const claudeEnd = (reason: string): JsonObject[] => [
  { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage: { output_tokens: 9 } },
  { type: 'message_stop' },
];
export const tool = { name: 'f', description: 'does f', parameters: { type: 'object', properties: {} } };
export const chatTool = { type: 'function', function: tool };
export const claudeTool = {
  name: 'f',
  description: 'does f',
  input_schema: { type: 'object', properties: {} },
};
export const text = (value: unknown): string => JSON.stringify(value);

export const geminiReply = (parts: Json[], finishReason: string): JsonObject => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, finishReason }],
  usageMetadata: {
    promptTokenCount: 10,
    candidatesTokenCount: 5,
    thoughtsTokenCount: 7,
    totalTokenCount: 22,
  },
  modelVersion: 'm',
  responseId: 'r',
});
