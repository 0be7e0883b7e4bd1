import type { CanonicalRequest, TranslateContext, Warnings } from '@dragoman/plugin-sdk';
import { createWarnings, pointer } from '@dragoman/plugin-sdk';

/**
 * What the request asked for and this model does not do. Sampling settings (`temperature`, `seed`, penalties) are not
 * among them: one fixed answer is a fair sample under any of them.
 */
export function findLosses(request: CanonicalRequest, context: TranslateContext): Warnings {
  const warnings = createWarnings();
  for (const [index, tool] of (request.tools ?? []).entries()) {
    if (tool.type !== 'web-search' && tool.type !== 'opaque') continue;
    warnings.dropped(pointer('tools', index), 'the offline model runs no hosted tools');
  }
  if (request.logprobs !== undefined)
    warnings.dropped('/logprobs', 'the offline model has no log probabilities');
  if (request.modalities?.some((modality) => modality !== 'text')) {
    warnings.dropped('/modalities', 'the offline model answers in text only');
  }
  if (request.previousResponseId !== undefined) {
    warnings.dropped('/previousResponseId', 'the offline model keeps no earlier responses');
  }
  if (context.model.id === 'chat' && asksForReasoning(request)) {
    warnings.dropped('/reasoning', "the model 'chat' does not reason; the model 'reason' does");
  }
  return warnings;
}

function asksForReasoning({ reasoning }: CanonicalRequest): boolean {
  if (reasoning === undefined) return false;
  if (reasoning.budgetTokens !== undefined) return reasoning.budgetTokens > 0;
  return reasoning.effort !== undefined && reasoning.effort !== 'none' && reasoning.effort !== 'auto';
}
