import { join } from 'node:path';
import type { CanonicalRequest, TranslateContext } from '@dragoman/plugin-sdk';
import { testContext } from '@dragoman/plugin-sdk/testing';
import plugin from '../../../plugins/cohere/src/index.ts';
import { encodeTold, type Told } from '../run.ts';

export const { cohere } = plugin.dialects;
export const fixtures = join(import.meta.dirname, '..', '..', '..', 'plugins', 'cohere', 'fixtures');
export const context = testContext('cohere', { client: { dialect: 'openai-chat' } });

export function encode(request: Partial<CanonicalRequest>, changes: Partial<TranslateContext> = {}): Told {
  return encodeTold(cohere.encodeRequest, request, { ...context, ...changes });
}
