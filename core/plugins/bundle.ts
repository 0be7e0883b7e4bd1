import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { basename, dirname, isAbsolute, join, posix, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildFailure, Plugin } from 'esbuild';
import { GatewayError } from '../errors/gateway-error.ts';

const sdk = '@dragoman/plugin-sdk';
const idleMs = 10_000;

/** Where the gateway's own copy of the SDK begins; a plugin's folder has no say in it. */
export function sdkEntry(): string {
  return fileURLToPath(import.meta.resolve(sdk));
}

/**
 * Makes one CommonJS file of a plugin's code and the SDK. Only files of `root` and the SDK can be in it: any other
 * import is GW_PLUGIN_LOAD, naming it and where it stands.
 */
export async function bundleModule(plugin: string, root: string, entry: string): Promise<Uint8Array> {
  const { build } = await import('esbuild');
  running++;
  try {
    const result = await build({
      absWorkingDir: root,
      entryPoints: [resolve(root, entry)],
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'neutral',
      target: 'esnext',
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'silent',
      // A tsconfig in or above the folder must not change what the code means.
      tsconfigRaw: {},
      plugins: [onlyOwnFiles(root)],
    });
    const output = result.outputFiles[0];
    if (output === undefined) throw new Error('esbuild gave no file');
    return output.contents;
  } catch (error) {
    throw new GatewayError('GW_PLUGIN_LOAD', { plugin, reason: explain(error) }, { cause: error });
  } finally {
    running--;
    stopWhenIdle();
  }
}

/** Ended under a build, the process would never answer. */
let running = 0;
let idle: NodeJS.Timeout | undefined;

/** esbuild keeps a child process of some 35 MB for the next call; while plugins are written that is worth it. */
function stopWhenIdle(): void {
  clearTimeout(idle);
  idle = setTimeout(stopBundler, idleMs).unref();
}

/** Ends that process now, if there is one and nobody uses it: for those who know that nothing more is to come soon. */
export async function stopBundler(): Promise<void> {
  if (idle === undefined) return;
  const { stop } = await import('esbuild');
  if (running > 0) return;
  clearTimeout(idle);
  idle = undefined;
  await stop();
}

/**
 * The SDK's files are in a namespace of their own, so that what is made is the same wherever the gateway lies: esbuild
 * writes the path of every file into its output.
 */
function onlyOwnFiles(root: string): Plugin {
  const entry = sdkEntry();
  const own = root + sep;
  const sdkRoot = dirname(entry);
  const namespace = 'sdk';
  const inSdk = (path: string) => ({ path, namespace, sideEffects: false });
  return {
    name: 'only-own-files',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind, resolveDir, namespace: from }) => {
        if (kind === 'entry-point') return undefined;
        if (from === namespace) return inSdk(posix.join(posix.dirname(importer), path));
        if (path === sdk) return inSdk(basename(entry));
        if (path.startsWith('.')) {
          if ((resolve(resolveDir, path) + sep).startsWith(own)) return undefined;
          return { errors: [{ text: `it imports ${path}, which is outside its folder` }] };
        }
        const what =
          path.startsWith('node:') || builtinModules.includes(path) ? 'a Node.js built-in' : 'a package';
        if (isAbsolute(path))
          return { errors: [{ text: `it imports ${path}, which is outside its folder` }] };
        const text = `it imports '${path}', ${what}; a translator may import only ${sdk} and files of its own folder`;
        return { errors: [{ text }] };
      });
      build.onLoad({ filter: /.*/, namespace }, async ({ path }) => ({
        contents: await readFile(join(sdkRoot, path), 'utf8'),
        loader: path.endsWith('.ts') ? 'ts' : 'js',
      }));
    },
  };
}

function explain(error: unknown): string {
  const errors = (error as Partial<BuildFailure>).errors ?? [];
  if (errors.length === 0) return (error as Error).message;
  return errors
    .slice(0, 3)
    .map(({ text, location }) => {
      const at = location === null ? '' : `${join(location.file)}:${location.line}:${location.column + 1}: `;
      return at + text;
    })
    .join('; ');
}
