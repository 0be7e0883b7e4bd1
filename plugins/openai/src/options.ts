import type { JsonObject, TranslateContext } from '@dragoman/plugin-sdk';

/** What some models of a service take otherwise than the rest. */
export interface ModelRule {
  /** Ids; a dated form of one counts too. */
  models: readonly string[];
  /** Reasoning efforts the model takes. */
  efforts?: readonly string[];
  /** What it does when none is asked for; absent: it reasons. */
  defaultEffort?: string;
  /** When it takes temperature, nucleus, penalties, log probabilities and stop sequences; absent: always. */
  sampling?: 'never' | 'without-reasoning';
  /** What a request with tools must say of reasoning: nothing, or `none`; `never`: no tools on this wire. */
  tools?: 'effort-absent' | 'effort-none' | 'never';
  /** It takes `prompt_cache_breakpoint`. */
  cacheBreakpoints?: boolean;
}

/**
 * What a provider's manifest may say in `options` about the way its service speaks this dialect. All are optional;
 * README.md beside this folder has the table.
 */
export interface DialectOptions {
  maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  systemRole?: 'system' | 'developer';
  endUserField?: 'user' | 'safety_identifier' | 'none';
  cacheControl?: boolean;
  reasoningField?: 'reasoning_content' | 'reasoning' | 'reasoning_details' | 'none';
  reasoningStandIn?: string;
  reasoningSetting?: 'reasoning_effort' | 'reasoning' | 'thinking' | 'enable_thinking' | 'none';
  reasoningOff?: 'thinking';
  efforts?: readonly string[];
  store?: boolean;
  tiers?: readonly string[];
  unknownFields?: boolean;
  prefill?: 'as-is' | 'partial';
  streamUsage?: boolean;
  strict?: boolean;
  jsonSchema?: boolean;
  topK?: boolean;
  textContent?: 'parts' | 'string';
  toolMedia?: boolean;
  toolIdLength?: number;
  allowedTools?: boolean;
  customTools?: boolean;
  webSearch?: boolean;
  fileUrls?: boolean;
  video?: boolean;
  imageOutput?: boolean;
  modelRules?: readonly ModelRule[];
  embeddingEncoding?: 'float' | 'base64';
}

/** The options as the manifest gives them: it was checked when it was loaded, so a wrong value only has no effect. */
export function readOptions(context: TranslateContext): DialectOptions {
  return context.provider.options as JsonObject & DialectOptions;
}

/** The rule of a model; an empty one when there is none. */
export function ruleOf({ modelRules = [] }: DialectOptions, id: string): ModelRule {
  for (const rule of modelRules) if (isListed(rule.models, id)) return rule;
  return noRule;
}

const noRule: ModelRule = { models: [] };

/** True when `id` is one of `models` or a dated form of one (`o3` and `o3-2025-04-16`, never `o3-mini`). */
function isListed(models: readonly string[], id: string): boolean {
  for (const model of models) {
    if (id === model) return true;
    if (id.startsWith(model) && /^-\d{4}(-?\d\d){0,2}$/.test(id.slice(model.length))) return true;
  }
  return false;
}
