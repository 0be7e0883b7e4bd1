import { join } from 'node:path';
import type { CanonicalRequest, JsonObject, TranslateContext, Warning } from '@dragoman/plugin-sdk';
import { testContext } from '@dragoman/plugin-sdk/testing';
import plugin from '../../../plugins/cohere/src/index.ts';

export const { cohere } = plugin.dialects;
export const fixtures = join(import.meta.dirname, '..', '..', '..', 'plugins', 'cohere', 'fixtures');
export const context = testContext('cohere', { client: { dialect: 'openai-chat' } });

/** What a client's request becomes, and what was said about it. */
export function encode(
  request: Partial<CanonicalRequest>,
  changes: Partial<TranslateContext> = {},
): { body: JsonObject; warnings: string[]; memo: unknown } {
  const whole: CanonicalRequest = {
    model: 'any',
    stream: false,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
    ...request,
  };
  const { output, warnings, memo } = cohere.encodeRequest(whole, { ...context, ...changes });
  return { body: JSON.parse(JSON.stringify(output.body)), warnings: told(warnings), memo };
}

/** `code path` of each warning: what a test of loss compares. */
export function told(warnings: Warning[] = []): string[] {
  return warnings.map(({ code, path }) => `${code} ${path}`);
}
