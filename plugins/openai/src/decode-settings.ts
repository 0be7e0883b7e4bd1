import {
  type CanonicalRequest,
  isEmpty,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type ReasoningEffort,
  type ReasoningSettings,
} from '@dragoman/plugin-sdk';

const EFFORTS: ReadonlySet<unknown> = new Set([
  'none',
  'minimal',
  'low',
  'medium',
  'high',
  'xhigh',
  'max',
  'auto',
]);

export function isEffort(value: unknown): value is ReasoningEffort {
  return EFFORTS.has(value);
}

/**
 * How much and how visibly the model thinks: `reasoning_effort`, and what compatible services have beside it:
 * OpenRouter's `reasoning`, `thinking: { type }` (DeepSeek, Z.ai, Moonshot), Qwen's `enable_thinking`.
 */
export function decodeReasoningSettings(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  const settings: ReasoningSettings = {};
  if (body.enable_thinking !== undefined)
    readSwitch(body.enable_thinking, body.thinking_budget, settings, own);
  else if (body.thinking_budget !== undefined) own.thinking_budget = body.thinking_budget;
  if (body.thinking !== undefined) readThinking(body.thinking, settings, own);
  if (body.reasoning !== undefined) readReasoning(body.reasoning, settings, own);
  const { reasoning_effort: effort } = body;
  if (effort !== undefined) {
    if (isEffort(effort) && settings.effort === undefined && settings.budgetTokens === undefined) {
      settings.effort = effort;
      own.$effort = 'reasoning_effort';
    } else {
      own.reasoning_effort = effort;
    }
  }
  if (!isEmpty(settings)) request.reasoning = settings;
}

function readSwitch(
  enabled: Json,
  budget: Json | undefined,
  settings: ReasoningSettings,
  own: JsonObject,
): void {
  if (typeof enabled !== 'boolean') {
    own.enable_thinking = enabled;
    if (budget !== undefined) own.thinking_budget = budget;
    return;
  }
  own.$enable_thinking = enabled;
  if (!enabled) settings.effort = 'none';
  if (typeof budget === 'number') {
    own.$thinking_budget = budget;
    if (enabled) settings.budgetTokens = budget;
  } else {
    if (budget !== undefined) own.thinking_budget = budget;
    if (enabled) settings.effort = 'auto';
  }
}

const THINKING_FIELDS = new Set(['type']);

function readThinking(thinking: Json, settings: ReasoningSettings, own: JsonObject): void {
  if (!isObject(thinking) || (thinking.type !== 'enabled' && thinking.type !== 'disabled')) {
    own.thinking = thinking;
    return;
  }
  settings.effort = thinking.type === 'enabled' ? 'auto' : 'none';
  own.$thinking = { type: thinking.type };
  const rest = leftover(thinking, THINKING_FIELDS);
  if (rest !== undefined) own.thinking = rest;
}

const REASONING_FIELDS = new Set(['effort', 'max_tokens', 'exclude', 'enabled']);

function readReasoning(reasoning: Json, settings: ReasoningSettings, own: JsonObject): void {
  if (!isObject(reasoning)) {
    own.reasoning = reasoning;
    return;
  }
  const { effort, max_tokens: budget, exclude, enabled } = reasoning;
  if (isEffort(effort)) settings.effort = effort;
  else if (typeof budget === 'number') settings.budgetTokens = budget;
  else if (enabled === true) settings.effort = 'auto';
  else if (enabled === false) settings.effort = 'none';
  if (exclude === true) settings.visibility = 'hidden';
  const known: JsonObject = {};
  for (const key of REASONING_FIELDS) if (reasoning[key] !== undefined) known[key] = reasoning[key];
  own.$reasoning = known;
  const rest = leftover(reasoning, REASONING_FIELDS);
  if (rest !== undefined) own.reasoning = rest;
}

const FORMAT_FIELDS = new Set(['type', 'json_schema']);
const SCHEMA_FIELDS = new Set(['name', 'description', 'schema', 'strict']);

/** A form the hub has no words for is kept; one it has words for in part is kept under a marker. */
export function decodeOutput(format: Json, request: CanonicalRequest, own: JsonObject): void {
  if (!isObject(format)) {
    own.response_format = format;
    return;
  }
  const hasMore = leftover(format, FORMAT_FIELDS) !== undefined;
  switch (format.type) {
    case 'text':
      request.output = { format: 'text' };
      if (hasMore || format.json_schema !== undefined) own.$response_format = format;
      return;
    case 'json_object':
      request.output = { format: 'json' };
      if (hasMore || format.json_schema !== undefined) own.$response_format = format;
      return;
    case 'json_schema':
      if (isObject(format.json_schema) && readSchema(format.json_schema, request)) {
        if (hasMore || leftover(format.json_schema, SCHEMA_FIELDS) !== undefined)
          own.$response_format = format;
        return;
      }
      break;
    default:
  }
  own.response_format = format;
}

function readSchema(wire: JsonObject, request: CanonicalRequest): boolean {
  const { name, description, schema, strict } = wire;
  if (!isObject(schema)) return false;
  if (name !== undefined && typeof name !== 'string') return false;
  if (description !== undefined && typeof description !== 'string') return false;
  if (strict !== undefined && typeof strict !== 'boolean') return false;
  request.output = { format: 'json', schema };
  if (name !== undefined) request.output.name = name;
  if (description !== undefined) request.output.description = description;
  if (strict !== undefined) request.output.strict = strict;
  return true;
}
