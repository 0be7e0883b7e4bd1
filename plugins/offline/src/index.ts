import {
  type CanonicalRequest,
  type CountResponse,
  definePlugin,
  type Translated,
} from '@dragoman/plugin-sdk';
import { embed } from './embed.ts';
import { respond } from './respond.ts';
import { countInputTokens } from './tokens.ts';

function count(request: CanonicalRequest): Translated<CountResponse> {
  return { output: { inputTokens: countInputTokens(request), estimated: true } };
}

export default definePlugin({ locals: { offline: { respond, embed, count } } });
