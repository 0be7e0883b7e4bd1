import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's variables, and those of a `.env` file where the process has none. */
export function readEnvironment(file: string, process: Environment): Environment {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // Most people have no `.env`; one that cannot be read shows as the variables it should have set.
    return process;
  }
  return { ...parseEnv(text), ...process };
}
