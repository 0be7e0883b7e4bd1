import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Beside the packages, not in the shared /tmp, where somebody else could have put compiled code for us to run. It saves a
// start the compiling of its own modules and of the larger packages; a folder that cannot be written costs nothing.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/dragoman'));

/** The command line: `argv` as in `process.argv`. Sets the exit code: 0 done, 1 failed, 2 wrongly called. */
export async function run(argv: readonly string[]): Promise<void> {
  const [{ buildProgram }, { reportError }] = await Promise.all([
    import('./cli/program.ts'),
    import('./cli/report-error.ts'),
  ]);
  // `dragoman plugins | head` closes the pipe early: that is no failure.
  process.stdout.on('error', () => process.exit(0));
  try {
    process.exitCode = await buildProgram(argv.slice(2));
  } catch (error) {
    process.exitCode = reportError(error);
  }
}

if (import.meta.main) await run(process.argv);
