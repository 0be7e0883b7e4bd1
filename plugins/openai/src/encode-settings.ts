import {
  type CanonicalRequest,
  isObject,
  type JsonObject,
  type ReasoningEffort,
  type TranslateContext,
  TranslateError,
  warn,
} from '@dragoman/plugin-sdk';
import { ownFields } from './dialect.ts';
import type { RequestWriter } from './writer.ts';

/** Weakest first: the order is what "nearest" means. */
const EFFORTS: readonly ReasoningEffort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
/** What the official service takes; a model may take fewer. */
const OFFICIAL: readonly string[] = EFFORTS;

/** A budget of tokens has no field on this wire; these are the usual steps. */
function effortOf(budgetTokens: number): ReasoningEffort {
  if (budgetTokens === 0) return 'none';
  if (budgetTokens < 0) return 'auto';
  if (budgetTokens <= 512) return 'minimal';
  if (budgetTokens <= 1024) return 'low';
  if (budgetTokens <= 8192) return 'medium';
  if (budgetTokens <= 24_576) return 'high';
  return 'xhigh';
}

/** Returns the effort the model will work with; `undefined`: its own, which is some. Tools are in the body already. */
export function encodeReasoningSettings(
  request: CanonicalRequest,
  body: JsonObject,
  context: TranslateContext,
  writer: RequestWriter,
): string | undefined {
  const own = ownFields(request.extensions);
  if (own !== undefined && writer.options.reasoningSetting === undefined)
    writeOwnSettings(request, own, body, writer);
  else writeSettings(request, body, context, writer);
  if (!writer.isOwn && writer.rule.tools !== undefined && body.tools !== undefined)
    yieldToTools(request, body, context, writer);
  const effort = body.reasoning_effort;
  return typeof effort === 'string' ? effort : writer.rule.defaultEffort;
}

/**
 * Newer models take tools on this wire only while they do not reason ("Function tools with reasoning_effort are not
 * supported for ... in /v1/chat/completions", seen from March 2026 on). Tools matter more.
 */
function yieldToTools(
  request: CanonicalRequest,
  body: JsonObject,
  context: TranslateContext,
  writer: RequestWriter,
): void {
  if (writer.rule.tools === 'never') {
    const message = `the model '${context.model.id}' takes tools only through another API of the service`;
    throw new TranslateError('unsupported', message, '/tools');
  }
  const wanted =
    request.reasoning?.effort ?? (request.reasoning?.budgetTokens === undefined ? undefined : 'auto');
  if (writer.rule.tools === 'effort-none') body.reasoning_effort = 'none';
  else delete body.reasoning_effort;
  if (wanted === undefined || wanted === 'none') return;
  warn(
    writer,
    'approximated',
    '/reasoning',
    `the model '${context.model.id}' takes tools only without reasoning here`,
  );
}

/** As it came: each of the compatible services' fields has its own marker; their rests follow with the own fields. */
function writeOwnSettings(
  request: CanonicalRequest,
  own: JsonObject,
  body: JsonObject,
  writer: RequestWriter,
): void {
  if (isObject(own.$thinking)) {
    body.thinking = { ...own.$thinking };
  }
  if (isObject(own.$reasoning)) {
    body.reasoning = { ...own.$reasoning };
  }
  if (own.$enable_thinking !== undefined) {
    body.enable_thinking = own.$enable_thinking;
    if (own.$thinking_budget !== undefined) body.thinking_budget = own.$thinking_budget;
  }
  const effort = request.reasoning?.effort;
  if (own.$effort !== undefined && effort !== undefined) {
    body.reasoning_effort = writer.options.efforts === undefined ? effort : nearestEffort(effort, writer);
  }
}

function writeSettings(
  request: CanonicalRequest,
  body: JsonObject,
  context: TranslateContext,
  writer: RequestWriter,
): void {
  const settings = request.reasoning;
  if (settings === undefined) return;
  const wanted =
    settings.effort ?? (settings.budgetTokens === undefined ? undefined : effortOf(settings.budgetTokens));
  if (settings.visibility === 'summary' || settings.visibility === 'full') warnVisibility(writer);
  if (wanted === undefined) return;
  const { features } = context.model;
  if (features.length > 0 && !features.includes('reasoning')) {
    if (wanted !== 'none' && wanted !== 'auto') {
      warn(writer, 'dropped', '/reasoning', `the model '${context.model.id}' does not reason`);
    }
    return;
  }
  writeEffort(wanted, settings.budgetTokens, body, writer);
}

/** Services that show reasoning have an option that says where; the official one never shows it. */
function warnVisibility(writer: RequestWriter): void {
  const { reasoningField } = writer.options;
  if (reasoningField !== undefined && reasoningField !== 'none') return;
  warn(writer, 'dropped', '/reasoning/visibility', 'the service does not show its reasoning');
}

function writeEffort(
  wanted: ReasoningEffort,
  budgetTokens: number | undefined,
  body: JsonObject,
  writer: RequestWriter,
): void {
  switch (writer.options.reasoningSetting ?? 'reasoning_effort') {
    case 'reasoning':
      if (budgetTokens !== undefined && budgetTokens > 0) body.reasoning = { max_tokens: budgetTokens };
      else if (wanted === 'auto') body.reasoning = { enabled: true };
      else body.reasoning = { effort: nearestEffort(wanted, writer) };
      return;
    case 'thinking':
      body.thinking = { type: wanted === 'none' ? 'disabled' : 'enabled' };
      warnSwitch(wanted, writer);
      return;
    case 'enable_thinking':
      body.enable_thinking = wanted !== 'none';
      if (budgetTokens !== undefined && budgetTokens > 0) body.thinking_budget = budgetTokens;
      else warnSwitch(wanted, writer);
      return;
    case 'none':
      if (wanted !== 'auto')
        warn(writer, 'dropped', '/reasoning', 'how much the model reasons cannot be chosen');
      return;
    default:
      // The service's own choice is what it does without the field.
      if (wanted === 'auto') return;
      if (wanted === 'none' && writer.options.reasoningOff === 'thinking') {
        body.thinking = { type: 'disabled' };
        return;
      }
      body.reasoning_effort = nearestEffort(wanted, writer);
      if (budgetTokens !== undefined && budgetTokens > 0) {
        const message = `a budget of tokens is sent as reasoning effort '${body.reasoning_effort}'`;
        warn(writer, 'approximated', '/reasoning/budgetTokens', message);
      }
  }
}

function warnSwitch(wanted: ReasoningEffort, writer: RequestWriter): void {
  if (wanted === 'none' || wanted === 'auto') return;
  warn(writer, 'approximated', '/reasoning', 'reasoning can only be switched on or off; it is on');
}

/** The nearest effort the service takes; of two equally near the weaker one. */
function nearestEffort(wanted: ReasoningEffort, writer: RequestWriter): string {
  const taken = writer.rule.efforts ?? writer.options.efforts ?? OFFICIAL;
  if (taken.includes(wanted) || taken.length === 0) return wanted;
  const place = EFFORTS.indexOf(wanted);
  let best: string = wanted;
  let distance = Number.POSITIVE_INFINITY;
  for (let at = 0; at < EFFORTS.length; at++) {
    const effort = EFFORTS[at];
    if (effort === undefined || !taken.includes(effort) || Math.abs(at - place) >= distance) continue;
    best = effort;
    distance = Math.abs(at - place);
  }
  warn(
    writer,
    'approximated',
    '/reasoning/effort',
    `'${wanted}' is sent as '${best}', the nearest the service takes`,
  );
  return best;
}

const DEFAULT_NAME = 'answer';

export function encodeOutput(request: CanonicalRequest, body: JsonObject, writer: RequestWriter): void {
  const { output } = request;
  if (output === undefined) return;
  const kept = ownFields(request.extensions)?.$response_format;
  if (kept !== undefined) {
    body.response_format = kept;
    return;
  }
  if (output.format === 'text') {
    if (writer.isOwn) body.response_format = { type: 'text' };
    return;
  }
  if (output.schema === undefined) {
    body.response_format = { type: 'json_object' };
    return;
  }
  if (writer.options.jsonSchema === false) {
    warn(writer, 'approximated', '/output/schema', 'the service takes no schema: it is only asked for JSON');
    body.response_format = { type: 'json_object' };
    return;
  }
  const wire: JsonObject = {};
  const name = output.name ?? (writer.isOwn ? undefined : DEFAULT_NAME);
  if (name !== undefined)
    wire.name = writer.isOwn ? name : name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || DEFAULT_NAME;
  if (output.description !== undefined) wire.description = output.description;
  wire.schema = output.schema;
  if (output.strict !== undefined && writer.options.strict !== false) wire.strict = output.strict;
  body.response_format = { type: 'json_schema', json_schema: wire };
}
