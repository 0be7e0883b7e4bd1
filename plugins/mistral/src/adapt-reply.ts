import { isObject, type Json, type JsonObject } from '@dragoman/plugin-sdk';

/** A message or a delta as Chat Completions has it: text as a string, thoughts beside it, calls with their type. */
function adaptMessage(wire: Json | undefined): Json | undefined {
  if (!isObject(wire)) return wire;
  const message = { ...wire };
  if (Array.isArray(message.content)) splitContent(message, message.content);
  if (message.tool_calls === null) delete message.tool_calls;
  if (Array.isArray(message.tool_calls)) message.tool_calls = message.tool_calls.map(adaptCall);
  return message;
}

function adaptCall(call: Json): Json {
  return isObject(call) && isObject(call.function) ? { type: 'function', ...call } : call;
}

/** Once the model thinks, content is a list: `[{ type: 'thinking', thinking: [{ type: 'text', text }] }, ...]`. */
function splitContent(message: JsonObject, content: readonly Json[]): void {
  let thought = '';
  let said = '';
  for (const part of content) {
    const text = isObject(part) ? textOf(part) : undefined;
    // A part of another kind, or a thought after words: the list keeps what a string cannot say.
    if (text === undefined || (isObject(part) && part.type === 'thinking' && said !== '')) return;
    if (isObject(part) && part.type === 'thinking') thought += text;
    else said += text;
  }
  message.content = said;
  if (thought !== '') message.reasoning_content = thought;
}

function textOf(part: JsonObject): string | undefined {
  if (part.type === 'text') return typeof part.text === 'string' ? part.text : undefined;
  if (part.type !== 'thinking' || !Array.isArray(part.thinking)) return undefined;
  let text = '';
  for (const piece of part.thinking) {
    if (!isObject(piece) || piece.type !== 'text' || typeof piece.text !== 'string') return undefined;
    text += piece.text;
  }
  return text;
}

/** What came from the cache stands under the service's own name; some replies have both. */
function adaptUsage(usage: Json | undefined): Json | undefined {
  if (!isObject(usage) || typeof usage.num_cached_tokens !== 'number') return usage;
  return { prompt_tokens_details: { cached_tokens: usage.num_cached_tokens }, ...usage };
}

/** A whole reply or a chunk, whose choices hold their message under `field`. */
export function adaptReply(wire: JsonObject, field: 'message' | 'delta'): JsonObject {
  const reply = { ...wire };
  if (reply.usage !== undefined) reply.usage = adaptUsage(reply.usage);
  if (Array.isArray(reply.choices)) {
    reply.choices = reply.choices.map((choice) =>
      isObject(choice) ? { ...choice, [field]: adaptMessage(choice[field]) } : choice,
    );
  }
  return reply;
}
