import type { TranslateContext } from '@dragoman/plugin-sdk';

/** What is the same in the contexts of all these tests. */
export const exchange = {
  requestId: 'req1',
  now: Date.UTC(2026, 10, 1),
  operation: 'chat',
  config: {},
} as const satisfies Partial<TranslateContext>;

/** The same with another model. */
export function forModel(id: string, context: TranslateContext): TranslateContext {
  return { ...context, model: { ...context.model, id } };
}
