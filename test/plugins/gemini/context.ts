import type { TranslateContext } from '@dragoman/plugin-sdk';

/** What a translator knows in these tests, unless a test says otherwise. */
export function makeContext(changes: Partial<TranslateContext> = {}): TranslateContext {
  return {
    requestId: 'req1',
    now: Date.UTC(2026, 10, 1),
    operation: 'chat',
    model: {
      id: 'gemini-3-flash-preview',
      contextTokens: 1_048_576,
      maxOutputTokens: 65_536,
      input: ['text', 'image', 'audio', 'video', 'pdf'],
      output: ['text'],
      features: ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'],
    },
    config: {},
    provider: { id: 'gemini', family: 'google', dialect: 'gemini', options: {} },
    client: { dialect: 'openai-chat' },
    ...changes,
  };
}

/** The same with another model. */
export function contextFor(id: string, changes: Partial<TranslateContext> = {}): TranslateContext {
  const context = makeContext(changes);
  return { ...context, model: { ...context.model, id } };
}
