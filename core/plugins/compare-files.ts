/** The first file that is changed, extra or missing, in words; `when` is what happened to the files in `known`. */
export function compareFiles(
  known: Readonly<Record<string, string>>,
  hashes: Readonly<Record<string, string>>,
  when: string,
): string | undefined {
  for (const [path, hash] of Object.entries(hashes)) {
    if (!Object.hasOwn(known, path)) return `${path} was not there when ${when}`;
    if (known[path] !== hash) return `${path} changed since ${when}`;
  }
  const missing = Object.keys(known).find((path) => !Object.hasOwn(hashes, path));
  return missing === undefined ? undefined : `${missing} is missing`;
}
