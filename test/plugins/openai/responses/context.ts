import type { JsonObject, TranslateContext } from '@dragoman/plugin-sdk';

/** What a translator knows in these tests, unless a test says otherwise. */
export function makeContext(changes: Partial<TranslateContext> = {}): TranslateContext {
  return {
    requestId: 'req1',
    now: Date.UTC(2026, 10, 1),
    operation: 'chat',
    model: {
      id: 'gpt-5.4',
      input: ['text', 'image', 'pdf'],
      output: ['text'],
      features: ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'],
    },
    config: {},
    provider: { id: 'openai-responses', family: 'openai', dialect: 'openai-responses', options: {} },
    client: { dialect: 'anthropic-messages' },
    ...changes,
  };
}

/** The same with options of the provider. */
export function withOptions(options: JsonObject, changes: Partial<TranslateContext> = {}): TranslateContext {
  return makeContext({
    provider: { id: 'other', family: 'other', dialect: 'openai-responses', options },
    ...changes,
  });
}
