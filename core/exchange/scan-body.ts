import { maxDepth } from '../translate/nesting.ts';

/** Where a top-level value of a JSON object stands in its bytes: `[start, end)`, quotes included. */
export interface Span {
  start: number;
  end: number;
}

/** Texts to look for on the way. Each begins with a quote: those are the places that a scan stops at anyway. */
export interface Marks {
  readonly texts: readonly string[];
  /** 1 at each code that follows the quote of one. */
  readonly seconds: Uint8Array;
}

/** Null when one of the texts cannot be found in passing. They are given as their bytes, one character each. */
export function compileMarks(texts: readonly string[]): Marks | null {
  const seconds = new Uint8Array(256);
  for (const text of texts) {
    if (!text.startsWith('"') || text.length < 2) return null;
    seconds[text.charCodeAt(1)] = 1;
  }
  return { texts, seconds };
}

const noMarks: Marks = { texts: [], seconds: new Uint8Array(256) };
const quote = 0x22;
const backslash = 0x5c;

/**
 * Finds top-level fields of a JSON object without parsing it: a 500 KB prompt is mostly strings, and those are jumped
 * over with native searches. The last of several equal keys counts, as in `JSON.parse`. Null when the bytes are not a
 * JSON object this simple reader follows, or are nested too deeply: the caller then parses them and says so. Marks that
 * are anywhere in the bytes are added to `seen`, some of them more than once.
 */
export function scanBody(
  body: Buffer,
  wanted: readonly string[],
  marks: Marks = noMarks,
  seen: string[] = [],
): Map<string, Span> | null {
  // One character per byte, so that indexes are those of the bytes. Searching text costs half of searching a Buffer.
  const text = body.toString('latin1');
  const found = new Map<string, Span>();
  const search: Search = { text, marks, seen };
  let at = skipSpace(text, 0);
  if (text.charCodeAt(at) !== 0x7b) return null;
  at = skipSpace(text, at + 1);
  if (text.charCodeAt(at) === 0x7d) return skipSpace(text, at + 1) === text.length ? found : null;
  for (;;) {
    if (text.charCodeAt(at) !== quote) return null;
    const keyEnd = stringEnd(search, at);
    if (keyEnd < 0) return null;
    const key = text.slice(at + 1, keyEnd - 1);
    // A key written with escapes could spell one of ours in another way.
    if (key.includes('\\')) return null;
    at = skipSpace(text, keyEnd);
    if (text.charCodeAt(at) !== 0x3a) return null;
    const start = skipSpace(text, at + 1);
    const end = valueEnd(search, start);
    if (end < 0) return null;
    if (wanted.includes(key)) found.set(key, { start, end });
    at = skipSpace(text, end);
    if (text.charCodeAt(at) === 0x7d) return skipSpace(text, at + 1) === text.length ? found : null;
    if (text.charCodeAt(at) !== 0x2c) return null;
    at = skipSpace(text, at + 1);
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

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

interface Search {
  text: string;
  marks: Marks;
  seen: string[];
}

/** Index after the closing quote of the string that opens at `at`; -1 when it never closes. */
function stringEnd(search: Search, at: number): number {
  const { text } = search;
  const { seconds } = search.marks;
  let from = at + 1;
  if (seconds[text.charCodeAt(from)] === 1) noteMarks(search, at);
  for (;;) {
    const close = text.indexOf('"', from);
    if (close < 0) return -1;
    if (seconds[text.charCodeAt(close + 1)] === 1) noteMarks(search, close);
    let slashes = 0;
    while (text.charCodeAt(close - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return close + 1;
    from = close + 1;
  }
}

function noteMarks({ text, marks, seen }: Search, at: number): void {
  for (const mark of marks.texts) if (text.startsWith(mark, at)) seen.push(mark);
}

/** Index after the value that begins at `at`; -1 when it is broken. */
function valueEnd(search: Search, at: number): number {
  const { text } = search;
  const first = text.charCodeAt(at);
  if (first === quote) return stringEnd(search, at);
  if (first !== 0x7b && first !== 0x5b) return scalarEnd(text, at);
  let depth = 0;
  let index = at;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code === quote) {
      index = stringEnd(search, index);
      if (index < 0) return -1;
      continue;
    }
    // `[` 0x5b and `{` 0x7b, `]` 0x5d and `}` 0x7d differ in one bit.
    if (code === 0x5b || code === 0x7b) {
      depth++;
      if (depth >= maxDepth) return -1;
    } else if (code === 0x5d || code === 0x7d) {
      depth--;
      if (depth === 0) return index + 1;
    }
    index++;
  }
  return -1;
}

function scalarEnd(text: string, at: number): number {
  let index = at;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code === 0x2c || code === 0x7d || code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09)
      break;
    index++;
  }
  return index > at ? index : -1;
}
