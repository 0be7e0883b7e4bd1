import type { JsonObject, TranslateContext } from '@dragoman/plugin-sdk';

/**
 * What a provider's manifest may say in `options` about the way its service speaks this dialect. All are optional;
 * README.md beside this folder has the table.
 */
export interface DialectOptions {
  maxTokensField?: 'max_tokens' | 'max_completion_tokens';
  systemRole?: 'system' | 'developer';
  endUserField?: 'user' | 'safety_identifier' | 'none';
  cacheControl?: boolean;
  cacheBreakpoints?: readonly string[];
  reasoningField?: 'reasoning_content' | 'reasoning' | 'reasoning_details' | 'none';
  reasoningSetting?: 'reasoning_effort' | 'reasoning' | 'thinking' | 'enable_thinking' | 'none';
  efforts?: readonly string[];
  streamUsage?: boolean;
  strict?: boolean;
  jsonSchema?: boolean;
  topK?: boolean;
  textContent?: 'parts' | 'string';
  toolMedia?: boolean;
  toolIdLength?: number;
  allowedTools?: boolean;
  customTools?: boolean;
  webSearch?: boolean;
  fileUrls?: boolean;
  video?: boolean;
  fixedSampling?: readonly string[];
  embeddingEncoding?: 'float' | 'base64';
}

/** The options as the manifest gives them: it was checked when it was loaded, so a wrong value only has no effect. */
export function readOptions(context: TranslateContext): DialectOptions {
  return context.provider.options as JsonObject & DialectOptions;
}

/** True when `id` is one of `models` or a dated form of one (`o3` and `o3-2025-04-16`, never `o3-mini`). */
export function isListed(models: readonly string[] | undefined, id: string): boolean {
  if (models === undefined) return false;
  for (const model of models) {
    if (id === model) return true;
    if (id.startsWith(model) && /^-\d{4}(-?\d\d){0,2}$/.test(id.slice(model.length))) return true;
  }
  return false;
}
