import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// For `node core/main.ts`, which comes without bin.js: that file says why, and why there.
enableCompileCache(
  process.env.NODE_COMPILE_CACHE || join(import.meta.dirname, '../node_modules/.cache/dragoman'),
);

/** The command line: `argv` as in `process.argv`. Sets the exit code: 0 done, 1 failed, 2 wrongly called. */
export async function run(argv: readonly string[]): Promise<void> {
  const [{ buildProgram }, { reportError }] = await Promise.all([
    import('./cli/program.ts'),
    import('./cli/report-error.ts'),
  ]);
  // `dragoman plugins | head` closes the pipe early: that is no failure; a full disk is one.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? 0 : reportError(error)),
  );
  try {
    process.exitCode = await buildProgram(argv.slice(2));
  } catch (error) {
    process.exitCode = reportError(error);
  }
}

if (import.meta.main) await run(process.argv);
