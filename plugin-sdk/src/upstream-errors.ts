import type { UpstreamErrorKind } from './canonical.ts';

/** What an HTTP status alone says of a failure; `undefined` for none, and for one that is no failure. */
export function kindOfStatus(status: number | undefined): UpstreamErrorKind | undefined {
  switch (status) {
    case undefined:
      return undefined;
    case 401:
      return 'authentication';
    case 402:
      return 'billing';
    case 403:
      return 'permission';
    case 404:
    case 410:
      return 'not-found';
    case 408:
    case 504:
    case 524:
      return 'timeout';
    case 409:
      return 'conflict';
    case 413:
      return 'too-large';
    case 429:
      return 'rate-limit';
    case 499:
      return 'cancelled';
    case 503:
    case 529:
      return 'overloaded';
    default:
      return status >= 500 ? 'server' : status >= 400 ? 'invalid-request' : undefined;
  }
}

/**
 * How long the upstream asks to wait, in milliseconds: `retry-after-ms`, or `retry-after` as seconds or as an HTTP date
 * (RFC 9110, 10.2.3). `undefined` when neither says so. `now`: that of the context.
 */
export function readRetryAfter(headers: Record<string, string>, now: number): number | undefined {
  const milliseconds = positive(headers['retry-after-ms']);
  if (milliseconds !== undefined) return Math.ceil(milliseconds);
  const value = headers['retry-after'];
  const seconds = positive(value);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  const date = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function positive(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+(\.\d+)?$/.test(text.trim())) return undefined;
  return Number(text);
}

/**
 * The `code` of a failure that says the service does not do this for this model at all. Of a request that counts tokens it
 * makes the host estimate.
 */
export const UNSUPPORTED_OPERATION = 'unsupported_operation';

/** The message of a failure that says nothing itself. `status` is absent in a stream. */
export function namelessError(status: number | undefined): string {
  return status === undefined
    ? 'The upstream reported an error'
    : `The upstream answered with status ${status}`;
}

/** As services and servers put it, each in its own way; after their refusals as users report them (seen 2026-11). */
const tooLong = new RegExp(
  [
    'maximum (?:context|prompt|input|allowed input) length',
    '\\bcontext[ _](?:length|window|limit|size)',
    '(?:prompt|input)(?: is)? too long',
    'prompt exceeds max length',
    'too many (?:input )?tokens',
    'reduce the length',
    "exceed(?:s|ed)? (?:the )?(?:model's )?(?:maximum |available )?context",
    "exceeds? the (?:model's )?maximum (?:number of )?(?:input )?tokens",
    'exceeded model token limit',
    'input token count.*exceeds',
    'range of input length should be',
    'max_seq_len',
    '`inputs` (?:tokens|must have less than)',
  ].join('|'),
  'i',
);

/** Whether the words of a refusal say that the conversation is longer than the model takes. */
export function tellsOfLength(message: string): boolean {
  return tooLong.test(message);
}
