import type { CanonicalRequest, ReasoningPart, TranslateContext } from '@dragoman/plugin-sdk';
import { lastUserText } from './echo.ts';
import { truncate } from './pieces.ts';
import { charactersPerToken } from './tokens.ts';

/** The thoughts of the model `reason` before it answers with `next`; none where the request asks for none. */
export function composeReasoning(
  request: CanonicalRequest,
  context: TranslateContext,
  next: 'call' | 'json' | 'text',
): ReasoningPart | undefined {
  const { effort, budgetTokens, visibility } = request.reasoning ?? {};
  if (context.model.id !== 'reason' || effort === 'none' || budgetTokens === 0) return undefined;
  const whole = `The user's last message has ${lastUserText(request).length} characters. ${intents[next]}`;
  const text = budgetTokens === undefined ? whole : truncate(whole, budgetTokens * charactersPerToken);
  return visibility === 'summary' ? { type: 'reasoning', text, summary: true } : { type: 'reasoning', text };
}

const intents = {
  call: 'A tool is offered that has not answered yet, so I call it.',
  json: 'An answer in JSON is asked for, so I write the smallest one that fits.',
  text: 'Nothing is left to look up, so I repeat what was said.',
};
