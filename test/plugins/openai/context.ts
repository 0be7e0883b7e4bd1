import type { JsonObject, TranslateContext } from '@dragoman/plugin-sdk';
import { exchange } from '../context.ts';

/** What a translator knows in these tests, unless a test says otherwise. */
export function makeContext(changes: Partial<TranslateContext> = {}): TranslateContext {
  return {
    ...exchange,
    model: {
      id: 'gpt-5.4',
      input: ['text', 'image', 'pdf'],
      output: ['text'],
      features: ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'],
    },
    provider: { id: 'openai', family: 'openai', dialect: 'openai-chat', options: {} },
    client: { dialect: 'anthropic-messages' },
    ...changes,
  };
}

/** The same with options of the provider. */
export function withOptions(options: JsonObject, changes: Partial<TranslateContext> = {}): TranslateContext {
  return makeContext({
    provider: { id: 'other', family: 'other', dialect: 'openai-chat', options },
    ...changes,
  });
}
