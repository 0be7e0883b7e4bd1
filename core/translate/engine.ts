import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const execute = promisify(execFile);
const buildLimitMs = 120_000;

/**
 * The engine that runs JavaScript plugins in the sandbox. A published gateway has it; in a clone it is made when it is
 * first needed, in a process of its own, and kept in `node_modules/.cache`; `onBuild` is told when that begins. Throws a
 * plain error that says what to do.
 */
export async function loadEngine(onBuild?: () => void): Promise<Uint8Array> {
  const shipped = join(here, '../engine.wasm');
  return readFile(existsSync(shipped) ? shipped : await findBuilt(onBuild));
}

async function findBuilt(onBuild: (() => void) | undefined): Promise<string> {
  const root = join(here, '../..');
  const builder = join(root, 'scripts/engine');
  if (!existsSync(builder))
    throw new Error('the engine is missing from this installation; install the gateway again');
  const file = join(root, 'node_modules/.cache/dragoman', `engine-${await keyOf(root, builder)}.wasm`);
  if (existsSync(file)) return file;
  onBuild?.();
  try {
    // Without the loaders this process may have been started with.
    const { NODE_OPTIONS: _options, ...env } = process.env;
    await execute(process.execPath, [join(builder, 'build-engine.ts'), file], { env, timeout: buildLimitMs });
  } catch (cause) {
    const reason =
      (cause as { stderr?: string }).stderr?.trim().split('\n').at(-1) || (cause as Error).message;
    throw new Error(`the engine for plugins in the sandbox could not be built (${reason}); run npm ci`, {
      cause,
    });
  }
  return file;
}

/** Changes with everything the engine is made of. */
async function keyOf(root: string, builder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(builder)).sort()) hash.update(await readFile(join(builder, name)));
  for (const name of ['quickjs-wasi', 'binaryen', 'wabt']) {
    const manifest = join(root, 'node_modules', name, 'package.json');
    hash.update(existsSync(manifest) ? await readFile(manifest) : name);
  }
  return hash.digest('hex').slice(0, 16);
}
