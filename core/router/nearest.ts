/** Longest name worth comparing; what a client sends is not ours to bound elsewhere. */
const longest = 120;

/** The name that differs least from `wanted`, when it differs by no more than a third. */
export function nearest(wanted: string, names: Iterable<string>): string | undefined {
  if (wanted.length === 0 || wanted.length > longest) return undefined;
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  const lower = wanted.toLowerCase();
  for (const name of names) {
    if (name.length > longest || Math.abs(name.length - wanted.length) >= least) continue;
    const distance = editDistance(lower, name.toLowerCase(), least);
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  return best;
}

/** Levenshtein distance, given up once it reaches `limit`. */
function editDistance(left: string, right: string, limit: number): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= right.length; column++) {
      const same = left.charCodeAt(row - 1) === right.charCodeAt(column - 1) ? 0 : 1;
      const value = Math.min(
        (previous[column] ?? limit) + 1,
        (current[column - 1] ?? limit) + 1,
        (previous[column - 1] ?? limit) + same,
      );
      current.push(value);
      if (value < least) least = value;
    }
    if (least >= limit) return limit;
    previous = current;
  }
  return previous[right.length] ?? limit;
}
