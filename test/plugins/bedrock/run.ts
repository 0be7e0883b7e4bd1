import { join } from 'node:path';
import type { CanonicalRequest, TranslateContext } from '@dragoman/plugin-sdk';
import { testContext } from '@dragoman/plugin-sdk/testing';
import plugin from '../../../plugins/bedrock/src/index.ts';
import { type Recording, recordings } from '../../helpers/corpus.ts';
import { encodeTold, type Told } from '../run.ts';

export const bedrock = plugin.dialects['bedrock-converse'];
export const fixtures = join(import.meta.dirname, '..', '..', '..', 'plugins', 'bedrock', 'fixtures');
export const claude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
export const nova = 'us.amazon.nova-2-lite-v1:0';

/** The context of a request for this model, as of one that nobody described. */
export function contextFor(id: string, changes: Partial<TranslateContext> = {}): TranslateContext {
  const base = testContext('bedrock-converse', { client: { dialect: 'openai-chat' } });
  const provider = { ...base.provider, family: 'bedrock' };
  return { ...base, provider, model: { ...base.model, id }, ...changes };
}

export function encode(
  request: Partial<CanonicalRequest>,
  id: string = claude,
  changes: Partial<TranslateContext> = {},
): Told {
  return encodeTold(bedrock.encodeRequest, request, contextFor(id, changes));
}

/** Recorded traffic with this service. */
export function recorded(): Recording[] {
  return recordings('bedrock-converse');
}

export function modelOf({ request, model }: Recording): string {
  return decodeURIComponent(request?.path.split('/')[2] ?? model);
}
