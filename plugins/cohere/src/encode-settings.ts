import {
  type CanonicalRequest,
  type JsonObject,
  type ReasoningEffort,
  type TranslateContext,
  warn,
} from '@dragoman/plugin-sdk';
import type { RequestWriter } from './writer.ts';

/** The service refuses a request with more. */
const MAX_STOPS = 5;

export function writeSettings(body: JsonObject, request: CanonicalRequest, writer: RequestWriter): void {
  const { maxOutputTokens, temperature, topP, topK, seed, stop, logprobs } = request;
  if (maxOutputTokens !== undefined) body.max_tokens = maxOutputTokens;
  if (temperature !== undefined) body.temperature = temperature;
  if (seed !== undefined) body.seed = seed;
  writeBounded(body, 'p', topP, [0.01, 0.99], '/topP', writer);
  writeBounded(body, 'k', topK, [0, 500], '/topK', writer);
  writeBounded(body, 'frequency_penalty', request.frequencyPenalty, [0, 1], '/frequencyPenalty', writer);
  writeBounded(body, 'presence_penalty', request.presencePenalty, [0, 1], '/presencePenalty', writer);
  if (stop !== undefined && stop.length > 0) {
    body.stop_sequences = stop.slice(0, MAX_STOPS);
    for (let index = MAX_STOPS; index < stop.length; index++) {
      warn(writer, 'dropped', `/stop/${index}`, `only ${MAX_STOPS} stop sequences are accepted`);
    }
  }
  if (logprobs !== undefined) {
    body.logprobs = true;
    if (logprobs.top !== undefined && logprobs.top > 0) {
      warn(writer, 'dropped', '/logprobs/top', 'the service tells the probabilities of its own tokens only');
    }
  }
}

function writeBounded(
  body: JsonObject,
  field: string,
  value: number | undefined,
  [lowest, highest]: [number, number],
  path: string,
  writer: RequestWriter,
): void {
  if (value === undefined) return;
  const sent = Math.min(Math.max(value, lowest), highest);
  body[field] = sent;
  // All tokens are 0.99 of them and a little more: nothing anybody would notice.
  if (sent !== value && !(field === 'p' && value === 1)) {
    warn(writer, 'approximated', path, `the service takes ${lowest} to ${highest}; ${sent} is sent`);
  }
}

/** Most tokens spent at each level; levels without a number leave it to the model. */
const BUDGETS: Partial<Record<ReasoningEffort, number>> = {
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
};

export function encodeThinking(
  { reasoning }: CanonicalRequest,
  writer: RequestWriter,
): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const { effort, budgetTokens, visibility } = reasoning;
  if (!writer.takesThinking) {
    const asksForSome =
      effort === undefined ? budgetTokens !== undefined && budgetTokens !== 0 : effort !== 'none';
    if (asksForSome) warn(writer, 'dropped', '/reasoning', 'the model does not think');
    return undefined;
  }
  if (effort === 'none' || budgetTokens === 0) return { type: 'disabled' };
  if (visibility !== undefined && visibility !== 'full') {
    warn(writer, 'dropped', '/reasoning/visibility', 'thinking is always part of the reply, and whole');
  }
  if (effort === undefined && budgetTokens === undefined) return undefined;
  const budget = budgetTokens ?? (effort === undefined ? undefined : BUDGETS[effort]);
  if (budgetTokens === undefined && effort !== undefined && effort !== 'auto') {
    const sent = budget === undefined ? 'no limit' : `a limit of ${budget} tokens`;
    warn(writer, 'approximated', '/reasoning/effort', `the service knows no levels; ${sent} is sent`);
  }
  return budget === undefined || budget < 0 ? { type: 'enabled' } : { type: 'enabled', token_budget: budget };
}

/**
 * `response_format`, or a line for the system text where the service takes none: it refuses JSON together with tools.
 * It also wants the word JSON in the messages, which is the client's affair.
 */
export function encodeOutput(
  { output }: CanonicalRequest,
  hasTools: boolean,
  writer: RequestWriter,
): { format?: JsonObject; instruction?: string } {
  if (output?.format !== 'json') return {};
  const { description } = output;
  let { schema } = output;
  // What the answer is for has no place but the schema.
  if (schema !== undefined && description !== undefined) schema = { description, ...schema };
  if (!hasTools) {
    const format: JsonObject = { type: 'json_object' };
    if (schema !== undefined) format.json_schema = schema;
    return { format };
  }
  warn(writer, 'approximated', '/output', 'JSON beside tools is asked for in the system text');
  const wish = 'When you give your final answer, answer with one JSON object and nothing else.';
  return {
    instruction: schema === undefined ? wish : `${wish} It follows this schema:\n${JSON.stringify(schema)}`,
  };
}

/** What only the operator can ask for: no other dialect has words for it. */
export function writeConfig(body: JsonObject, hasTools: boolean, { config }: TranslateContext): void {
  // The service takes no safety mode beside tools or documents.
  if (config.safetyMode !== undefined && !hasTools && body.documents === undefined) {
    body.safety_mode = config.safetyMode;
  }
  if (config.citations !== undefined) body.citation_options = { mode: config.citations };
}
