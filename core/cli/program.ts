import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { logLevels } from '../observe/level.ts';
import { version } from '../version.ts';
import { addPlugins } from './plugins-program.ts';
import { addPlace, type Done, examples, notEmpty } from './program-parts.ts';

/**
 * Parses a command line and runs it; the exit code is the result. A command's code is imported when it runs, so that
 * each pays only for itself.
 */
export async function buildProgram(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const done = (code: number) => {
    exitCode = code;
  };
  const program = new Command('dragoman')
    .description('A gateway for large-language-model APIs.')
    .version(version, '-V, --version')
    .showHelpAfterError('Run "dragoman --help" for the commands and "dragoman help COMMAND" for one of them.')
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'dragoman: ')),
    })
    .exitOverride()
    .addHelpText(
      'after',
      examples(['dragoman start', 'dragoman keys add laptop', 'dragoman check --config gateway.yaml']),
    );
  addServing(program, done);
  addLooking(program, done);
  addKeys(program, done);
  addTranslate(program, done);
  try {
    refuseUnknownHelp(program, argv);
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isAsked = error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
    return isAsked || (error.code === 'commander.help' && argv[0] === 'help') ? 0 : 2;
  }
  return exitCode;
}

/** Commander shows the help of all commands then, and no word of why. */
function refuseUnknownHelp(program: Command, [command, about]: readonly string[]): void {
  if (command !== 'help' || about === undefined) return;
  if (!program.commands.some((each) => each.name() === about))
    program.error(`error: unknown command '${about}'`);
}

function addServing(program: Command, done: Done): void {
  addPlace(program.command('start'))
    .description('Serve: listen for clients and translate to the providers that are on.')
    .option('--host <HOST>', 'address to listen on (default: server.host, else 127.0.0.1)', notEmpty)
    .option(
      '--port <PORT>',
      'port to listen on, 0 for any free one (default: server.port, else 8317)',
      parsePort,
    )
    .addOption(new Option('--log-level <LEVEL>', 'what is logged').choices(logLevels).default('info'))
    .addHelpText(
      'after',
      `${examples(['dragoman start', 'dragoman start --port 9000 --log-level debug', 'npm start -- --port 9000'])}
The first start makes a client key and shows it once; the variable DRAGOMAN_KEY sets one of your own.
SIGTERM or Ctrl-C lets running requests finish (server.drainSeconds); a second one ends at once.`,
    )
    .action(async (options) => done(await (await import('./start.ts')).start(options)));

  program
    .command('init')
    .description('Write a commented gateway.yaml to begin with. Never overwrites one.')
    .argument('[FILE]', 'where to', 'gateway.yaml')
    .addHelpText('after', examples(['dragoman init', 'dragoman init config/gateway.yaml']))
    .action(async (file) => done((await import('./init.ts')).init(file)));
}

function addLooking(program: Command, done: Done): void {
  addPlace(program.command('check'))
    .description('Check the configuration and its plugins, and print everything that is wrong with them.')
    .option('--json', 'print a JSON array of problems')
    .addHelpText(
      'after',
      `${examples(['dragoman check', 'dragoman check --config other.yaml --json'])}
Exits with 1 when there is an error, a plugin that would not be used among them; warnings alone leave 0.`,
    )
    .action(async (options) => done(await (await import('./check.ts')).check(options)));

  addPlugins(program, done);

  addPlace(program.command('doctor'))
    .description('Look for what would keep the gateway from working on this machine.')
    .option('--host <HOST>', 'address to try (default: server.host, else 127.0.0.1)', notEmpty)
    .option('--port <PORT>', 'port to try (default: server.port, else 8317)', parsePort)
    .option('--online', 'also connect to the providers that are on; sends no key and no request')
    .option('--json', 'print a JSON array of findings')
    .addHelpText('after', examples(['dragoman doctor', 'dragoman doctor --online']))
    .action(async (options) => done(await (await import('./doctor.ts')).doctor(options)));
}

function addKeys(program: Command, done: Done): void {
  const keys = program
    .command('keys')
    .description('Make, list and revoke the keys clients use. Works while the gateway runs.');
  const json = ['--json', 'print JSON'] as const;
  addPlace(keys.command('add'))
    .description('Make a key and print it. It is not kept anywhere: only its digest is.')
    .argument('<NAME>', 'what logs call this client')
    .option(...json)
    .addHelpText('after', examples(['dragoman keys add laptop']))
    .action(async (name, options) => done((await import('./keys.ts')).addKey(name, options)));
  addPlace(keys.command('list'))
    .description('List the keys in the state directory.')
    .option(...json)
    .action(async (options) => done((await import('./keys.ts')).listKeys(options)));
  addPlace(keys.command('revoke'))
    .description('Make a key stop working; a running gateway notices within a second.')
    .argument('<NAME>', 'the name it was made with')
    .option(...json)
    .addHelpText('after', examples(['dragoman keys revoke laptop']))
    .action(async (name, options) => done((await import('./keys.ts')).revokeKey(name, options)));
}

function addTranslate(program: Command, done: Done): void {
  addPlace(program.command('translate'))
    .description(
      'Show what a request becomes: the canonical form, what would be sent, and every warning. Sends nothing.',
    )
    .argument('<FILE>', 'the request body as JSON; - reads standard input')
    .requiredOption('--from <DIALECT>', 'the dialect the file is written in, e.g. openai-chat')
    .requiredOption(
      '--to <TARGET>',
      'a dialect, e.g. anthropic-messages, or a configured provider, e.g. anthropic',
    )
    .addOption(
      new Option('--operation <NAME>', 'what the request is')
        .choices(['chat', 'embed', 'count-tokens'])
        .default('chat'),
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(['dragoman translate --from openai-chat --to anthropic-messages request.json']),
    )
    .action(async (file, options) => done(await (await import('./translate.ts')).translate(file, options)));
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}
