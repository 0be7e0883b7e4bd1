import type {
  CanonicalEvent,
  CanonicalRequest,
  TranslateContext,
  Translated,
  Usage,
} from '@dragoman/plugin-sdk';
import { sanitiseId, TranslateError } from '@dragoman/plugin-sdk';
import { type Answer, applyLimit, applyStop } from './answer.ts';
import { composeEcho, lastUserText } from './echo.ts';
import { appendParts } from './events.ts';
import { findLosses } from './losses.ts';
import { composeReasoning } from './reasoning.ts';
import { smallestInstance } from './schema/instance.ts';
import { countInputTokens, countPartTokens } from './tokens.ts';
import { composeCalls } from './tool-calls.ts';

/** More answers than any client's API lets a caller ask for would only be a way to fill memory. */
const maxCandidates = 128;

/**
 * Answers a chat request, all events at once; the gateway paces them. The same request under the same request id
 * gives the same events, and several candidates say the same thing.
 */
export function respond(request: CanonicalRequest, context: TranslateContext): Translated<CanonicalEvent[]> {
  const candidates = checkRequest(request, context);
  const events: CanonicalEvent[] = [startOf(request, context)];
  const usage: Usage = { inputTokens: countInputTokens(request), outputTokens: 0 };
  let firstIndex = 0;
  let finish: Answer['finish'] = { reason: 'stop' };
  for (let candidate = 0; candidate < candidates; candidate += 1) {
    const answer = composeAnswer(request, context, candidate);
    addOutput(usage, answer);
    const parts = visibleParts(answer, request);
    appendParts(events, parts, firstIndex, candidate);
    firstIndex += parts.length;
    if (candidate === 0) finish = answer.finish;
    else events.push({ type: 'finish', candidate, finish: answer.finish });
  }
  events.push({ type: 'usage', usage }, { type: 'response-end', finish });
  return findLosses(request, context).with(events);
}

function checkRequest(request: CanonicalRequest, context: TranslateContext): number {
  const model = context.model.id;
  if (model !== 'chat' && model !== 'reason') {
    const text = `the offline provider has no chat model '${model}'; it has 'chat' and 'reason'`;
    throw new TranslateError('invalid-input', text, '/model');
  }
  const candidates = request.candidates ?? 1;
  if (!Number.isInteger(candidates) || candidates < 1 || candidates > maxCandidates) {
    const text = `the number of answers must be 1 to ${maxCandidates}, not ${candidates}`;
    throw new TranslateError('invalid-input', text, '/candidates');
  }
  return candidates;
}

function startOf(request: CanonicalRequest, context: TranslateContext): CanonicalEvent {
  const createdAt = Math.floor(context.now / 1000);
  return {
    type: 'response-start',
    id: sanitiseId(`offline-${context.requestId}`),
    model: request.model,
    createdAt,
  };
}

function composeAnswer(request: CanonicalRequest, context: TranslateContext, candidate: number): Answer {
  const calls = composeCalls(request, context, candidate);
  const isJson = request.output?.format === 'json';
  const reasoning = composeReasoning(request, context, calls.length > 0 ? 'call' : isJson ? 'json' : 'text');
  const parts: Answer['parts'] = reasoning === undefined ? [] : [reasoning];
  if (calls.length > 0) parts.push(...calls);
  else parts.push({ type: 'text', text: isJson ? composeJson(request) : composeEcho(request) });
  const answer: Answer = { parts, finish: { reason: calls.length > 0 ? 'tool-calls' : 'stop' } };
  const stopped = request.stop === undefined ? answer : applyStop(answer, request.stop);
  return request.maxOutputTokens === undefined ? stopped : applyLimit(stopped, request.maxOutputTokens);
}

/** Without a schema any JSON object will do, so it may as well carry the echo. */
function composeJson({ output, ...request }: CanonicalRequest): string {
  const schema = output?.format === 'json' ? output.schema : undefined;
  if (schema === undefined) return JSON.stringify({ echo: lastUserText(request) });
  return JSON.stringify(smallestInstance(schema));
}

function addOutput(usage: Usage, answer: Answer): void {
  for (const part of answer.parts) {
    const tokens = countPartTokens(part);
    usage.outputTokens = (usage.outputTokens ?? 0) + tokens;
    if (part.type === 'reasoning') usage.reasoningTokens = (usage.reasoningTokens ?? 0) + tokens;
  }
}

/** Hidden reasoning is counted and limited like any other; only its text stays away. */
function visibleParts(answer: Answer, request: CanonicalRequest): Answer['parts'] {
  if (request.reasoning?.visibility !== 'hidden') return answer.parts;
  return answer.parts.filter((part) => part.type !== 'reasoning');
}
