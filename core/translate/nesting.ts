/**
 * Levels of arrays and objects that anybody may send. V8 parses any number of them, but writes, clones and walks only some
 * thousand; schemas of tools, the deepest there is in earnest, have tens.
 */
export const maxDepth = 1_000;

/** Walks all of a value, without a call for each level: for those who want to know why something failed. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true;
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each !== 'object' || each === null) continue;
      for (const child of Object.values(each)) if (typeof child === 'object') next.push(child);
    }
    level = next;
  }
  return false;
}

/** What V8 throws when a call for each level was one too many. */
export function isOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.includes('call stack');
}

/** In words, for either side. */
export const nestedTooDeeply = `is nested more than ${maxDepth} levels deep`;
