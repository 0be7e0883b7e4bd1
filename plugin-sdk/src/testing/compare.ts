/** One place where two JSON values differ. */
export interface Difference {
  /** JSON pointer. */
  path: string;
  expected: unknown;
  actual: unknown;
}

/** True when two values are the same JSON. Key order does not count, nor do fields that are `undefined`. */
export function sameJson(expected: unknown, actual: unknown): boolean {
  return diffJson(expected, actual, 1).length === 0;
}

/** The first `limit` (default 10) places where `actual` is not the same JSON as `expected`. */
export function diffJson(expected: unknown, actual: unknown, limit = 10): Difference[] {
  const found: Difference[] = [];
  collect(expected, actual, '', found, limit);
  return found;
}

/** One line a difference, long values cut. */
export function formatDifferences(differences: Difference[]): string {
  return differences
    .map(
      ({ path, expected, actual }) => `${path || '/'}: expected ${shorten(expected)}, got ${shorten(actual)}`,
    )
    .join('\n');
}

function collect(expected: unknown, actual: unknown, path: string, found: Difference[], limit: number): void {
  if (found.length >= limit || Object.is(expected, actual)) return;
  const isPair = isObject(expected) && isObject(actual) && Array.isArray(expected) === Array.isArray(actual);
  // -0 is written as 0.
  if (!isPair) {
    if (expected !== actual) found.push({ path, expected, actual });
    return;
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const pointer = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    collect(expected[key], actual[key], pointer, found, limit);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function shorten(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
  return text.length <= 160 ? text : `${text.slice(0, 157)}...`;
}
