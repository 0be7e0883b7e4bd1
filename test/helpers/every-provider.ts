import type { JsonObject } from '@dragoman/plugin-sdk';
import type { Test } from 'tap';
import { type FakeUpstream, type FakeUpstreamOptions, startFakeUpstream } from './fake-upstream.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';

/** A provider of each dialect, with a model that reasons and calls tools. */
export const models = {
  'openai-chat': 'openai/gpt-4o',
  'openai-responses': 'openai-responses/gpt-5.4',
  'anthropic-messages': 'anthropic/claude-sonnet-4-5',
  gemini: 'gemini/gemini-3-pro-preview',
  ollama: 'ollama/qwen3',
  cohere: 'cohere/command-a-reasoning-08-2025',
  mistral: 'mistral/magistral-medium-latest',
} as const;
export type ProviderDialect = keyof typeof models;

/** A gateway before a fake service for every provider dialect; both end with the test. */
export async function startEvery(
  t: Test,
  settings: JsonObject = {},
  options: FakeUpstreamOptions = {},
): Promise<TestGateway & { upstream: FakeUpstream }> {
  const upstream = await startFakeUpstream(options);
  t.teardown(() => upstream.close());
  const credentials = [{ name: 'test', key: upstream.key }];
  const at = (path: string): JsonObject => ({
    allowPrivate: true,
    retries: 0,
    credentials,
    baseUrl: upstream.origin + path,
  });
  const providers = {
    'openai-responses': at('/v1'),
    gemini: at(''),
    ollama: at(''),
    cohere: at(''),
    mistral: at('/mistral/v1'),
    ...(settings.providers as JsonObject | undefined),
  };
  return { ...(await startTestGateway(t, upstream, { ...settings, providers })), upstream };
}
