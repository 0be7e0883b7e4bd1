import { Argument, type Command, Option } from 'commander';
import { trustLevels } from '../plugins/trust.ts';
import { addPlace, type Done, examples } from './program-parts.ts';

/** `dragoman plugins` and what is below it. */
export function addPlugins(program: Command, done: Done): void {
  const plugins = addPlace(program.command('plugins'))
    .description(
      'List the plugins found: version, state, where the code runs, whose it is, and why. Or change them.',
    )
    .option('--json', 'print a JSON array')
    // What follows a subcommand is the subcommand's.
    .enablePositionalOptions()
    .addHelpText('after', examples(['dragoman plugins', 'dragoman plugins --json']))
    .action(async (options) => done(await (await import('./plugins.ts')).plugins(options)));
  addChanging(plugins, done);
  addChecking(plugins, done);
  addReleasing(plugins, done);
}

function addChanging(plugins: Command, done: Done): void {
  addConsent(plugins.command('add'))
    .description('Install a plugin and accept it in plugins.lock.json, after showing what it may do.')
    .argument('<SOURCE>', 'a folder, a .tgz or .tar, or the name of an npm package: NAME or NAME@VERSION')
    .addOption(new Option('--trust <TIER>', 'where its code runs').choices(trustLevels))
    .addHelpText(
      'after',
      `${examples(['dragoman plugins add ./acme', 'dragoman plugins add acme-1.0.0.tgz --dry-run', 'dragoman plugins add dragoman-plugin-acme@1.0.0 --yes'])}
A package is fetched with your own npm; none of its scripts run. A running gateway takes the plugin up.`,
    )
    .action(async (source, _, command: Command) =>
      done(await (await import('./plugins-add.ts')).addPlugin(source, command.optsWithGlobals())),
    );

  addConsent(plugins.command('remove'))
    .description("Delete a plugin's folder and its entry in plugins.lock.json.")
    .argument('<ID>', 'the plugin')
    .addHelpText('after', examples(['dragoman plugins remove acme']))
    .action(async (id, _, command: Command) =>
      done(await (await import('./plugins-remove.ts')).removePlugin(id, command.optsWithGlobals())),
    );

  addConsent(plugins.command('lock'))
    .description(
      'Accept plugins as they lie in their folders: their files, what they may do, where their code runs.',
    )
    .argument('[IDS...]', 'only these (default: all; entries of plugins that are gone are taken out)')
    .addHelpText('after', examples(['dragoman plugins lock --dry-run', 'dragoman plugins lock acme --yes']))
    .action(async (ids, _, command: Command) =>
      done(await (await import('./plugins-lock.ts')).lockPlugins(ids, command.optsWithGlobals())),
    );

  addConsent(plugins.command('trust'))
    .description('Say where the code of a plugin runs, for the files it has now. Noted in plugins.lock.json.')
    .argument('<ID>', 'the plugin')
    .addArgument(new Argument('<TIER>', 'where').choices(trustLevels))
    .addHelpText(
      'after',
      `${examples(['dragoman plugins trust acme worker'])}
A changed file ends it: the new version has to be accepted. While you write a plugin, plugins.trust of gateway.yaml
holds for whatever is in its folder. A worker holds faults, not malice: trust what you would run yourself.`,
    )
    .action(async (id, tier, _, command: Command) =>
      done(await (await import('./plugins-lock.ts')).trustPlugin(id, tier, command.optsWithGlobals())),
    );
}

function addChecking(plugins: Command, done: Done): void {
  addPlace(plugins.command('history'))
    .description(
      'Show what became of each version: in use, refused, taken back. Works while the gateway runs.',
    )
    .argument('[ID]', 'only this plugin')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples(['dragoman plugins history', 'dragoman plugins history acme --json']))
    .action(async (id, _, command: Command) =>
      done((await import('./plugins-history.ts')).pluginsHistory(id, command.optsWithGlobals())),
    );

  addPlace(plugins.command('verify'))
    .description('Compare plugins with plugins.lock.json and with their signatures. Runs none of their code.')
    .argument('[IDS...]', 'only these (default: all)')
    .option('--json', 'print a JSON array')
    .addHelpText(
      'after',
      `${examples(['dragoman plugins verify'])}\nExits with 1 when one is refused or missing.`,
    )
    .action(async (ids, _, command: Command) =>
      done(await (await import('./plugins-verify.ts')).verifyPlugins(ids, command.optsWithGlobals())),
    );
}

function addReleasing(plugins: Command, done: Done): void {
  plugins
    .command('keygen')
    .description('Make a key to sign plugins with: FILE, and FILE.pub to give away.')
    .argument('<FILE>', 'where to; never overwritten')
    .option('--json', 'print JSON')
    .addHelpText('after', examples(['dragoman plugins keygen ~/acme.key']))
    .action(async (file, _, command: Command) =>
      done((await import('./plugins-sign.ts')).makeSigningKey(file, command.optsWithGlobals())),
    );

  plugins
    .command('snapshot')
    .description(
      'Make a plugin load faster in the sandbox, as its author: writes plugin.snapshot into its folder.',
    )
    .argument('<FOLDER>', 'the plugin')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${examples(['dragoman plugins snapshot ./acme'])}
It fits gateways of this very version and the code as it is now: make it again after every change, and before you sign.
Where it does not fit, the plugin is loaded as if it were not there.`,
    )
    .action(async (folder, _, command: Command) =>
      done(await (await import('./plugins-snapshot.ts')).snapshotPlugin(folder, command.optsWithGlobals())),
    );

  plugins
    .command('sign')
    .description('Sign a plugin, as its author: writes plugin.sig into its folder.')
    .argument('<FOLDER>', 'the plugin')
    .option('--key <FILE>', 'the private key')
    .option('--print', 'print what is signed instead, for minisign')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `${examples(['dragoman plugins sign ./acme --key ~/acme.key', 'dragoman plugins sign ./acme --print > list && minisign -Sm list -x ./acme/plugin.sig'])}
Sign last: any change to the folder afterwards makes the signature wrong.`,
    )
    .action(async (folder, _, command: Command) =>
      done(await (await import('./plugins-sign.ts')).signPlugin(folder, command.optsWithGlobals())),
    );
}

function addConsent(command: Command): Command {
  return addPlace(command)
    .option('-y, --yes', 'do it without asking')
    .option('-n, --dry-run', 'show what would be done, and do nothing')
    .option('--json', 'print one JSON object');
}
