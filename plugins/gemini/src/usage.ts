import { isObject, type Json, type JsonObject, type Usage } from '@dragoman/plugin-sdk';
import { DIALECT, FAMILY } from './dialect.ts';

function count(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/**
 * The wire counts apart what the hub counts together: thoughts beside the answer, what hosted tools read beside the
 * prompt. The service's own object travels along untouched.
 */
export function decodeUsage(wire: Json | undefined): Usage {
  if (!isObject(wire)) return {};
  const usage: Usage = {};
  const prompt = count(wire.promptTokenCount);
  const tools = count(wire.toolUsePromptTokenCount);
  if (prompt !== undefined || tools !== undefined) usage.inputTokens = (prompt ?? 0) + (tools ?? 0);
  const answer = count(wire.candidatesTokenCount);
  const thoughts = count(wire.thoughtsTokenCount);
  if (answer !== undefined || thoughts !== undefined) usage.outputTokens = (answer ?? 0) + (thoughts ?? 0);
  const cached = count(wire.cachedContentTokenCount);
  if (cached !== undefined) usage.cacheReadTokens = cached;
  if (thoughts !== undefined) usage.reasoningTokens = thoughts;
  if (tools !== undefined) usage.toolTokens = tools;
  const audioIn = countOf('AUDIO', wire.promptTokensDetails);
  if (audioIn !== undefined) usage.audioInputTokens = audioIn;
  const audioOut = countOf('AUDIO', wire.candidatesTokensDetails);
  if (audioOut !== undefined) usage.audioOutputTokens = audioOut;
  usage.raw = { dialect: DIALECT, family: FAMILY, value: wire };
  return usage;
}

function countOf(modality: string, details: Json | undefined): number | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details) {
    if (isObject(detail) && detail.modality === modality) return count(detail.tokenCount);
  }
  return undefined;
}

/** `usageMetadata`; `undefined` when nothing is known. */
export function encodeUsage(usage: Usage): JsonObject | undefined {
  if (usage.raw?.dialect === DIALECT && isObject(usage.raw.value)) return usage.raw.value;
  const { inputTokens, outputTokens } = usage;
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const tools = usage.toolTokens ?? 0;
  const thoughts = usage.reasoningTokens ?? 0;
  const input = inputTokens ?? 0;
  const output = outputTokens ?? 0;
  const wire: JsonObject = {
    promptTokenCount: Math.max(0, input - tools),
    candidatesTokenCount: Math.max(0, output - thoughts),
    totalTokenCount: input + output,
  };
  if (usage.cacheReadTokens !== undefined) wire.cachedContentTokenCount = usage.cacheReadTokens;
  if (thoughts > 0) wire.thoughtsTokenCount = thoughts;
  if (tools > 0) wire.toolUsePromptTokenCount = tools;
  const { audioInputTokens: heard, audioOutputTokens: spoken } = usage;
  if (heard) wire.promptTokensDetails = [{ modality: 'AUDIO', tokenCount: heard }];
  if (spoken) wire.candidatesTokensDetails = [{ modality: 'AUDIO', tokenCount: spoken }];
  return wire;
}

/** The tier that served the request stands in the usage. */
export function serviceTierOf(wire: Json | undefined): string | undefined {
  return isObject(wire) && typeof wire.serviceTier === 'string' ? wire.serviceTier : undefined;
}
