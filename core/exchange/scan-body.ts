/** Where a top-level value of a JSON object stands in its bytes: `[start, end)`, quotes included. */
export interface Span {
  start: number;
  end: number;
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Finds top-level fields of a JSON object without parsing it: a 500 KB prompt is mostly strings, and those are jumped
 * over with native searches. The last of several equal keys counts, as in `JSON.parse`. Null when the bytes are not a
 * JSON object this simple reader follows: the caller then parses them.
 */
export function scanBody(body: Buffer, wanted: readonly string[]): Map<string, Span> | null {
  const found = new Map<string, Span>();
  let at = skipSpace(body, 0);
  if (body[at] !== 0x7b) return null;
  at = skipSpace(body, at + 1);
  if (body[at] === 0x7d) return skipSpace(body, at + 1) === body.length ? found : null;
  for (;;) {
    if (body[at] !== quote) return null;
    const keyEnd = stringEnd(body, at);
    if (keyEnd < 0) return null;
    const key = body.toString('latin1', at + 1, keyEnd - 1);
    // A key written with escapes could spell one of ours in another way.
    if (key.includes('\\')) return null;
    at = skipSpace(body, keyEnd);
    if (body[at] !== 0x3a) return null;
    const start = skipSpace(body, at + 1);
    const end = valueEnd(body, start);
    if (end < 0) return null;
    if (wanted.includes(key)) found.set(key, { start, end });
    at = skipSpace(body, end);
    if (body[at] === 0x7d) return skipSpace(body, at + 1) === body.length ? found : null;
    if (body[at] !== 0x2c) return null;
    at = skipSpace(body, at + 1);
  }
}

/** A span's value; undefined when there is none. */
export function spanValue(body: Buffer, span: Span | undefined): unknown {
  if (span === undefined) return undefined;
  try {
    return JSON.parse(body.toString('utf8', span.start, span.end));
  } catch {
    return undefined;
  }
}

/** The bytes with one value replaced. */
export function spliceBody(body: Buffer, span: Span, json: string): Buffer {
  const middle = Buffer.from(json);
  return Buffer.concat([body.subarray(0, span.start), middle, body.subarray(span.end)]);
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = body[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** Index after the closing quote of the string that opens at `at`; -1 when it never closes. */
function stringEnd(body: Buffer, at: number): number {
  let from = at + 1;
  for (;;) {
    const close = body.indexOf(quote, from);
    if (close < 0) return -1;
    let slashes = 0;
    while (body[close - 1 - slashes] === backslash) slashes++;
    if (slashes % 2 === 0) return close + 1;
    from = close + 1;
  }
}

/** Index after the value that begins at `at`; -1 when it is broken. */
function valueEnd(body: Buffer, at: number): number {
  const first = body[at];
  if (first === quote) return stringEnd(body, at);
  if (first !== 0x7b && first !== 0x5b) return scalarEnd(body, at);
  let depth = 0;
  let index = at;
  while (index < body.length) {
    const byte = body[index];
    if (byte === quote) {
      index = stringEnd(body, index);
      if (index < 0) return -1;
      continue;
    }
    // `[` 0x5b and `{` 0x7b, `]` 0x5d and `}` 0x7d differ in one bit.
    if (byte === 0x5b || byte === 0x7b) depth++;
    else if (byte === 0x5d || byte === 0x7d) {
      depth--;
      if (depth === 0) return index + 1;
    }
    index++;
  }
  return -1;
}

function scalarEnd(body: Buffer, at: number): number {
  let index = at;
  while (index < body.length) {
    const byte = body[index];
    if (byte === 0x2c || byte === 0x7d || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09)
      break;
    index++;
  }
  return index > at ? index : -1;
}
