import type { CanonicalRequest, CanonicalResponse, JsonObject, TranslateContext } from '@dragoman/plugin-sdk';
import { testContext } from '@dragoman/plugin-sdk/testing';
import { encodeTold, type Told } from '../run.ts';
import { chat, type prompt } from './dialects.ts';

export const context = testContext('ollama', { client: { dialect: 'openai-chat' } });

export function encode(request: Partial<CanonicalRequest>, changes: Partial<TranslateContext> = {}): Told {
  return encodeTold(chat.encodeRequest, request, { ...context, ...changes });
}

/** A client's request in the hub's words. */
export function decode(body: JsonObject, dialect: typeof chat | typeof prompt = chat): CanonicalRequest {
  return dialect.decodeRequest({ path: {}, query: {}, headers: {}, body }, context).output;
}

export function reply(changes: Partial<CanonicalResponse>): CanonicalResponse {
  return { id: 'r1', model: 'm', parts: [], finish: { reason: 'stop' }, usage: {}, ...changes };
}
