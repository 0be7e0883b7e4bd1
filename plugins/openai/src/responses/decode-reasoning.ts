import { isObject, type Json, type JsonObject, leftover, type ReasoningPart } from '@dragoman/plugin-sdk';

import { makeOwn } from './dialect.ts';
import { readSignature, UNSIGNED } from './signatures.ts';

/** Which of the two lists of a reasoning item its text stands in. */
export type ReasoningSource = 'summary' | 'content';

/** What joins the pieces of one item: they are one thought. */
export const JOINT = '\n\n';

/**
 * A reasoning item as one part: `content` (the reasoning itself, of open models) before `summary`. `source`: the one a
 * stream has already read from.
 */
export function decodeReasoning(
  item: JsonObject,
  family: string | undefined,
  source?: ReasoningSource,
): ReasoningPart {
  const part: ReasoningPart = { type: 'reasoning', text: '' };
  const own = makeOwn(part);
  const read = new Set(['type']);
  const content = source === 'summary' ? undefined : readTexts(item.content, 'reasoning_text');
  const summary =
    source === 'content' || content !== undefined ? undefined : readTexts(item.summary, 'summary_text');
  const texts = content ?? summary;
  if (texts !== undefined) {
    part.text = texts.length === 1 ? (texts[0] ?? '') : texts.join(JOINT);
    // `summary` stays unset: the services that write `reasoning_details` have no signature on a summary, and the
    // signature matters more than the word.
    const from = summary === undefined ? 'content' : 'summary';
    own.$source = from;
    read.add(from);
    if (texts.length > 1) own.$lengths = texts.map(({ length }) => length);
  }
  if (item.encrypted_content === UNSIGNED) {
    own.$unsigned = true;
    read.add('encrypted_content');
  } else if (typeof item.encrypted_content === 'string') {
    part.signature = readSignature(item.encrypted_content, family).signature;
    read.add('encrypted_content');
  }
  if (typeof item.id === 'string') own.$id = item.id;
  own.$item = leftover(item, read) ?? {};
  return part;
}

/** The texts of a list that holds nothing else; `undefined` for any other list, and for an empty one. */
function readTexts(list: Json | undefined, type: string): string[] | undefined {
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const texts: string[] = [];
  for (const entry of list) {
    if (!isObject(entry) || entry.type !== type || typeof entry.text !== 'string') return undefined;
    if (Object.keys(entry).length > 2) return undefined;
    texts.push(entry.text);
  }
  return texts;
}

/** The list a text was read from. */
export function splitTexts(text: string, source: ReasoningSource, lengths: Json | undefined): Json[] {
  const type = source === 'summary' ? 'summary_text' : 'reasoning_text';
  if (!Array.isArray(lengths)) return [{ type, text }];
  const list: Json[] = [];
  let at = 0;
  for (const length of lengths) {
    if (typeof length !== 'number') continue;
    list.push({ type, text: text.slice(at, at + length) });
    at += length + JOINT.length;
  }
  return list;
}
