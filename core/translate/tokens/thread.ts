import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import type { Collected } from './collect.ts';

/** Text that looks like a control mark of the encoding is text. */
const plain = { disallowedSpecial: new Set<string>() };

/**
 * The encoding's time grows with the square of a word's length, and its words are runs of letters, of marks or of
 * space: runs longer than any word are cut, at the price of a token each.
 */
const longRun = /[^\s]{200}(?=[^\s])|\s{200}(?=\s)/gu;

/** What the counting thread does with `Collected` as JSON in bytes. */
export default function count(json: Uint8Array): number {
  const { texts, tokens } = JSON.parse(Buffer.from(json).toString('utf8')) as Collected;
  return texts.reduce((sum, text) => sum + textTokens(text), tokens);
}

function textTokens(text: string): number {
  let tokens = 0;
  let from = 0;
  for (const run of text.matchAll(longRun)) {
    const to = run.index + run[0].length;
    tokens += countTokens(text.slice(from, to), plain);
    from = to;
  }
  return tokens + countTokens(from === 0 ? text : text.slice(from), plain);
}
