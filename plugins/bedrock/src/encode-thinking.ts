import { type CanonicalRequest, type JsonObject, type ReasoningEffort, warn } from '@dragoman/plugin-sdk';
import type { RequestWriter } from './writer.ts';

/** The least a Claude takes, and what each level is where it takes no levels. */
const MIN_BUDGET = 1024;
const BUDGETS: Record<ReasoningEffort, number> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 128_000,
  auto: 8192,
};

/** How much the model thinks, as a field of the model's own; `undefined` when the request says nothing of it. */
export function encodeThinking(
  request: CanonicalRequest,
  isForced: boolean,
  writer: RequestWriter,
): JsonObject | undefined {
  const { reasoning } = request;
  if (reasoning === undefined) return undefined;
  const { effort, budgetTokens, visibility } = reasoning;
  if (effort === 'none' || (effort === undefined && budgetTokens === 0)) return encodeOff(writer);
  const fields = encodeAmount(request, isForced, writer);
  if (visibility === 'hidden' && fields !== undefined) {
    warn(writer, 'dropped', '/reasoning/visibility', 'the service cannot hide what the model thinks');
  }
  return fields;
}

/** Most models think only when they are asked to. */
function encodeOff(writer: RequestWriter): JsonObject | undefined {
  const { off, thinking } = writer.rules;
  if (off === 'omit') return undefined;
  if (off === 'unknown') {
    warn(writer, 'dropped', '/reasoning/effort', 'whether this model thinks cannot be chosen');
    return undefined;
  }
  if (off === 'disabled') {
    return thinking === 'nova'
      ? { reasoningConfig: { type: 'disabled' } }
      : { thinking: { type: 'disabled' } };
  }
  warn(writer, 'approximated', '/reasoning', "the model always thinks; the effort 'low' is sent");
  return writer.rules.thinking === 'gpt-oss'
    ? { reasoning_effort: 'low' }
    : { output_config: { effort: 'low' } };
}

function encodeAmount(
  request: CanonicalRequest,
  isForced: boolean,
  writer: RequestWriter,
): JsonObject | undefined {
  const { effort, budgetTokens } = request.reasoning ?? {};
  if (effort === undefined && budgetTokens === undefined) {
    if (request.reasoning?.visibility !== undefined && writer.rules.thinking === 'none') {
      warn(writer, 'dropped', '/reasoning', 'the model does not think');
    }
    return undefined;
  }
  switch (writer.rules.thinking) {
    case 'none':
      warn(writer, 'dropped', '/reasoning', 'the model does not think, or not at will');
      return undefined;
    case 'claude-budget':
      return encodeBudget(request, isForced, writer);
    case 'claude-effort': {
      const fields: JsonObject = {};
      if (isForced) warnForced(writer);
      else fields.thinking = { type: 'adaptive' };
      const level = effort === 'auto' ? undefined : levelOf(request, writer.rules.efforts, writer);
      if (level !== undefined) fields.output_config = { effort: level };
      return fields;
    }
    case 'nova': {
      const level = belowHigh(request, levelOf(request, ['low', 'medium', 'high'], writer), writer);
      return { reasoningConfig: { type: 'enabled', maxReasoningEffort: level } };
    }
    case 'gpt-oss':
      return { reasoning_effort: levelOf(request, ['low', 'medium', 'high'], writer) };
    case 'qwen':
      return { reasoning_config: levelOf(request, ['low', 'high'], writer) };
  }
}

/** At its highest level Nova sets the limit of tokens itself and takes none beside it; a client's own limit goes first. */
function belowHigh({ maxOutputTokens }: CanonicalRequest, level: string, writer: RequestWriter): string {
  if (level !== 'high' || maxOutputTokens === undefined) return level;
  const message = "with a limit of tokens the model thinks at 'medium' at most, which is sent";
  warn(writer, 'approximated', '/reasoning/effort', message);
  return 'medium';
}

function warnForced(writer: RequestWriter): void {
  warn(writer, 'approximated', '/reasoning', 'a model that must call a tool does not think first');
}

function encodeBudget(
  { reasoning = {}, maxOutputTokens }: CanonicalRequest,
  isForced: boolean,
  writer: RequestWriter,
): JsonObject | undefined {
  const { effort = 'auto', budgetTokens } = reasoning;
  if (isForced) {
    warnForced(writer);
    return undefined;
  }
  if (maxOutputTokens !== undefined && maxOutputTokens <= MIN_BUDGET) {
    const message = `thinking takes at least ${MIN_BUDGET} tokens, and the answer may have only ${maxOutputTokens}`;
    warn(writer, 'dropped', '/reasoning', message);
    return undefined;
  }
  const most = maxOutputTokens === undefined ? Number.POSITIVE_INFINITY : maxOutputTokens - 1;
  // From a level, a quarter is left for the answer itself: the limit counts both.
  const wanted = budgetTokens ?? Math.min(BUDGETS[effort], Math.floor((most + 1) * 0.75));
  const budget = Math.min(Math.max(wanted, MIN_BUDGET), most);
  if (budgetTokens !== undefined && budget !== budgetTokens) {
    warn(writer, 'approximated', '/reasoning/budgetTokens', `${budget} tokens are sent`);
  }
  return { thinking: { type: 'enabled', budget_tokens: budget } };
}

/** The level asked for, or the nearest the model has; from a budget at every dialect's thresholds. */
function levelOf(
  { reasoning = {} }: CanonicalRequest,
  levels: readonly string[],
  writer: RequestWriter,
): string {
  const { effort, budgetTokens } = reasoning;
  const asked = effort ?? levelFor(budgetTokens ?? 0);
  const order = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
  const place = asked === 'auto' ? 2 : order.indexOf(asked);
  const nearest = levels.reduce((best, level) => {
    const [near, far] = [level, best].map((each) => Math.abs(order.indexOf(each) - place));
    return (near ?? 0) < (far ?? 0) ? level : best;
  });
  if (effort === undefined) {
    warn(writer, 'approximated', '/reasoning/budgetTokens', `the model takes a level; '${nearest}' is sent`);
  } else if (nearest !== effort && effort !== 'auto') {
    warn(writer, 'approximated', '/reasoning/effort', `'${effort}' is sent as '${nearest}'`);
  }
  return nearest;
}

function levelFor(budgetTokens: number): ReasoningEffort {
  if (budgetTokens <= 1024) return 'low';
  if (budgetTokens <= 8192) return 'medium';
  if (budgetTokens <= 24_576) return 'high';
  return budgetTokens <= 32_768 ? 'xhigh' : 'max';
}
