import { realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '../observe/log.ts';
import type { WorkerSeed } from './pool-messages.ts';
import type { TaskPool } from './pool-threads.ts';
import type { ModuleRef } from './runner.ts';

/**
 * What a worker may hold besides what its plugins may. An empty one starts with 10 MB and not with 8 (Node 26.10), a few
 * megabytes less end the whole process, and each plugin's code needs some.
 */
const baseMemoryMb = 32;

/** Makes the pool of a module set. Piscina itself is loaded only here, after the gateway listens. */
export async function openPool(
  modules: readonly ModuleRef[],
  threads: number,
  isMetered: boolean,
  log: Log,
): Promise<TaskPool> {
  const { Piscina } = await import('piscina');
  const readable = readableFolders(modules);
  const memoryMb = modules.reduce((most, module) => Math.max(most, module.limits.memoryMb), 0);
  const pool = new Piscina({
    filename: join(here, `worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`),
    workerData: { modules: [...modules], isMetered, readable } satisfies WorkerSeed,
    // None at the start: threads made by the constructor are given work before they are ready for it.
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
    // Ending a thread ends all its tasks, so it has only one.
    concurrentTasksPerWorker: 1,
    recordTiming: false,
    env: {},
    execArgv: [
      '--permission',
      ...readable.map((folder) => `--allow-fs-read=${folder}${sep}`),
      '--no-experimental-sqlite',
    ],
    resourceLimits: { maxOldGenerationSizeMb: baseMemoryMb + memoryMb, maxYoungGenerationSizeMb: 32 },
  });
  // Without a listener a thread that dies between two tasks would take the whole process with it.
  pool.on('error', (error: Error) => log.warn('a worker thread died', { reason: error.message }));
  return {
    // Piscina's type of a transfer list is the wrong overload of postMessage.
    run: (task, { transferList, signal }) => pool.run(task, { transferList: transferList as never, signal }),
    destroy: () => pool.destroy(),
  };
}

const here = dirname(fileURLToPath(import.meta.url));

/** The folders a worker has to read: its own code, what that imports, and the files of the modules. */
function readableFolders(modules: readonly ModuleRef[]): string[] {
  const folders = new Set([here, join(here, '../errors'), join(here, '../generated')]);
  for (const name of ['piscina', '@dragoman/plugin-sdk']) {
    const folder = packageFolder(name);
    if (folder === undefined) continue;
    folders.add(folder);
    folders.add(realpathSync(folder));
  }
  for (const module of modules) folders.add(dirname(module.file));
  return [...folders];
}

/** Where a package is installed, as `import` finds it from here. */
function packageFolder(name: string): string | undefined {
  try {
    const file = fileURLToPath(import.meta.resolve(name));
    const marker = `${sep}node_modules${sep}${name.replace('/', sep)}${sep}`;
    const at = file.lastIndexOf(marker);
    // A workspace package resolves to its sources, outside of node_modules.
    return at === -1 ? dirname(dirname(file)) : file.slice(0, at + marker.length - 1);
  } catch {
    return undefined;
  }
}
