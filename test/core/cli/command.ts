import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

export const mainFile = resolve(import.meta.dirname, '../../../core/main.ts');

export interface CommandOptions {
  cwd: string;
  env?: Record<string, string>;
  /** Standard input; default: none. */
  input?: string;
}
export interface CommandResult {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** No key or setting of the machine the tests run on finds its way into them. */
function cleanEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env;
  return { PATH, HOME, NODE_COMPILE_CACHE, ...extra };
}

/** Starts the real command; its standard streams are pipes. */
export function spawnCommand(argv: readonly string[], { cwd, env }: CommandOptions): ChildProcess {
  return spawn(process.execPath, [mainFile, ...argv], { cwd, env: cleanEnvironment(env), stdio: 'pipe' });
}

/** Runs the real command to its end. */
export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const child = spawnCommand(argv, options);
  child.stdin?.end(options.input ?? '');
  const [stdout, stderr, [status]] = await Promise.all([
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { status, stdout, stderr };
}

/** Text of a stream until it matches; rejects when the stream ends first. */
export function waitFor(child: ChildProcess, stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> {
  return new Promise((resolvePromise, reject) => {
    let seen = '';
    child[stream]?.setEncoding('utf8');
    child[stream]?.on('data', (piece: string) => {
      seen += piece;
      if (pattern.test(seen)) resolvePromise(seen);
    });
    child.once('close', () => reject(new Error(`ended before ${pattern}; ${stream} was: ${seen}`)));
  });
}

export function keyFileIn(directory: string): string {
  return join(directory, '.dragoman/keys.json');
}
