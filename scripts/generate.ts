import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildOutputs } from './generate/outputs.ts';
import type { Schema, Schemas } from './generate/schema.ts';

const root = path.join(import.meta.dirname, '..');
const names = ['plugin', 'gateway', 'lock', 'canonical', 'translate'];

/** Files of `outputs` whose content on disk differs. */
export function staleFiles(outputs: Map<string, string>, directory: string = root): string[] {
  return [...outputs]
    .filter(([file, text]) => readText(path.join(directory, file)) !== text)
    .map(([file]) => file);
}

/** Everything `npm run generate` writes, formatted, by path from the repository's root. */
export function generate(): Map<string, string> {
  const schemas: Schemas = {};
  for (const name of names) {
    schemas[name] = JSON.parse(
      readFileSync(path.join(root, `schemas/${name}.schema.json`), 'utf8'),
    ) as Schema;
  }
  const outputs = buildOutputs(schemas);
  for (const [file, text] of outputs) if (file.endsWith('.ts')) outputs.set(file, format(text));
  return outputs;
}

/** As `biome check` would have it. The name given is one Biome does not leave out. */
function format(text: string): string {
  const biome = path.join(root, 'node_modules/.bin/biome');
  const done = spawnSync(biome, ['format', '--stdin-file-path=plugin-sdk/src/generated-text.ts'], {
    cwd: root,
    encoding: 'utf8',
    input: text,
  });
  if (done.status !== 0) throw new Error(`biome could not format a generated file: ${done.stderr}`);
  return done.stdout;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function main(): void {
  const outputs = generate();
  const stale = staleFiles(outputs);
  if (process.argv.includes('--check')) {
    for (const file of stale) console.error(`${file} is stale: run \`npm run generate\` and commit it`);
    process.exitCode = stale.length === 0 ? 0 : 1;
    return;
  }
  for (const file of stale) {
    const target = path.join(root, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, outputs.get(file) ?? '');
    console.log(`wrote ${file}`);
  }
}

if (import.meta.main) main();
