import type { JsonObject, TranslateContext } from '@dragoman/plugin-sdk';

/**
 * What a provider's manifest may say in `options` about the way its service speaks this dialect, beside `efforts`,
 * `strict`, `jsonSchema`, `customTools`, `allowedTools` and `modelRules` of `openai-chat`. README.md has the table.
 */
export interface ResponsesOptions {
  /** Role of instructions that came from another dialect. */
  systemRole?: 'system' | 'developer';
  /** The service knows its own web search. */
  webSearch?: boolean;
  /** Earlier reasoning that nobody signed may be sent as text. */
  reasoningText?: boolean;
  /** The service takes and gives encrypted reasoning. */
  encryptedReasoning?: boolean;
  /** The service shows summaries of the reasoning. */
  summaries?: boolean;
}

/** The options as the manifest gives them: it was checked when it was loaded, so a wrong value only has no effect. */
export function readResponsesOptions(context: TranslateContext): ResponsesOptions {
  return context.provider.options as JsonObject & ResponsesOptions;
}
