import { readdirSync, readFileSync, statSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parse } from 'acorn';
import { simple } from 'acorn-walk';
import t from 'tap';
import { errorCodes } from '../core/errors/codes.ts';

const root = resolve(import.meta.dirname, '..');
const sources = ['core', 'plugin-sdk', 'plugins', 'scripts'].flatMap((folder) => list(join(root, folder)));

/** Inside core a folder imports itself and folders to its right. */
const order = [
  'main',
  'cli',
  'gateway',
  'server',
  'exchange',
  'replies',
  'discovery',
  'router',
  'plugins',
  'translate',
  'upstream',
  'credentials',
  'auth',
  'config',
  'observe',
  'files',
  'errors',
];

t.test('every import goes the way architecture.md allows', async (t) => {
  for (const file of sources) {
    for (const specifier of importsOf(file)) {
      const fault = faultOf(file, specifier);
      if (fault !== undefined) t.fail(`${relative(root, file)} imports ${specifier}: ${fault}`);
    }
  }
  t.ok(sources.length > 50, 'sources were found');
});

t.test('no file needs, by way of others, itself', async (t) => {
  const known = new Set(sources);
  const isDone = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      const circle = [...path.slice(path.indexOf(file)), file].map((each) => relative(root, each));
      t.fail(circle.join(' -> '));
      return;
    }
    if (isDone.has(file)) return;
    for (const specifier of importsOf(file)) {
      const next = resolve(dirname(file), specifier);
      if (specifier.startsWith('.') && known.has(next)) visit(next, [...path, file]);
    }
    isDone.add(file);
  };
  for (const file of sources) visit(file, []);
  t.pass();
});

t.test('nothing of the gateway imports node:http, which would load what nobody needs', async (t) => {
  const core = sources.filter((file) => file.startsWith(join(root, 'core')));
  for (const file of core) if (loadedBy(file).includes('node:http')) t.fail(relative(root, file));
  t.ok(core.length > 50, 'sources were found');
});

t.test('no source file is longer than 300 lines', async (t) => {
  for (const file of sources) {
    if (isGenerated(file)) continue;
    const lines = readFileSync(file, 'utf8').split('\n').length - 1;
    if (lines > 300) t.fail(`${relative(root, file)} has ${lines} lines`);
  }
  t.pass();
});

t.test('every error code is thrown somewhere and explained in the README', async (t) => {
  const code = sources.filter((file) => !file.endsWith('codes.ts')).map((file) => readFileSync(file, 'utf8'));
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  for (const name of Object.keys(errorCodes)) {
    const thrown = code.some((text) => text.includes(`'${name}'`));
    t.ok(thrown, `${name} is thrown`);
    t.ok(readme.includes(name), `${name} is in the README`);
  }
  for (const [name] of readme.matchAll(/\bGW_[A-Z_]*[A-Z]\b/g)) {
    t.ok(name in errorCodes, `${name} of the README exists`);
  }
});

t.test('what runs in a worker loads nothing of the gateway but translate and errors', async (t) => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const specifier of loadedBy(file)) {
      if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier));
    }
  };
  visit(join(root, 'core/translate/worker.ts'));
  for (const file of seen) {
    const place = relative(join(root, 'core'), file).split(sep)[0];
    t.ok(['translate', 'errors', 'generated'].includes(place ?? ''), relative(root, file));
  }
});

function faultOf(file: string, specifier: string): string | undefined {
  const from = relative(root, file).split(sep);
  const isRelative = specifier.startsWith('.');
  const to = isRelative ? relative(root, resolve(dirname(file), specifier)).split(sep) : [];
  switch (from[0]) {
    case 'plugins':
      if (isRelative) return to[0] === 'plugins' && to[1] === from[1] ? undefined : 'a plugin stands alone';
      return specifier.startsWith('@dragoman/plugin-sdk') ? undefined : 'a plugin imports the SDK only';
    case 'plugin-sdk':
      if (isRelative) return to[0] === 'plugin-sdk' ? undefined : 'the SDK imports nothing of ours';
      if (!specifier.startsWith('node:')) return undefined;
      return from[2] === 'testing' || from[2] === 'cli' ? undefined : 'the SDK runs where there is no Node';
    case 'core':
      return isRelative ? coreFault(from, to) : undefined;
    default:
      return undefined;
  }
}

function coreFault(from: string[], to: string[]): string | undefined {
  if (to[0] === 'schemas') return undefined;
  if (to[0] !== 'core') return 'core imports core, the SDK and schemas';
  const place = (path: string[]): string =>
    path.length === 2 ? (path[1] ?? '').replace(/\.ts$/, '') : (path[1] ?? '');
  if (place(to) === 'generated' || place(to) === 'version') return undefined;
  const left = order.indexOf(place(from));
  const right = order.indexOf(place(to));
  if (place(from) === 'generated' || place(from) === 'version') return undefined;
  if (left < 0 || right < 0) return `'${place(left < 0 ? from : to)}' has no place in the order`;
  return right >= left ? undefined : `${place(to)} lies to the left of ${place(from)}`;
}

/** Everything a file imports; types count as well: who names a type knows its module. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const types = text.matchAll(/^\s*(?:import|export) type [^;]*? from '([^']+)'/gm);
  return [...loadedBy(file), ...[...types].map((match) => match[1] ?? '')];
}

/** Static and dynamic imports that are there at run time. */
function loadedBy(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found: string[] = [];
  const code = file.endsWith('.ts') ? stripTypeScriptTypes(text) : text.replace(/^#!.*/, '');
  const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
  const note = (source: unknown): void => {
    const value = (source as { value?: unknown } | null)?.value;
    if (typeof value === 'string') found.push(value);
  };
  simple(tree, {
    ImportDeclaration: (node) => note(node.source),
    ExportNamedDeclaration: (node) => note(node.source),
    ExportAllDeclaration: (node) => note(node.source),
    ImportExpression: (node) => note(node.source),
  });
  return found;
}

function isGenerated(file: string): boolean {
  return (
    file.includes(`${sep}generated${sep}`) ||
    readFileSync(file, 'utf8').slice(0, 400).includes('Generated by')
  );
}

function list(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    // AssemblyScript looks like TypeScript and is another language.
    if (['node_modules', 'dist', 'fixtures', 'assembly'].includes(name)) return [];
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return list(path);
    return name.endsWith('.ts') && !name.endsWith('.d.ts') ? [path] : [];
  });
}
