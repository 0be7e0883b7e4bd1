import type {
  CanonicalRequest,
  CanonicalResponse,
  JsonObject,
  TranslateContext,
  Warning,
} from '@dragoman/plugin-sdk';
import { testContext } from '@dragoman/plugin-sdk/testing';
import { chat, type prompt } from './dialects.ts';

export const context = testContext('ollama', { client: { dialect: 'openai-chat' } });

/** What a foreign client's request becomes, and what was said about it. */
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
  const { output, warnings, memo } = chat.encodeRequest(whole, { ...context, ...changes });
  return { body: JSON.parse(JSON.stringify(output.body)), warnings: told(warnings), memo };
}

/** `code path` of each warning: what a test of loss compares. */
export function told(warnings: Warning[] = []): string[] {
  return warnings.map(({ code, path }) => `${code} ${path}`);
}

/** A client's request in the hub's words. */
export function decode(body: JsonObject, dialect: typeof chat | typeof prompt = chat): CanonicalRequest {
  return dialect.decodeRequest({ path: {}, query: {}, headers: {}, body }, context).output;
}

export function reply(changes: Partial<CanonicalResponse>): CanonicalResponse {
  return { id: 'r1', model: 'm', parts: [], finish: { reason: 'stop' }, usage: {}, ...changes };
}
