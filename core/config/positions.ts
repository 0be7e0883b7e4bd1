import type { Document, Node, Pair } from 'yaml';

export interface Position {
  /** Both count from 1. */
  line: number;
  column: number;
}
export type Path = readonly (string | number)[];
/** Where a key or its value stands; for a path that does not exist, the nearest part of it that does. */
export type Locate = (path: Path, part: 'key' | 'value') => Position | undefined;

export interface LocatedDocument {
  value: unknown;
  /** What is wrong with the text itself; then `value` is not to be used. */
  faults: (Position & { message: string })[];
  locate: Locate;
}

/**
 * Reads YAML 1.2 (JSON is a part of it) and remembers where everything stood. Aliases, custom tags and keys written
 * twice are faults: the first two can make a small file large, the third loses what somebody wrote.
 */
export async function readLocated(text: string): Promise<LocatedDocument> {
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    // Pretty errors quote the source, which may hold a secret.
    prettyErrors: false,
    lineCounter: lines,
  });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = [...document.errors, ...document.warnings]
    .sort((left, right) => left.pos[0] - right.pos[0])
    .slice(0, maxFaults)
    .map(({ pos, code, message }) => ({
      ...position(pos[0]),
      message: explain(code, lowerFirst(message)),
    }));
  yaml.visit(document, {
    Alias(_, node) {
      faults.push({ ...position(node.range?.[0] ?? 0), message: 'aliases are not allowed' });
    },
  });
  const value: unknown = faults.length > 0 ? undefined : document.toJS({ maxAliasCount: 0 });
  return { value, faults, locate: (path, part) => find(yaml, document, path, part, position) };
}

/** After one slip the reader stumbles over much that is in order: a hundred faults in a hundred lines tell nobody more. */
const maxFaults = 3;

function explain(code: string, message: string): string {
  switch (code) {
    case 'MULTIPLE_DOCS':
      return 'the file holds several documents; keep one and remove the line ---';
    case 'DUPLICATE_KEY':
    case 'TAG_RESOLVE_FAILED':
      return message;
    default:
      // Some end with the text that was met, and that may be a secret.
      return `not valid YAML: ${message.replace(/ in YAML stream: .*$/s, '')}`;
  }
}

type Yaml = typeof import('yaml');

function find(
  yaml: Yaml,
  document: Document.Parsed,
  path: Path,
  part: 'key' | 'value',
  position: (offset: number) => Position,
): Position | undefined {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const [index, segment] of path.entries()) {
    if (yaml.isMap(node)) {
      const pair: Pair<unknown, unknown> | undefined = node.items.find(
        (item) => yaml.isScalar(item.key) && String(item.key.value) === String(segment),
      );
      if (pair === undefined) break;
      node = pair.value;
      const isLast = index === path.length - 1;
      offset = startOf((isLast && part === 'key') || node === null ? pair.key : node) ?? offset;
    } else if (yaml.isSeq(node)) {
      node = node.items[Number(segment)];
      if (node === undefined) break;
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset === undefined ? undefined : position(offset);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
