import { isAbsolute, relative } from 'node:path';
import { showProblem } from '../config/load.ts';
import type { ConfigProblem } from '../config/settings.ts';
import { readConfig } from './load.ts';
import { print, printJson } from './print.ts';
import type { PlaceOptions } from './program.ts';

/** Prints every problem of the configuration; 1 when one of them is an error. */
export async function check(options: PlaceOptions & { json?: boolean }): Promise<number> {
  const { problems, file } = await readConfig(options);
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  if (options.json) printJson(problems);
  else {
    for (const problem of problems) print(describeProblem(problem));
    print(summarise(errors, problems.length - errors, file));
  }
  return errors === 0 ? 0 : 1;
}

/** `gateway.yaml:3:5 error providers.x.baseUrl: message (...)`: editors and CI make a link of its beginning. */
export function describeProblem(problem: ConfigProblem): string {
  const { line, column = 1, severity } = problem;
  const text = showProblem({ ...problem, line: undefined });
  return `${shortPath(problem.file)}${line === undefined ? '' : `:${line}:${column}`} ${severity} ${text}`;
}

/** Relative where that is shorter to read and to click on. */
function shortPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') || !isAbsolute(file) ? file : path;
}

function summarise(errors: number, warnings: number, file: string | null): string {
  const what = file === null ? 'No gateway.yaml here: the defaults apply' : shortPath(file);
  if (errors === 0 && warnings === 0) return file === null ? `${what}.` : `${what} is valid.`;
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  return `${what}: ${count(errors, 'error')}, ${count(warnings, 'warning')}.`;
}
