import { createInterface } from 'node:readline/promises';
import { failWith } from './report-error.ts';

export interface ConsentOptions {
  /** Do it without asking. */
  yes?: boolean;
  /** Show it and do nothing. */
  dryRun?: boolean;
}

/**
 * Asks on the terminal whether to go on, after what it is about was shown. Never waits where nobody can answer: there
 * only `--yes` goes on.
 */
export async function confirm(question: string, { yes, dryRun }: ConsentOptions): Promise<boolean> {
  if (dryRun) return false;
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw failWith(
      'nothing was changed: there is no terminal to ask on',
      'read what is shown above (--dry-run shows it alone), then add --yes',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // At the end of the input no answer ever comes.
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const asked = terminal.question(`${question} [y/N] `).catch(() => '');
  const answer = await Promise.race([asked, ended]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
