/** Longest name worth comparing; a file may hold anything. */
const longest = 120;

/** The name that differs least from `wanted`, when it differs by no more than a third. */
export function suggest(wanted: string, names: Iterable<string>): string | undefined {
  if (wanted.length === 0 || wanted.length > longest) return undefined;
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  const lower = wanted.toLowerCase();
  let best: string | undefined;
  let least = limit + 1;
  for (const name of names) {
    if (name.length > longest || Math.abs(name.length - wanted.length) >= least) continue;
    const distance = editDistance(lower, name.toLowerCase());
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  return best;
}

/** A suggestion as the end of a message: a single word is a name to put in place of another, more speaks for itself. */
export function showSuggestion(suggestion: string | undefined): string {
  if (suggestion === undefined) return '';
  return /^[\w.-]+$/.test(suggestion) ? ` (did you mean '${suggestion}'?)` : ` (${suggestion})`;
}

/** Damerau's distance in its simple form: two letters that changed places count as one mistake. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left.charCodeAt(row - 1) === right.charCodeAt(column - 1);
      let value = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) value = Math.min(value, (before[column - 2] ?? 0) + 1);
      current.push(value);
    }
    before = previous;
    previous = current;
  }
  return previous[right.length] ?? right.length;
}
