import { pickFromClass, readEscape } from './pattern-class.ts';

/** As much of a regular expression as is needed to write a text that matches it. */
export type PatternNode =
  | { type: 'character'; text: string }
  | { type: 'sequence'; items: PatternNode[] }
  | { type: 'choice'; branches: PatternNode[] }
  | { type: 'repeat'; item: PatternNode; min: number; max: number };

/** Longer expressions and larger counts are refused: they come from a client. */
const maxPatternLength = 2000;
const maxRepeat = 1000;
const maxDepth = 50;

class UnknownSyntax extends Error {}

/** `undefined` for look-around, back-references and anything that does not parse. */
export function readPattern(pattern: string): PatternNode | undefined {
  if (pattern.length > maxPatternLength) return undefined;
  const reader = { text: pattern, at: 0, depth: 0 };
  try {
    const node = readChoice(reader);
    return reader.at === pattern.length ? node : undefined;
  } catch (error) {
    if (error instanceof UnknownSyntax) return undefined;
    throw error;
  }
}

interface Reader {
  text: string;
  at: number;
  depth: number;
}

function readChoice(reader: Reader): PatternNode {
  const branches = [readSequence(reader)];
  while (reader.text[reader.at] === '|') {
    reader.at += 1;
    branches.push(readSequence(reader));
  }
  const [only] = branches;
  return branches.length === 1 && only !== undefined ? only : { type: 'choice', branches };
}

function readSequence(reader: Reader): PatternNode {
  const items: PatternNode[] = [];
  while (reader.at < reader.text.length && !'|)'.includes(reader.text.charAt(reader.at))) {
    items.push(readRepeat(reader, readAtom(reader)));
  }
  return { type: 'sequence', items };
}

function readAtom(reader: Reader): PatternNode {
  const start = reader.text.charAt(reader.at);
  if (start === '(') return readGroup(reader);
  if (start === '[') return readClass(reader);
  if (start === '\\') {
    const escaped = readEscape(reader.text, reader.at + 1);
    if (escaped === undefined) throw new UnknownSyntax();
    reader.at = escaped.end;
    return { type: 'character', text: escaped.text };
  }
  const point = String.fromCodePoint(reader.text.codePointAt(reader.at) ?? 0);
  reader.at += point.length;
  if ('*+?'.includes(point)) throw new UnknownSyntax();
  return { type: 'character', text: point === '^' || point === '$' ? '' : point === '.' ? 'a' : point };
}

function readGroup(reader: Reader): PatternNode {
  const head = /^\((?:\?:|\?<[\p{L}_$][\p{L}\p{N}_$]*>)?/u.exec(reader.text.slice(reader.at));
  reader.at += head?.[0].length ?? 1;
  reader.depth += 1;
  if (reader.text[reader.at] === '?' || reader.depth > maxDepth) throw new UnknownSyntax();
  const node = readChoice(reader);
  if (reader.text[reader.at] !== ')') throw new UnknownSyntax();
  reader.at += 1;
  reader.depth -= 1;
  return node;
}

function readClass(reader: Reader): PatternNode {
  const picked = pickFromClass(reader.text, reader.at + 1);
  if (picked === undefined) throw new UnknownSyntax();
  reader.at = picked.end;
  return { type: 'character', text: picked.text };
}

function readRepeat(reader: Reader, item: PatternNode): PatternNode {
  const counts = /^(?:([*+?])|\{(\d+)(,(\d*))?\})\??/.exec(reader.text.slice(reader.at, reader.at + 40));
  if (counts === null) return item;
  reader.at += counts[0].length;
  const [, sign, least, comma, most] = counts;
  if (sign !== undefined) {
    return {
      type: 'repeat',
      item,
      min: sign === '+' ? 1 : 0,
      max: sign === '?' ? 1 : Number.POSITIVE_INFINITY,
    };
  }
  const min = Number(least);
  const max = comma === undefined ? min : most === '' ? Number.POSITIVE_INFINITY : Number(most);
  if (min > maxRepeat || max < min) throw new UnknownSyntax();
  return { type: 'repeat', item, min, max };
}
