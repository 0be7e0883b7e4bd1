import { isObject, type Json, type JsonObject, type Usage } from '@dragoman/plugin-sdk';
import { DIALECT } from './dialect.ts';

function count(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Usage of a reply or chunk; `undefined` when there is none. The object itself stays in `raw`. */
export function decodeUsage(wire: Json | undefined): Usage | undefined {
  if (!isObject(wire)) return undefined;
  const usage: Usage = {};
  const input = count(wire.prompt_tokens);
  const prompt = isObject(wire.prompt_tokens_details) ? wire.prompt_tokens_details : {};
  const completion = isObject(wire.completion_tokens_details) ? wire.completion_tokens_details : {};
  if (input !== undefined) usage.inputTokens = input;
  const reasoning = count(completion.reasoning_tokens);
  const output = outputOf(wire, input, reasoning);
  if (output !== undefined) usage.outputTokens = output;
  // DeepSeek and Moonshot count cache hits beside the details.
  const cached =
    count(prompt.cached_tokens) ?? count(wire.prompt_cache_hit_tokens) ?? count(wire.cached_tokens);
  if (cached !== undefined) usage.cacheReadTokens = cached;
  const written = count(prompt.cache_write_tokens) ?? count(prompt.cached_creation_tokens);
  if (written !== undefined) usage.cacheWriteTokens = written;
  if (reasoning !== undefined) usage.reasoningTokens = reasoning;
  const audioIn = count(prompt.audio_tokens);
  if (audioIn !== undefined) usage.audioInputTokens = audioIn;
  const audioOut = count(completion.audio_tokens);
  if (audioOut !== undefined) usage.audioOutputTokens = audioOut;
  usage.raw = { dialect: DIALECT, value: wire };
  return usage;
}

/** xAI counts reasoning beside `completion_tokens`, as its total shows; everyone else within it. */
function outputOf(
  wire: JsonObject,
  input: number | undefined,
  reasoning: number | undefined,
): number | undefined {
  const output = count(wire.completion_tokens);
  if (output === undefined || reasoning === undefined || reasoning === 0) return output;
  const total = count(wire.total_tokens);
  return total === (input ?? 0) + output + reasoning ? output + reasoning : output;
}

/** The usage object for a client; `undefined` when nothing is known. */
export function encodeUsage(usage: Usage): JsonObject | undefined {
  if (usage.raw?.dialect === DIALECT && isObject(usage.raw.value)) return usage.raw.value;
  const { inputTokens, outputTokens } = usage;
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const input = inputTokens ?? 0;
  const output = outputTokens ?? 0;
  const wire: JsonObject = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  const prompt: JsonObject = {
    cached_tokens: usage.cacheReadTokens ?? 0,
    audio_tokens: usage.audioInputTokens ?? 0,
  };
  if (usage.cacheWriteTokens !== undefined) prompt.cache_write_tokens = usage.cacheWriteTokens;
  wire.prompt_tokens_details = prompt;
  wire.completion_tokens_details = {
    reasoning_tokens: usage.reasoningTokens ?? 0,
    audio_tokens: usage.audioOutputTokens ?? 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  };
  return wire;
}
