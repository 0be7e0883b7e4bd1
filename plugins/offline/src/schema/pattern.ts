import { type PatternNode, readPattern } from './pattern-reader.ts';

/**
 * A short text that matches a regular expression, at least `least` characters long where the expression has room
 * for it. `undefined` where it uses what the reader does not know (look-around, back-references). The expression is
 * never run: it is the client's, and some expressions take for ever.
 */
export function fillPattern(pattern: string, least: number): string | undefined {
  const node = readPattern(pattern);
  if (node === undefined) return undefined;
  const short = write(node, { left: 0 });
  if (short.length >= least) return short;
  const long = write(node, { left: least - short.length });
  // Without an anchor at the end anything may follow.
  return long.length >= least || pattern.endsWith('$') ? long : long.padEnd(least, 'a');
}

/** What one repetition may write, in characters: `((a{999}){999}){999}` is short to send and long to fill. */
const maxRepeated = 10_000;

/** `room.left` is how many more characters are wanted; the first repetition that can takes them. */
function write(node: PatternNode, room: { left: number }): string {
  switch (node.type) {
    case 'character':
      return node.text;
    case 'sequence':
      return node.items.map((item) => write(item, room)).join('');
    case 'choice':
      return node.branches.map((branch) => write(branch, { left: 0 })).reduce(shorter);
    case 'repeat': {
      const once = write(node.item, { left: 0 });
      const more = once === '' ? 0 : Math.min(Math.ceil(room.left / once.length), node.max - node.min);
      room.left -= more * once.length;
      return once.repeat(Math.min(node.min + more, maxRepeated / Math.max(once.length, 1)));
    }
  }
}

function shorter(first: string, second: string): string {
  return second.length < first.length ? second : first;
}
