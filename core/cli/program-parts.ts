import type { Command } from 'commander';

/** Told the exit code of the command that ran. */
export type Done = (exitCode: number) => void;

/** The options that say which configuration a command works on. */
export function addPlace(command: Command): Command {
  return command
    .option('-c, --config <FILE>', 'configuration (default: ./gateway.yaml when there is one)')
    .option(
      '--data <DIR>',
      'state directory: keys, staged plugins (default: .dragoman beside the configuration)',
    );
}

export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
