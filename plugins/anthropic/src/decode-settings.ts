import {
  type CanonicalRequest,
  isObject,
  type Json,
  type JsonObject,
  leftover,
  type ReasoningEffort,
  type ReasoningSettings,
} from '@dragoman/plugin-sdk';

const EFFORTS: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);
const OUTPUT_FIELDS = new Set(['effort', 'format']);
const FORMAT_FIELDS = new Set(['type', 'schema']);

/**
 * `thinking` and `output_config.effort` together say how much the model thinks. Both are kept as they came under
 * markers, because the pair cannot be told again from the hub's three words.
 */
export function decodeThinkingSettings(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  const thinking = body.thinking;
  const effort = isObject(body.output_config) ? body.output_config.effort : undefined;
  const reasoning: ReasoningSettings = {};
  if (typeof effort === 'string' && EFFORTS.has(effort)) reasoning.effort = effort as ReasoningEffort;
  if (isObject(thinking)) {
    switch (thinking.type) {
      case 'enabled':
        if (typeof thinking.budget_tokens === 'number') reasoning.budgetTokens = thinking.budget_tokens;
        break;
      case 'disabled':
        reasoning.effort = 'none';
        break;
      case 'adaptive':
        reasoning.effort ??= 'auto';
        break;
    }
    if (thinking.display === 'summarized') reasoning.visibility = 'summary';
    else if (thinking.display === 'omitted') reasoning.visibility = 'hidden';
  }
  if (thinking !== undefined) own.$thinking = thinking;
  if (effort !== undefined) own.$effort = effort;
  for (const _ in reasoning) {
    request.reasoning = reasoning;
    break;
  }
}

/** Structured output, in its present place (`output_config.format`) or its beta place (`output_format`). */
export function decodeOutput(body: JsonObject, request: CanonicalRequest, own: JsonObject): void {
  const config = body.output_config;
  if (isObject(config)) {
    const rest = leftover(config, OUTPUT_FIELDS);
    if (rest !== undefined) own.output_config = rest;
    else if (config.effort === undefined && config.format === undefined) own.output_config = {};
    if (config.format !== undefined && !readFormat(config.format, request)) own.$format = config.format;
  } else if (config !== undefined) {
    own.output_config = config;
  }
  if (body.output_format === undefined) return;
  if (readFormat(body.output_format, request)) own.$output = 'output_format';
  else own.output_format = body.output_format;
}

/** True when the hub's words say it all. */
function readFormat(format: Json, request: CanonicalRequest): boolean {
  if (!isObject(format) || format.type !== 'json_schema' || !isObject(format.schema)) return false;
  request.output = { format: 'json', schema: format.schema };
  return leftover(format, FORMAT_FIELDS) === undefined;
}
