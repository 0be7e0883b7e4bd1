import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { compileFunction } from 'node:vm';
import type { ProviderPlugin } from '@dragoman/plugin-sdk';

export async function loadModule(file: string, format: 'esm' | 'cjs'): Promise<ProviderPlugin> {
  if (format === 'esm') return (await import(pathToFileURL(file).href)).default as ProviderPlugin;
  const module = { exports: {} as { default?: ProviderPlugin } };
  compileFunction(readFileSync(file, 'utf8'), ['module', 'exports'], { filename: file })(
    module,
    module.exports,
  );
  return (module.exports.default ?? module.exports) as ProviderPlugin;
}
