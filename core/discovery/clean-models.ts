import type { ModelInfo } from '@dragoman/plugin-sdk';

const longest = 200;
const largestTokens = 1e9;
/** Seconds since the epoch; beyond it dates cannot be written in four digits. */
const latest = 253_402_300_799;
/** A shorter secret is part of names by chance. */
const shortestSecret = 8;

const media = ['text', 'image', 'audio', 'video', 'pdf'] as const;
const outputs = ['text', 'image', 'audio', 'embedding'] as const;
const features = ['stream', 'tools', 'reasoning', 'json-schema', 'prompt-cache'] as const;

/**
 * What of a list can be passed on to clients and to translators, whoever decoded it. An entry without a usable id is left
 * out, and so is one that shows a secret: a service could put there what it was sent.
 */
export function cleanModels(list: unknown, secrets: readonly string[] = []): ModelInfo[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => cleanModel(entry, secrets) ?? []);
}

function cleanModel(entry: unknown, secrets: readonly string[]): ModelInfo | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { id, name, contextTokens, maxOutputTokens, createdAt, ...rest } = entry as Record<string, unknown>;
  if (!isText(id, secrets)) return undefined;
  const model: ModelInfo = {
    id,
    input: wordsOf(rest.input, media),
    output: wordsOf(rest.output, outputs),
    features: wordsOf(rest.features, features),
  };
  if (model.input.length === 0) model.input.push('text');
  if (model.output.length === 0) model.output.push('text');
  if (isText(name, secrets)) model.name = name;
  if (isCount(contextTokens, largestTokens)) model.contextTokens = contextTokens;
  if (isCount(maxOutputTokens, largestTokens)) model.maxOutputTokens = maxOutputTokens;
  if (isCount(createdAt, latest)) model.createdAt = createdAt;
  return model;
}

/** Control characters and those that turn the direction of text have no place in names people read. */
function isText(value: unknown, secrets: readonly string[]): value is string {
  if (typeof value !== 'string' || value === '' || value.length > longest) return false;
  if (value.trim() !== value || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value)) return false;
  return !secrets.some((secret) => secret.length >= shortestSecret && value.includes(secret));
}

function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= most;
}

function wordsOf<Word extends string>(list: unknown, known: readonly Word[]): Word[] {
  return Array.isArray(list) ? known.filter((word) => list.includes(word)) : [];
}
