import { type Command, InvalidArgumentError } from 'commander';

/** Told the exit code of the command that ran. */
export type Done = (exitCode: number) => void;

/** The options that say which configuration a command works on. */
export function addPlace(command: Command): Command {
  return command
    .option('-c, --config <FILE>', 'configuration (default: ./gateway.yaml when there is one)', notEmpty)
    .option(
      '--data <DIR>',
      'state directory: keys, staged plugins (default: .dragoman beside the configuration)',
      notEmpty,
    );
}

/** A script's unset variable: as a path it would be the working directory, as a host all addresses. */
export function notEmpty(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It is empty.');
}

export function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
