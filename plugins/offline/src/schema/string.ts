import type { JsonObject } from '@dragoman/plugin-sdk';
import { TranslateError } from '@dragoman/plugin-sdk';
import { fillPattern } from './pattern.ts';
import { isInBounds, numberOf } from './value.ts';

/** A longer string than this is a way to fill memory, not a wish. */
const maxLength = 10_000;

export function buildString(keywords: JsonObject): string | undefined {
  const least = numberOf(keywords.minLength, 0);
  if (least > maxLength)
    throw new TranslateError('unsupported', `minLength ${least} is too long to fill in offline`);
  const text = fill(keywords, least);
  return isInBounds(keywords, Array.from(text).length, 'Length') ? text : undefined;
}

function fill(keywords: JsonObject, least: number): string {
  if (typeof keywords.pattern === 'string') {
    const text = fillPattern(keywords.pattern, least);
    if (text !== undefined) return text;
  }
  const sample = typeof keywords.format === 'string' ? samples.get(keywords.format) : undefined;
  return sample ?? 'a'.repeat(least);
}

/** The formats of JSON Schema's validation vocabulary, section 7.3. */
const samples = new Map([
  ['date-time', '1970-01-01T00:00:00Z'],
  ['date', '1970-01-01'],
  ['time', '00:00:00Z'],
  ['duration', 'PT0S'],
  ['email', 'a@example.com'],
  ['idn-email', 'a@example.com'],
  ['hostname', 'example.com'],
  ['idn-hostname', 'example.com'],
  ['ipv4', '127.0.0.1'],
  ['ipv6', '::1'],
  ['uri', 'https://example.com'],
  ['iri', 'https://example.com'],
  ['uri-reference', '/'],
  ['iri-reference', '/'],
  ['url', 'https://example.com'],
  ['uuid', '00000000-0000-0000-0000-000000000000'],
]);
