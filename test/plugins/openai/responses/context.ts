import type { JsonObject, TranslateContext } from '@dragoman/plugin-sdk';
import * as chat from '../context.ts';

const dialect = 'openai-responses';

/** What a translator knows in these tests, unless a test says otherwise. */
export function makeContext(changes: Partial<TranslateContext> = {}): TranslateContext {
  const provider = { id: dialect, family: 'openai', dialect, options: {} };
  return chat.makeContext({ provider, ...changes });
}

/** The same with options of the provider. */
export function withOptions(options: JsonObject, changes: Partial<TranslateContext> = {}): TranslateContext {
  return makeContext({ provider: { id: 'other', family: 'other', dialect, options }, ...changes });
}
