import type { CanonicalRequest, CountResponse, ProviderPlugin, Translated } from '@dragoman/plugin-sdk';
import { embed } from './embed.ts';
import { respond } from './respond.ts';
import { countInputTokens } from './tokens.ts';

function count(request: CanonicalRequest): Translated<CountResponse> {
  return { output: { inputTokens: countInputTokens(request), estimated: true } };
}

export default { locals: { offline: { respond, embed, count } } } satisfies ProviderPlugin;
