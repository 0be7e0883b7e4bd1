import { isAbsolute, relative } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import type { ConfigProblem } from '../config/settings.ts';
import { showSuggestion } from '../config/suggest.ts';
import { snapshotProblems } from '../plugins/snapshot-problems.ts';
import { loadSnapshot } from './load-snapshot.ts';
import type { PlaceOptions } from './place.ts';
import { print, printJson } from './print.ts';
import { readConfig } from './read-config.ts';

/** Prints every problem of the configuration and of the plugins it finds; 1 when one of them is an error. */
export async function check(options: PlaceOptions & { json?: boolean }): Promise<number> {
  const config = await readConfig(options);
  const { file } = config;
  // What a provider's own block may hold and which names there are, only the plugins know.
  const unsorted =
    config.settings === null
      ? config.problems
      : [...config.problems, ...(await pluginProblems(options, config))];
  const problems = unsorted.toSorted((left, right) => (left.line ?? 0) - (right.line ?? 0));
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  if (options.json) printJson(problems);
  else {
    for (const problem of problems) print(describeProblem(problem));
    print(summarise(errors, problems.length - errors, file));
  }
  return errors === 0 ? 0 : 1;
}

async function pluginProblems(options: PlaceOptions, config: LoadedConfig): Promise<ConfigProblem[]> {
  const loaded = await loadSnapshot(options);
  const problems = snapshotProblems(config, loaded.snapshot);
  await loaded.close();
  return problems;
}

/** `gateway.yaml:3:5: error: providers.x.baseUrl: message (...)`: editors and CI make a link of its beginning. */
export function describeProblem({
  file,
  line,
  column = 1,
  severity,
  path,
  message,
  suggestion,
}: ConfigProblem): string {
  const position = line === undefined ? '' : `:${line}:${column}`;
  return `${shortPath(file)}${position}: ${severity}: ${path === '' ? '' : `${path}: `}${message}${showSuggestion(suggestion)}`;
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
