import {
  type CanonicalRequest,
  isObject,
  type Json,
  type JsonObject,
  type ReasoningEffort,
  warn,
} from '@dragoman/plugin-sdk';
import { ownFields } from './dialect.ts';
import type { RequestWriter } from './writer.ts';

/** The service's own lower bound of `budget_tokens`. */
const MIN_BUDGET = 1024;
const BUDGETS: Record<string, number> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24576,
  xhigh: 32768,
  max: 128000,
  auto: 8192,
};

const UNTHOUGHT = 'a call made without a thought of this service is answered, so it cannot think on';

export interface EncodedThinking {
  thinking?: Json;
  effort?: Json;
}

/** What else the request asks for, as far as it decides whether the model may think. */
export interface ThinkingTerms {
  maxTokens: number;
  toolChoice: Json | undefined;
  messages: readonly Json[];
}

/** How much the model thinks. The wire's own words when the request brought them, else what the model's rules take. */
export function encodeThinking(
  request: CanonicalRequest,
  terms: ThinkingTerms,
  writer: RequestWriter,
): EncodedThinking {
  if (writer.isOwn) {
    const own = ownFields(request.extensions);
    const thinking = own?.$thinking;
    const isBudget = isObject(thinking) && thinking.type === 'enabled';
    if (!isBudget || !writer.hasLostThinking || !answersUnthought(terms.messages)) {
      return { thinking, effort: own?.$effort };
    }
    warn(writer, 'approximated', '/reasoning', UNTHOUGHT);
    return { effort: own?.$effort };
  }
  const reasoning = request.reasoning;
  if (reasoning === undefined) return {};
  const { effort, budgetTokens } = reasoning;
  if (effort === 'none') return encodeOff(writer);
  if (effort === undefined && budgetTokens === undefined) return {};
  switch (writer.rules.thinking) {
    case 'none':
      warn(writer, 'dropped', '/reasoning', 'the model does not reason');
      return {};
    case 'adaptive':
      return withDisplay(encodeAdaptive(effort, budgetTokens, terms.toolChoice, writer), request, writer);
    case 'budget':
      return withDisplay(encodeBudget(effort, budgetTokens, terms, writer), request, writer);
  }
}

function encodeOff(writer: RequestWriter): EncodedThinking {
  const off = writer.rules.off;
  if (writer.rules.thinking === 'none' || off === 'omit') return {};
  if (off !== 'never') return { thinking: { type: off } };
  warn(writer, 'approximated', '/reasoning/effort', "the model always thinks; effort 'low' is sent");
  return { effort: 'low' };
}

function encodeAdaptive(
  effort: ReasoningEffort | undefined,
  budgetTokens: number | undefined,
  toolChoice: Json | undefined,
  writer: RequestWriter,
): EncodedThinking {
  let level: string = effort ?? 'auto';
  if (effort === undefined && budgetTokens !== undefined) {
    level = effortOf(budgetTokens);
    warn(writer, 'approximated', '/reasoning/budgetTokens', `the model takes an effort: '${level}' is sent`);
  }
  const encoded: EncodedThinking = {};
  if (isForced(toolChoice)) {
    warn(writer, 'approximated', '/reasoning', 'a model that must call a tool does not think first');
  } else {
    encoded.thinking = { type: 'adaptive' };
  }
  if (level !== 'auto') encoded.effort = acceptedEffort(level, writer);
  return encoded;
}

function acceptedEffort(level: string, writer: RequestWriter): string {
  const efforts = writer.rules.efforts;
  if (efforts.size === 0 || efforts.has(level)) return level;
  const accepted = level === 'minimal' ? 'low' : level === 'xhigh' && efforts.has('max') ? 'max' : 'high';
  warn(writer, 'approximated', '/reasoning/effort', `'${level}' is sent as '${accepted}'`);
  return accepted;
}

/** The other way round of the table above, at the same thresholds as every dialect's. */
function effortOf(budgetTokens: number): string {
  if (budgetTokens <= 1024) return 'low';
  if (budgetTokens <= 8192) return 'medium';
  if (budgetTokens <= 24576) return 'high';
  return budgetTokens <= 32768 ? 'xhigh' : 'max';
}

function encodeBudget(
  effort: ReasoningEffort | undefined,
  budgetTokens: number | undefined,
  { maxTokens, toolChoice, messages }: ThinkingTerms,
  writer: RequestWriter,
): EncodedThinking {
  const encoded: EncodedThinking = {};
  if (effort !== undefined && writer.rules.efforts.has(effort)) encoded.effort = effort;
  if (isForced(toolChoice)) {
    warn(writer, 'approximated', '/reasoning', 'a model that must call a tool does not think first');
    return encoded;
  }
  if (answersUnthought(messages)) {
    warn(writer, 'approximated', '/reasoning', UNTHOUGHT);
    return encoded;
  }
  if (maxTokens <= MIN_BUDGET) {
    const text = `thinking takes at least ${MIN_BUDGET} tokens, and the answer may have only ${maxTokens}`;
    warn(writer, 'dropped', '/reasoning', text);
    return encoded;
  }
  // From an effort, a quarter is left for the answer itself: the limit counts both.
  const wanted =
    budgetTokens ?? Math.min(BUDGETS[effort ?? 'auto'] ?? MIN_BUDGET, Math.floor(maxTokens * 0.75));
  const budget = Math.min(Math.max(wanted, MIN_BUDGET), maxTokens - 1);
  if (budgetTokens !== undefined && budget !== budgetTokens) {
    warn(writer, 'approximated', '/reasoning/budgetTokens', `${budget} tokens are sent`);
  }
  encoded.thinking = { type: 'enabled', budget_tokens: budget };
  return encoded;
}

/**
 * With a budget, the turn whose calls are being answered must begin with what the model thought ("Expected `thinking` or
 * `redacted_thinking`, but found `tool_use`"). It cannot where another model made the calls or the client keeps no
 * signatures.
 */
function answersUnthought(messages: readonly Json[]): boolean {
  const [asked, answered] = messages.slice(-2);
  if (!isObject(asked) || asked.role !== 'assistant') return false;
  if (!isObject(answered) || !Array.isArray(answered.content)) return false;
  if (!answered.content.some((block) => isObject(block) && block.type === 'tool_result')) return false;
  const first = Array.isArray(asked.content) ? asked.content[0] : undefined;
  return !isObject(first) || (first.type !== 'thinking' && first.type !== 'redacted_thinking');
}

function withDisplay(
  encoded: EncodedThinking,
  request: CanonicalRequest,
  writer: RequestWriter,
): EncodedThinking {
  const visibility = request.reasoning?.visibility;
  if (visibility !== undefined && isObject(encoded.thinking)) {
    encoded.thinking.display = visibility === 'hidden' ? 'omitted' : 'summarized';
    if (visibility === 'full')
      warn(writer, 'approximated', '/reasoning/visibility', 'of its thinking the service shows a summary');
  }
  return encoded;
}

export function isForced(toolChoice: Json | undefined): boolean {
  return isObject(toolChoice) && (toolChoice.type === 'any' || toolChoice.type === 'tool');
}

/** Thinking that is really on, which excludes some sampling settings. */
export function isThinking(thinking: Json | undefined): thinking is JsonObject {
  return isObject(thinking) && thinking.type !== 'disabled';
}
