/** Standard output: what a command was asked for. Everything else goes to standard error. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Standard error: remarks beside the result, which a pipe does not carry on. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Columns as wide as their widest cell; the last one is not padded. Control characters become spaces. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [head, ...rows].map((cells) => cells.map((cell) => cell.replace(/\p{Cc}+/gu, ' ')));
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  for (const cells of lines) {
    const padded = cells.map((cell, column) =>
      column === head.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
    );
    print(padded.join('  ').trimEnd());
  }
}
