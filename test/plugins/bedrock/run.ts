import { join } from 'node:path';
import type { CanonicalRequest, Frame, JsonObject, TranslateContext, Warning } from '@dragoman/plugin-sdk';
import { testContext } from '@dragoman/plugin-sdk/testing';
import { createAwsEventStreamReader } from '../../../core/upstream/aws-event-stream.ts';
import plugin from '../../../plugins/bedrock/src/index.ts';
import { answerBytes, type Recording, recordings } from '../../helpers/corpus.ts';

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

/** What a client's request becomes, and what was said about it. */
export function encode(
  request: Partial<CanonicalRequest>,
  id: string = claude,
  changes: Partial<TranslateContext> = {},
): { body: JsonObject; warnings: string[]; memo: unknown } {
  const whole: CanonicalRequest = {
    model: 'any',
    stream: false,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
    ...request,
  };
  const { output, warnings, memo } = bedrock.encodeRequest(whole, contextFor(id, changes));
  return { body: JSON.parse(JSON.stringify(output.body)), warnings: told(warnings), memo };
}

/** `code path` of each warning: what a test of loss compares. */
export function told(warnings: Warning[] = []): string[] {
  return warnings.map(({ code, path }) => `${code} ${path}`);
}

/** Recorded traffic with this service. */
export function recorded(): Recording[] {
  return recordings('bedrock-converse');
}

export function modelOf({ request, model }: Recording): string {
  return decodeURIComponent(request?.path.split('/')[2] ?? model);
}

/** The frames of a recorded stream, as the host would give them to the dialect. */
export function framesOf(recording: Recording): Frame[] | undefined {
  const { encoding, body } = recording.response;
  if (encoding === 'event-json-lines') {
    const lines = String(body).split('\n');
    return lines.flatMap((line) => (line.trim() === '' ? [] : [{ data: JSON.parse(line) }]));
  }
  if (encoding !== 'eventstream-base64') return undefined;
  const reader = createAwsEventStreamReader();
  const raw = [...reader.push(answerBytes(recording)), ...reader.end()];
  return raw.map(({ event, data }) => ({
    ...(event === undefined ? {} : { event }),
    data: JSON.parse(data),
  }));
}
