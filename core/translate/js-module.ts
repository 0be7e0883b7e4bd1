import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { compileFunction } from 'node:vm';
import type { ProviderPlugin } from '@dragoman/plugin-sdk';

/** With V8's cache every version of a plugin that ever ran would stay in memory. */
setFlagsFromString('--no-compilation-cache');

/**
 * Runs a plugin's one file and gives its default export. `cjs` can be unloaded: nothing but what it returns holds it.
 * `esm` stays for the life of the thread, and a changed file needs another thread. Throws plain errors: who calls knows
 * the plugin's name.
 */
export async function loadModule(file: string, format: 'esm' | 'cjs'): Promise<ProviderPlugin> {
  const exports = format === 'esm' ? await import(pathToFileURL(file).href) : runCommonJs(file);
  const plugin = (exports as { default?: unknown } | null | undefined)?.default;
  if (typeof plugin !== 'object' || plugin === null) {
    throw new Error('its module has no default export that is an object; use definePlugin()');
  }
  return plugin as ProviderPlugin;
}

function runCommonJs(file: string): unknown {
  const module = { exports: {} };
  const run = compileFunction(readFileSync(file, 'utf8'), ['module', 'exports'], { filename: file });
  run(module, module.exports);
  return module.exports;
}
