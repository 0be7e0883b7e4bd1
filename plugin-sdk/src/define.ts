import type { Dialect, ProviderPlugin } from './translate.ts';

/** Gives a plugin's default export its type, so that an editor completes it. Returns what it was given. */
export function definePlugin<const Plugin extends ProviderPlugin>(plugin: Plugin): Plugin {
  return plugin;
}

/** Gives one dialect its type and keeps which functions it has. Returns what it was given. */
export function defineDialect<const Definition extends Dialect>(dialect: Definition): Definition {
  return dialect;
}
