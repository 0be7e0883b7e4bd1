import type { UpstreamHeaders } from './send.ts';

export interface RetryHints {
  /** Milliseconds from now, never negative. */
  retryAfterMs?: number;
  /** `x-should-retry`, which OpenAI and Anthropic send and their SDKs obey. */
  shouldRetry?: boolean;
}

/**
 * When a service says to come back. In this order: the manifest's own header, `retry-after-ms` (OpenAI, Azure),
 * `Retry-After` (seconds or an HTTP date); on a 429 without those, the reset times of the buckets that are empty.
 */
export function readRetryHints(
  status: number,
  headers: UpstreamHeaders,
  now: number,
  afterHeader?: string,
): RetryHints {
  const hints: RetryHints = {};
  const after =
    (afterHeader === undefined ? undefined : parseRetryAfter(one(headers, afterHeader), now)) ??
    parseMilliseconds(one(headers, 'retry-after-ms')) ??
    parseRetryAfter(one(headers, 'retry-after'), now) ??
    (status === 429 ? bucketReset(headers, now) : undefined);
  if (after !== undefined) hints.retryAfterMs = after;
  const should = one(headers, 'x-should-retry');
  if (should === 'true' || should === 'false') hints.shouldRetry = should === 'true';
  return hints;
}

/** Seconds (whole or not) or an HTTP date; undefined when it is neither. */
export function parseRetryAfter(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Math.ceil(Number(trimmed) * 1000);
  return parseDate(trimmed, now);
}

function parseMilliseconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Math.ceil(Number(text)) : undefined;
}

/** `Date.parse` takes bare numbers for years, so only what names a month or has the form of RFC 3339 is a date. */
function parseDate(text: string, now: number): number | undefined {
  if (!/^[A-Z][a-z]{2,8},? |^\d{4}-\d\d-\d\dT/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

const openaiBuckets = ['requests', 'tokens'];
const anthropicBuckets = ['requests', 'tokens', 'input-tokens', 'output-tokens'];

/**
 * The latest reset among empty buckets. OpenAI: `x-ratelimit-reset-<bucket>`, a duration such as `6m0s`
 * (platform.openai.com/docs/guides/rate-limits). Anthropic: `anthropic-ratelimit-<bucket>-reset`, RFC 3339
 * (docs.anthropic.com/en/api/rate-limits).
 */
function bucketReset(headers: UpstreamHeaders, now: number): number | undefined {
  let latest: number | undefined;
  const note = (wait: number | undefined): void => {
    if (wait !== undefined && (latest === undefined || wait > latest)) latest = wait;
  };
  for (const bucket of openaiBuckets) {
    if (one(headers, `x-ratelimit-remaining-${bucket}`) !== '0') continue;
    note(parseDuration(one(headers, `x-ratelimit-reset-${bucket}`)));
  }
  for (const bucket of anthropicBuckets) {
    if (one(headers, `anthropic-ratelimit-${bucket}-remaining`) !== '0') continue;
    note(parseDate(one(headers, `anthropic-ratelimit-${bucket}-reset`) ?? '', now));
  }
  return latest;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1s`, `6m0s`, `20ms`, `1h2m3.5s`. */
export function parseDuration(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    total += Number(amount) * (unitMs[unit ?? ''] ?? 0);
  }
  return Math.ceil(total);
}

function one(headers: UpstreamHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value[0] : value;
}
