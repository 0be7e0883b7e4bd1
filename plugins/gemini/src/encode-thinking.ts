import {
  type CanonicalRequest,
  isEmpty,
  type JsonObject,
  type ReasoningEffort,
  type ReasoningSettings,
  warn,
} from '@dragoman/plugin-sdk';

import type { RequestWriter } from './writer.ts';

/** Tokens an effort stands for, the same in every dialect. -1 leaves the amount to the model. */
const BUDGETS: Record<ReasoningEffort, number> = {
  none: 0,
  auto: -1,
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24576,
  xhigh: 32768,
  max: 128000,
};

/** `thinkingConfig`: budgets for Gemini 2.5, levels from Gemini 3 on, never both. */
export function encodeThinking(request: CanonicalRequest, writer: RequestWriter): JsonObject | undefined {
  const { reasoning } = request;
  if (reasoning === undefined) return undefined;
  const isAsked = reasoning.effort !== undefined || reasoning.budgetTokens !== undefined;
  if (writer.rules.thinking === 'none') {
    if (isAsked && reasoning.effort !== 'none' && reasoning.effort !== 'auto') {
      warn(writer, 'dropped', '/reasoning', 'the model does not reason');
    }
    return undefined;
  }
  const config: JsonObject = {};
  if (isAsked) {
    if (writer.rules.thinking === 'budget') config.thinkingBudget = budgetOf(reasoning, writer);
    else {
      const level = levelOf(reasoning, writer);
      if (level !== undefined) config.thinkingLevel = level.toUpperCase();
    }
  }
  writeVisibility(config, reasoning, writer);
  return isEmpty(config) ? undefined : config;
}

/** What is switched off has nothing to show. */
function writeVisibility(config: JsonObject, reasoning: ReasoningSettings, writer: RequestWriter): void {
  const { visibility } = reasoning;
  if (visibility === undefined || config.thinkingBudget === 0) return;
  config.includeThoughts = visibility !== 'hidden';
  if (visibility === 'full') {
    warn(writer, 'approximated', '/reasoning/visibility', 'the service shows summaries of its thoughts');
  }
}

function budgetOf({ effort, budgetTokens }: ReasoningSettings, writer: RequestWriter): number {
  const [least, most] = writer.rules.budget;
  const wanted = budgetTokens ?? BUDGETS[effort ?? 'auto'];
  if (wanted === -1) return -1;
  if (wanted === 0) {
    if (writer.rules.canStopThinking) return 0;
    warn(writer, 'approximated', '/reasoning', `the model always thinks; ${least} tokens are sent`);
    return least;
  }
  const budget = Math.min(Math.max(wanted, least), most);
  if (budgetTokens !== undefined && budget !== budgetTokens) {
    warn(writer, 'approximated', '/reasoning/budgetTokens', `${budget} tokens are sent`);
  }
  return budget;
}

/** `undefined` leaves it to the model. */
function levelOf({ effort, budgetTokens }: ReasoningSettings, writer: RequestWriter): string | undefined {
  const { levels } = writer.rules;
  if (effort === undefined && budgetTokens !== undefined) {
    const level = nearest(wordFor(budgetTokens), levels);
    warn(writer, 'approximated', '/reasoning/budgetTokens', `the model takes a level: '${level}' is sent`);
    return level;
  }
  if (effort === undefined || effort === 'auto') return undefined;
  const level = nearest(effort, levels);
  if (level !== effort) warn(writer, 'approximated', '/reasoning/effort', `'${level}' is sent`);
  return level;
}

/** At the same thresholds as every dialect's. */
function wordFor(budget: number): ReasoningEffort {
  if (budget <= 512) return 'minimal';
  if (budget <= 1024) return 'low';
  return budget <= 8192 ? 'medium' : 'high';
}

/** The level itself, else the next one up, else the highest. */
function nearest(effort: ReasoningEffort, levels: readonly string[]): string {
  for (const level of levels) {
    if (BUDGETS[level as ReasoningEffort] >= BUDGETS[effort]) return level;
  }
  return levels.at(-1) ?? 'high';
}
