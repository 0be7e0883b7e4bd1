import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { loadEngine } from '../core/translate/engine.ts';

/**
 * Emits the two packages to publish into `dist/` (or `--out DIR`, which must lie in the repository for the compiler to find
 * its types): `@dragoman/plugin-sdk`, and `dragoman` with the bundled plugins, each made one file. `npm pack` in either
 * folder gives the tarball.
 */
const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({ options: { out: { type: 'string' } } });
const out = resolve(values.out ?? join(root, 'dist'));
type Package = Record<string, unknown> & { version: string };

rmSync(out, { recursive: true, force: true });
buildSdk();
await buildGateway();
console.log(`built plugin-sdk and dragoman in ${relative(process.cwd(), out)}`);

function buildSdk(): void {
  const target = join(out, 'plugin-sdk');
  emit('plugin-sdk/src', ['index.ts', 'testing/index.ts'], join(target, 'dist'));
  const manifest = readPackage('plugin-sdk');
  writeJson(join(target, 'package.json'), {
    ...manifest,
    engines: { node: '>=24' },
    files: ['dist'],
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './testing': { types: './dist/testing/index.d.ts', default: './dist/testing/index.js' },
    },
  });
  copyFileSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
  copyFileSync(join(root, 'plugin-sdk/README.md'), join(target, 'README.md'));
}

async function buildGateway(): Promise<void> {
  const target = join(out, 'dragoman');
  emit(
    'core',
    ['gateway.ts', 'main.ts', 'translate/worker.ts', 'replies/checkpoint-thread.ts'],
    join(target, 'core'),
  );
  copyGenerated(join(root, 'core/generated'), join(target, 'core/generated'));
  await buildTokenizer(join(target, 'core/translate/tokens'));
  // The tools that make it are for this repository only: an installation has the engine and none of them.
  writeFileSync(join(target, 'core/engine.wasm'), await loadEngine());
  writeFileSync(
    join(target, 'core/bin.js'),
    readFileSync(join(root, 'core/bin.js'), 'utf8').replace("'./main.ts'", "'./main.js'"),
  );
  chmodSync(join(target, 'core/bin.js'), 0o755);
  cpSync(join(root, 'schemas'), join(target, 'schemas'), { recursive: true });
  await buildPlugins(join(target, 'plugins'));
  const manifest = readPackage('core');
  const sdk = readPackage('plugin-sdk').version;
  writeJson(join(target, 'package.json'), {
    ...manifest,
    engines: { node: '>=24' },
    files: ['core', 'plugins', 'schemas', 'CHANGELOG.md'],
    bin: { dragoman: 'core/bin.js' },
    exports: { '.': { types: './core/gateway.d.ts', default: './core/gateway.js' } },
    dependencies: { ...(manifest.dependencies as object), '@dragoman/plugin-sdk': sdk },
  });
  for (const name of ['LICENSE', 'README.md', 'CHANGELOG.md']) {
    copyFileSync(join(root, name), join(target, name));
  }
}

/** Compiles what the entries reach, with declarations, and checks it once more on the way. */
function emit(folder: string, entries: string[], target: string): void {
  const config = join(out, `tsconfig.${folder.replaceAll('/', '-')}.json`);
  mkdirSync(out, { recursive: true });
  writeJson(config, {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      rewriteRelativeImportExtensions: true,
      declaration: true,
      removeComments: false,
      rootDir: join(root, folder),
      outDir: target,
    },
    include: [],
    files: entries.map((entry) => join(root, folder, entry)),
  });
  // By its module: the extensionless command cannot be loaded under the test runner's hooks.
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/lib/tsc.js'), '-p', config], {
    stdio: 'inherit',
  });
  rmSync(config);
}

/** The validators are JavaScript already: the compiler passes over them. */
function copyGenerated(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name.endsWith('.js') || name.endsWith('.d.ts')) copyFileSync(join(from, name), join(to, name));
  }
}

async function buildPlugins(target: string): Promise<void> {
  const hashes: Record<string, Record<string, string>> = {};
  for (const id of Object.keys(
    JSON.parse(readFileSync(join(root, 'plugins/bundled.json'), 'utf8')) as object,
  )) {
    const source = join(root, 'plugins', id);
    const file = join(source, 'plugin.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { runtime?: { js?: string } };
    const folder = join(target, id);
    mkdirSync(folder, { recursive: true });
    if (manifest.runtime?.js !== undefined) {
      await bundle(join(source, manifest.runtime.js), join(folder, 'dist/index.js'));
      manifest.runtime.js = './dist/index.js';
    }
    writeJson(join(folder, 'plugin.json'), manifest);
    hashes[id] = hashFolder(folder);
  }
  writeJson(join(target, 'bundled.json'), hashes);
}

/** Of the tokenizer's 30 MB one encoding is needed, which is put into the thread that counts. */
async function buildTokenizer(target: string): Promise<void> {
  await bundle(join(root, 'core/translate/tokens/thread.ts'), join(target, 'thread.js'));
  copyFileSync(join(root, 'node_modules/gpt-tokenizer/LICENSE'), join(target, 'LICENSE.gpt-tokenizer'));
}

async function bundle(entry: string, outfile: string): Promise<void> {
  mkdirSync(dirname(outfile), { recursive: true });
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'node24',
    // Escapes would make half as much again of a vocabulary.
    charset: 'utf8',
  });
}

/** SHA-256 of every file, by path inside the plugin's folder: what the loader compares a published copy with. */
function hashFolder(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files
      .sort()
      .map((file) => [
        relative(folder, file).replaceAll('\\', '/'),
        createHash('sha256').update(readFileSync(file)).digest('hex'),
      ]),
  );
}

function readPackage(folder: string): Package {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Package;
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
