import type { JsonObject } from '@dragoman/plugin-sdk';
import type { ReceivedRequest } from './fake-upstream.ts';
import { onlyKeys, refuseOpenai } from './openai-refusal.ts';
import { asArray, asObject, firstRefusal, type Refusal } from './refusal.ts';
import { checkItems, type ResponsesFacts } from './strict-responses-items.ts';
import { checkResponsesTools } from './strict-responses-tools.ts';

/**
 * Refuses what OpenAI's Responses refuse, in the service's words as far as they are known
 * (platform.openai.com/docs/api-reference/responses, seen 2026-11).
 */
export function checkResponses(
  { headers, body, method }: ReceivedRequest,
  { key, signatures }: { key: string; signatures: ReadonlySet<string> },
): Refusal | null {
  return firstRefusal(() => {
    if (headers.authorization !== `Bearer ${key}`) {
      refuseOpenai('Incorrect API key provided.', null, 'invalid_api_key', 401);
    }
    if (method === 'POST') checkBody(body, { signatures });
  });
}

/** The body alone; for recorded requests. */
export function checkResponsesBody(body: JsonObject, facts: ResponsesFacts): Refusal | null {
  return firstRefusal(() => checkBody(body, facts));
}

// `client_metadata` stands in no reference; Codex sends it and is answered (seen 2026-11).
const topLevel = (
  'background client_metadata context_management conversation include input instructions max_output_tokens max_tool_calls metadata ' +
  'model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options ' +
  'prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text ' +
  'tool_choice tools top_logprobs top_p truncation user'
).split(' ');

function checkBody(body: JsonObject, facts: ResponsesFacts): void {
  onlyKeys(body, topLevel, '');
  if (typeof body.model !== 'string' && body.prompt === undefined) {
    refuseOpenai("Missing required parameter: 'model'.", 'model', 'missing_required_parameter');
  }
  checkNumbers(body);
  checkReasoning(body);
  checkText(body);
  if (body.stream_options !== undefined && body.stream_options !== null && body.stream !== true) {
    refuseOpenai("'stream_options' is only allowed when 'stream' is enabled.", 'stream_options');
  }
  checkResponsesTools(body);
  if (typeof body.input === 'string') return;
  const input = asArray(body.input);
  if (input === null) {
    if (body.previous_response_id || body.prompt || body.conversation) return;
    refuseOpenai("Missing required parameter: 'input'.", 'input', 'missing_required_parameter');
  }
  checkItems(input, body, facts);
}

const ranges: readonly [name: string, least: number, most: number][] = [
  ['temperature', 0, 2],
  ['top_p', 0, 1],
  ['top_logprobs', 0, 20],
  ['max_output_tokens', 16, 1_000_000],
];

function checkNumbers(body: JsonObject): void {
  for (const [name, least, most] of ranges) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number') {
      refuseOpenai(`Invalid type for '${name}': expected a number.`, name, 'invalid_type');
    }
    if (value < least || value > most) {
      const bound = value < least ? 'below_min_value' : 'above_max_value';
      refuseOpenai(
        `Invalid '${name}': expected a value between ${least} and ${most}.`,
        name,
        `integer_${bound}`,
      );
    }
  }
}

function checkReasoning(body: JsonObject): void {
  const model = String(body.model);
  const reasoning = asObject(body.reasoning);
  const isReasoner = /^(o\d|gpt-[5-9])/.test(model) && !model.includes('chat');
  if (reasoning !== null) {
    onlyKeys(reasoning, ['context', 'effort', 'generate_summary', 'mode', 'summary'], 'reasoning');
    if (!isReasoner && typeof reasoning.effort === 'string') {
      const text = "Unsupported parameter: 'reasoning.effort' is not supported with this model.";
      refuseOpenai(text, 'reasoning.effort', 'unsupported_parameter');
    }
  }
  // Newer ones take them while they do not reason.
  if (!/^(o\d|gpt-5(-(mini|nano))?$)/.test(model)) return;
  for (const name of ['temperature', 'top_p']) {
    if (typeof body[name] !== 'number' || body[name] === 1) continue;
    refuseOpenai(`Unsupported parameter: '${name}' is not supported with this model.`, name);
  }
}

function checkText(body: JsonObject): void {
  const text = asObject(body.text);
  if (text === null) return;
  onlyKeys(text, ['format', 'verbosity'], 'text');
  const format = asObject(text.format);
  if (format?.type === 'json_object' && !/json/i.test(JSON.stringify([body.input ?? null]))) {
    const rule = "must contain the word 'json' in some form to use 'text.format' of type 'json_object'.";
    refuseOpenai(`Response input messages ${rule}`, 'input');
  }
  if (format?.type !== 'json_schema') return;
  onlyKeys(format, ['type', 'name', 'description', 'schema', 'strict'], 'text.format');
  if (typeof format.name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(format.name)) {
    refuseOpenai(
      "Missing required parameter: 'text.format.name'.",
      'text.format.name',
      'missing_required_parameter',
    );
  }
  if (asObject(format.schema) === null) {
    refuseOpenai(
      "Missing required parameter: 'text.format.schema'.",
      'text.format.schema',
      'missing_required_parameter',
    );
  }
}
