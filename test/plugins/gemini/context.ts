import type { TranslateContext } from '@dragoman/plugin-sdk';
import { exchange, forModel } from '../context.ts';

/** What a translator knows in these tests, unless a test says otherwise. */
export function makeContext(changes: Partial<TranslateContext> = {}): TranslateContext {
  return {
    ...exchange,
    model: {
      id: 'gemini-3-flash-preview',
      contextTokens: 1_048_576,
      maxOutputTokens: 65_536,
      input: ['text', 'image', 'audio', 'video', 'pdf'],
      output: ['text'],
      features: ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'],
    },
    provider: { id: 'gemini', family: 'google', dialect: 'gemini', options: {} },
    client: { dialect: 'openai-chat' },
    ...changes,
  };
}

/** The same with another model. */
export function contextFor(id: string, changes: Partial<TranslateContext> = {}): TranslateContext {
  return forModel(id, makeContext(changes));
}
