import type { CanonicalRequest, TranslateContext, Warning } from '@dragoman/plugin-sdk';

/**
 * What the request asked for and this model does not do. Sampling settings (`temperature`, `seed`, penalties) are not
 * among them: one fixed answer is a fair sample under any of them.
 */
export function findLosses(request: CanonicalRequest, context: TranslateContext): Warning[] {
  const warnings: Warning[] = [];
  request.tools?.forEach((tool, index) => {
    if (tool.type !== 'web-search' && tool.type !== 'opaque') return;
    warnings.push(dropped(`/tools/${index}`, 'the offline model runs no hosted tools'));
  });
  if (request.logprobs !== undefined)
    warnings.push(dropped('/logprobs', 'the offline model has no log probabilities'));
  if (request.modalities?.some((modality) => modality !== 'text')) {
    warnings.push(dropped('/modalities', 'the offline model answers in text only'));
  }
  if (request.previousResponseId !== undefined) {
    warnings.push(dropped('/previousResponseId', 'the offline model keeps no earlier responses'));
  }
  if (context.model.id === 'chat' && asksForReasoning(request)) {
    warnings.push(dropped('/reasoning', "the model 'chat' does not reason; the model 'reason' does"));
  }
  return warnings;
}

function asksForReasoning({ reasoning }: CanonicalRequest): boolean {
  if (reasoning === undefined) return false;
  if (reasoning.budgetTokens !== undefined) return reasoning.budgetTokens > 0;
  return reasoning.effort !== undefined && reasoning.effort !== 'none' && reasoning.effort !== 'auto';
}

function dropped(path: string, message: string): Warning {
  return { code: 'dropped', path, message };
}
