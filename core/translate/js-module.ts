import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { compileFunction } from 'node:vm';
import type { ProviderPlugin } from '@dragoman/plugin-sdk';
import type { ModuleRef } from './runner.ts';

/** With V8's cache every version of a plugin that ever ran would stay in memory. */
setFlagsFromString('--no-compilation-cache');

/**
 * Runs a plugin's one file and gives its default export. `cjs` can be unloaded: nothing but what it returns holds it.
 * `esm` stays for the life of the thread, and a changed file needs another thread. Throws plain errors: who calls knows
 * the plugin's name.
 */
export async function loadModule(file: string, format: ModuleRef['format']): Promise<ProviderPlugin> {
  if (format === 'cjs') return runCommonJs(file, readFileSync(file, 'utf8'));
  return defaultOf(await import(pathToFileURL(file).href));
}

/** The same for the text of a CommonJS file, on a thread that may not read it. */
export function runCommonJs(file: string, code: string): ProviderPlugin {
  const module = { exports: {} };
  const run = compileFunction(code, ['module', 'exports'], { filename: file });
  run(module, module.exports);
  return defaultOf(module.exports);
}

function defaultOf(exports: unknown): ProviderPlugin {
  const plugin = (exports as { default?: unknown } | null | undefined)?.default;
  if (typeof plugin !== 'object' || plugin === null) {
    throw new Error('its module has no default export that is an object; use definePlugin()');
  }
  return plugin as ProviderPlugin;
}
