import type { TranslateContext } from '@dragoman/plugin-sdk';
import { exchange, forModel } from '../context.ts';

/** What a translator knows in these tests, unless a test says otherwise. */
export function makeContext(changes: Partial<TranslateContext> = {}): TranslateContext {
  return {
    ...exchange,
    model: {
      id: 'claude-sonnet-4-5',
      maxOutputTokens: 64000,
      input: ['text', 'image', 'pdf'],
      output: ['text'],
      features: ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'],
    },
    config: { version: '2023-06-01' },
    provider: { id: 'anthropic', family: 'anthropic', dialect: 'anthropic-messages', options: {} },
    client: { dialect: 'openai-chat' },
    ...changes,
  };
}

/** What the steps of a reply know when it came from a service of another dialect. */
export function foreignContext(changes: Partial<TranslateContext> = {}): TranslateContext {
  const provider = { id: 'other', family: 'other', dialect: 'other', options: {} };
  return makeContext({ provider, client: { dialect: 'anthropic-messages' }, ...changes });
}

/** The same with another model. */
export function contextFor(id: string, changes: Partial<TranslateContext> = {}): TranslateContext {
  return forModel(id, makeContext(changes));
}
