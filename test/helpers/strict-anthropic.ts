import type { Json, JsonObject } from '@dragoman/plugin-sdk';
import { type AnthropicFacts, claudeVersion, onlyFields, refuseAnthropic } from './anthropic-refusal.ts';
import type { ReceivedRequest } from './fake-upstream.ts';
import { asArray, asObject, firstRefusal, type Refusal } from './refusal.ts';
import { checkMessages } from './strict-anthropic-messages.ts';
import { checkTools } from './strict-anthropic-tools.ts';

/**
 * Refuses what Anthropic's Messages refuses, in the service's words as far as they are known
 * (docs.anthropic.com/en/api/messages, seen 2026-10).
 */
export function checkAnthropic(
  request: ReceivedRequest,
  { key, signatures }: { key: string; signatures: ReadonlySet<string> },
): Refusal | null {
  return firstRefusal(() => {
    checkHeaders(request, key);
    checkVersion(request);
    const beta = request.headers['anthropic-beta'] !== undefined || request.query.beta === 'true';
    checkBody(request.body, { signatures, beta }, request.path.endsWith('/count_tokens'));
  });
}

/** The body alone; for recorded requests. */
export function checkAnthropicBody(body: JsonObject, facts: AnthropicFacts): Refusal | null {
  return firstRefusal(() => checkBody(body, facts, false));
}

const versions = ['2023-01-01', '2023-06-01', '2026-10-21'];

function checkHeaders({ headers }: ReceivedRequest, key: string): void {
  const given = headers['x-api-key'];
  if (given === undefined) refuseAnthropic('x-api-key header is required', 'authentication_error', 401);
  if (given !== key) refuseAnthropic('invalid x-api-key', 'authentication_error', 401);
  const version = headers['anthropic-version'];
  if (version === undefined) refuseAnthropic('anthropic-version: header is required');
  if (!versions.includes(String(version))) {
    refuseAnthropic(`anthropic-version: "${String(version)}" is not a valid version`);
  }
  if (!(headers['content-type'] ?? '').startsWith('application/json')) {
    refuseAnthropic('content-type: must be application/json');
  }
}

/** Since this version the settings of sampling are no fields any more. */
function checkVersion({ headers, body }: ReceivedRequest): void {
  if (String(headers['anthropic-version']) < '2026-10-21') return;
  for (const name of ['temperature', 'top_p', 'top_k']) {
    if (body[name] !== undefined) refuseAnthropic(`${name}: Extra inputs are not permitted`);
  }
}

const topLevel = (
  'cache_control inference_geo max_tokens messages metadata model output_config service_tier stop_sequences stream ' +
  'system temperature thinking tool_choice tools top_k top_p'
).split(' ');
const betaTopLevel =
  'container context_management diagnostics fallbacks mcp_servers output_format speed'.split(' ');
const countTopLevel = 'cache_control messages model output_config system thinking tool_choice tools'.split(
  ' ',
);

function checkBody(body: JsonObject, facts: AnthropicFacts, isCount: boolean): void {
  const own = isCount ? countTopLevel : topLevel;
  onlyFields(body, facts.beta ? [...own, ...betaTopLevel] : own, '');
  if (typeof body.model !== 'string' || body.model === '') refuseAnthropic('model: Field required');
  if (!isCount) checkMaxTokens(body.max_tokens);
  const messages = asArray(body.messages);
  if (messages === null) refuseAnthropic('messages: Field required');
  checkSystem(body.system);
  checkSampling(body);
  checkThinking(body);
  checkRest(body, facts);
  checkTools(body, facts);
  checkMessages(messages, body, facts);
  checkBreakpoints(body);
}

function checkMaxTokens(value: Json | undefined): void {
  if (value === undefined || value === null) refuseAnthropic('max_tokens: Field required');
  if (!Number.isInteger(value)) refuseAnthropic('max_tokens: Input should be a valid integer');
  if (Number(value) < 1) refuseAnthropic('max_tokens: Input should be greater than or equal to 1');
}

function checkSystem(system: Json | undefined): void {
  if (system === undefined || typeof system === 'string') return;
  const blocks = asArray(system);
  if (blocks === null) refuseAnthropic('system: Input should be a valid list');
  for (const [index, value] of blocks.entries()) {
    const block = asObject(value);
    if (block?.type !== 'text') refuseAnthropic(`system.${index}.type: Input should be 'text'`);
    onlyFields(block, ['type', 'text', 'cache_control', 'citations'], `system.${index}.`);
    if (typeof block.text !== 'string' || block.text === '') {
      refuseAnthropic('system: text content blocks must be non-empty');
    }
  }
}

function checkSampling(body: JsonObject): void {
  for (const [name, most] of [
    ['temperature', 1],
    ['top_p', 1],
    ['top_k', 1_000_000],
  ] as const) {
    const value = body[name];
    if (value === undefined) continue;
    if (typeof value !== 'number') refuseAnthropic(`${name}: Input should be a valid number`);
    if (value < 0 || value > most) refuseAnthropic(`${name}: range: 0..${most}`);
  }
  const version = claudeVersion(String(body.model));
  const isGiven = ['temperature', 'top_p', 'top_k'].filter((name) => body[name] !== undefined);
  if (version >= 407 && isGiven[0] !== undefined) {
    refuseAnthropic(`\`${isGiven[0]}\` is deprecated for this model.`);
  }
  if (version >= 401 && body.temperature !== undefined && body.top_p !== undefined) {
    refuseAnthropic(
      '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    );
  }
}

function checkThinking(body: JsonObject): void {
  const thinking = asObject(body.thinking);
  if (thinking === null) return;
  const type = String(thinking.type);
  if (!['enabled', 'disabled', 'adaptive', 'between_tools'].includes(type)) {
    refuseAnthropic(
      `thinking: Input tag '${type}' found using 'type' does not match any of the expected tags`,
    );
  }
  const fields = type === 'enabled' ? ['type', 'budget_tokens', 'display'] : ['type', 'display'];
  onlyFields(thinking, fields, `thinking.${type}.`);
  if (type !== 'enabled') return;
  const budget = thinking.budget_tokens;
  if (typeof budget !== 'number') refuseAnthropic('thinking.enabled.budget_tokens: Field required');
  if (budget < 1024) {
    refuseAnthropic('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024');
  }
  if (typeof body.max_tokens === 'number' && budget >= body.max_tokens) {
    refuseAnthropic('`max_tokens` must be greater than `thinking.budget_tokens`.');
  }
  if (body.temperature !== undefined && body.temperature !== 1) {
    refuseAnthropic('`temperature` may only be set to 1 when thinking is enabled.');
  }
  if (body.top_k !== undefined) refuseAnthropic('`top_k` must be unset when thinking is enabled.');
  if (typeof body.top_p === 'number' && body.top_p < 0.95) {
    refuseAnthropic('`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.');
  }
  const choice = asObject(body.tool_choice)?.type;
  if (choice === 'any' || choice === 'tool') {
    refuseAnthropic('Thinking may not be enabled when tool_choice forces tool use.');
  }
}

function checkRest(body: JsonObject, { beta }: AnthropicFacts): void {
  if (body.stream !== undefined && typeof body.stream !== 'boolean') {
    refuseAnthropic('stream: Input should be a valid boolean');
  }
  const metadata = asObject(body.metadata);
  if (metadata !== null) onlyFields(metadata, ['user_id'], 'metadata.');
  for (const [index, stop] of (asArray(body.stop_sequences) ?? []).entries()) {
    if (typeof stop !== 'string' || stop.trim() === '') {
      refuseAnthropic(`stop_sequences.${index}: each stop sequence must contain non-whitespace`);
    }
  }
  const output = asObject(body.output_config);
  if (output !== null && !beta) onlyFields(output, ['effort', 'format'], 'output_config.');
}

/** At most four cache breakpoints, wherever they are. */
function checkBreakpoints(body: JsonObject): void {
  const count = breakpoints(body.system) + breakpoints(body.messages) + breakpoints(body.tools);
  if (count > 4) {
    refuseAnthropic(`A maximum of 4 blocks with cache_control may be provided. Found ${count}.`);
  }
}

function breakpoints(value: Json | undefined): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + breakpoints(item), 0);
  const object = asObject(value);
  if (object === null) return 0;
  const own = asObject(object.cache_control) === null ? 0 : 1;
  return own + breakpoints(object.content);
}
