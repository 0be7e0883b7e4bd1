import {
  type CanonicalRequest,
  type Json,
  type JsonObject,
  type ReasoningEffort,
  type TranslateContext,
  warn,
} from '@dragoman/plugin-sdk';
import { OPTION, ownFields } from './dialect.ts';
import type { RequestWriter } from './writer.ts';

/** `options`; `undefined` when there is nothing to say. */
export function encodeOptions(
  request: CanonicalRequest,
  writer: RequestWriter,
  context: TranslateContext,
): JsonObject | undefined {
  const own = ownFields(request.extensions);
  const options: JsonObject = {};
  const { temperature, topP, topK, seed, stop, maxOutputTokens, frequencyPenalty, presencePenalty } = request;
  if (temperature !== undefined) options.temperature = temperature;
  if (topP !== undefined) options.top_p = topP;
  if (topK !== undefined) options.top_k = topK;
  if (seed !== undefined) options.seed = seed;
  if (frequencyPenalty !== undefined) options.frequency_penalty = frequencyPenalty;
  if (presencePenalty !== undefined) options.presence_penalty = presencePenalty;
  if (maxOutputTokens !== undefined) options.num_predict = maxOutputTokens;
  else if (own?.$num_predict !== undefined) options.num_predict = own.$num_predict;
  if (stop !== undefined) options.stop = own?.$stop === 'string' ? stop[0] : stop;
  if (!writer.isOwn && typeof context.config.contextTokens === 'number') {
    options.num_ctx = context.config.contextTokens;
  }
  for (const key in own) {
    if (key.startsWith(OPTION)) options[key.slice(OPTION.length)] = own[key];
  }
  for (const _ in options) return options;
  return own?.$options === true ? options : undefined;
}

export function encodeFormat({ output }: CanonicalRequest): Json | undefined {
  if (output?.format !== 'json') return undefined;
  const { schema, description } = output;
  if (schema === undefined) return 'json';
  // What the answer is for has no place but the schema.
  return description === undefined ? schema : { description, ...schema };
}

const LEVELS: Record<ReasoningEffort, Json> = {
  none: false,
  auto: true,
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/** `think`. A model that knows no levels reads any of them as `true`. */
export function encodeThink(request: CanonicalRequest, writer: RequestWriter): Json | undefined {
  const form = ownFields(request.extensions)?.$think;
  if (form !== undefined) return form;
  const { reasoning } = request;
  if (reasoning === undefined) return undefined;
  const { effort, budgetTokens, visibility } = reasoning;
  if (!writer.takesThinking) {
    const asksForSome = effort !== undefined ? effort !== 'none' : budgetTokens !== undefined;
    if (asksForSome) warn(writer, 'dropped', '/reasoning', 'the model does not think');
    return undefined;
  }
  const level = effort ?? levelOf(budgetTokens);
  if (budgetTokens !== undefined && budgetTokens !== 0) {
    warn(writer, 'approximated', '/reasoning/budgetTokens', 'the server knows levels, not numbers of tokens');
  }
  if (visibility !== undefined && visibility !== 'full' && level !== 'none') {
    warn(writer, 'dropped', '/reasoning/visibility', 'thinking is always part of the reply, and whole');
  }
  if (level === undefined) return undefined;
  const think = LEVELS[level];
  if (typeof think === 'string' && think !== level) {
    warn(writer, 'approximated', '/reasoning/effort', `'${think}' is sent: the nearest level there is`);
  }
  return think;
}

function levelOf(budget: number | undefined): ReasoningEffort | undefined {
  if (budget === undefined) return undefined;
  if (budget === 0) return 'none';
  if (budget < 0) return 'auto';
  if (budget <= 1024) return 'low';
  return budget <= 8192 ? 'medium' : 'high';
}
