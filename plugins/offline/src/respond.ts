import type { CanonicalEvent, CanonicalRequest, TranslateContext, Translated } from '@dragoman/plugin-sdk';
import { TranslateError } from '@dragoman/plugin-sdk';
import { type Answer, applyLimit, applyStop } from './answer.ts';
import { composeEcho } from './echo.ts';
import { appendParts } from './events.ts';
import { countInputTokens, countPartTokens } from './tokens.ts';

/** More answers than any client's API lets a caller ask for would only be a way to fill memory. */
const maxCandidates = 128;

/** Answers a chat request at once and entirely: same request and request id, same events. */
export function respond(request: CanonicalRequest, context: TranslateContext): Translated<CanonicalEvent[]> {
  const candidates = request.candidates ?? 1;
  if (candidates > maxCandidates) {
    throw new TranslateError(
      'invalid-input',
      `at most ${maxCandidates} candidates, not ${candidates}`,
      '/candidates',
    );
  }
  const events: CanonicalEvent[] = [
    {
      type: 'response-start',
      id: `offline-${context.requestId}`,
      model: request.model,
      createdAt: Math.floor(context.now / 1000),
    },
  ];
  const first = composeAnswer(request, context);
  appendParts(events, first, 0, 0);
  for (let candidate = 1; candidate < candidates; candidate += 1) {
    appendParts(events, first, candidate * first.parts.length, candidate);
    events.push({ type: 'finish', candidate, finish: first.finish });
  }
  const outputTokens = first.parts.reduce((sum, part) => sum + countPartTokens(part), 0) * candidates;
  events.push({ type: 'usage', usage: { inputTokens: countInputTokens(request), outputTokens } });
  events.push({ type: 'response-end', finish: first.finish });
  return { output: events };
}

function composeAnswer(request: CanonicalRequest, context: TranslateContext): Answer {
  const parts: Answer['parts'] = [];
  if (context.model.id === 'reason') parts.push({ type: 'reasoning', text: 'Let me think.' });
  parts.push({ type: 'text', text: composeEcho(request) });
  const answer: Answer = { parts, finish: { reason: 'stop' } };
  const stopped = request.stop === undefined ? answer : applyStop(answer, request.stop);
  return request.maxOutputTokens === undefined ? stopped : applyLimit(stopped, request.maxOutputTokens);
}
