import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import type { Log } from '../observe/log.ts';
import { progressSince, progressSlots, type WorkerSeed, type WorkerTask } from './pool-messages.ts';
import type { TaskPool } from './pool-threads.ts';
import type { ModuleRef } from './runner.ts';
import type { SandboxBoard } from './sandbox-board.ts';

/**
 * What a worker may hold besides what its plugins may. An empty one starts with 10 MB and not with 8 (Node 26.10), a few
 * megabytes less end the whole process, and each plugin's code needs some.
 */
const baseMemoryMb = 32;
/** What a thread of the sandbox may hold besides its instances: bodies on their way in and out of them, as objects. */
const sandboxMemoryMb = 256;
/**
 * V8 ends the whole process when a heap has reached its limit and the next thing to be made, a long array say, is larger
 * than the 16 MB that Node.js then allows a thread to end with. So its limit is one that nothing made in one piece reaches,
 * and whoever runs a task looks how much the thread holds.
 */
const heapLimitMb = 4_096;
/** What was used and not collected yet counts as well: so many times what a thread may hold. */
const garbageFactor = 2;

export interface PoolSettings {
  /** The modules threads are born with; in the sandbox those whose files they may read. */
  modules: readonly ModuleRef[];
  threads: number;
  isMetered: boolean;
  /** Makes it a pool of the sandbox. */
  board?: SandboxBoard;
  log: Log;
}

/** Makes the pool of a module set. Piscina itself is loaded only here, after the gateway listens. */
export async function openPool({ modules, threads, isMetered, board, log }: PoolSettings): Promise<TaskPool> {
  const { Piscina } = await import('piscina');
  const isSandbox = board !== undefined;
  const readable = readableFolders(modules, isSandbox);
  const memoryMb = modules.reduce((most, module) => Math.max(most, module.limits.memoryMb), 0);
  const mostHeap = (isSandbox ? sandboxMemoryMb : baseMemoryMb + memoryMb) * garbageFactor * 1_048_576;
  const pool = new Piscina({
    filename: join(here, `worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`),
    workerData: { modules: isSandbox ? [] : [...modules], isMetered, readable, board } satisfies WorkerSeed,
    // None at the start: threads made by the constructor are given work before they are ready for it.
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
    // Ending a thread ends all its tasks, so it has only one.
    concurrentTasksPerWorker: 1,
    recordTiming: false,
    // A thread of the sandbox makes spare instances while it has nothing to do, and must not be asleep for that.
    atomics: isSandbox ? 'disabled' : 'sync',
    env: {},
    execArgv: [
      '--permission',
      ...readable.map((folder) => `--allow-fs-read=${folder}${sep}`),
      '--no-experimental-sqlite',
      // Extism loads Node's WASI, used or not, which warns.
      ...(isSandbox ? ['--disable-warning=ExperimentalWarning'] : []),
    ],
    resourceLimits: {
      maxOldGenerationSizeMb: heapLimitMb,
      maxYoungGenerationSizeMb: 32,
    },
  });
  // Without a listener a thread that dies between two tasks would take the whole process with it.
  pool.on('error', (error: Error) => log.warn('a worker thread died', { reason: error.message }));
  const waiting = replaceThreads(pool, threads);
  return {
    async run(task, { transferList, signal }) {
      waiting.add(task.progress);
      try {
        // Piscina's type of a transfer list is the wrong overload of postMessage.
        return await pool.run(task, { transferList: transferList as never, signal });
      } finally {
        waiting.delete(task.progress);
      }
    },
    async isFull(threadId) {
      const thread = pool.threads.find((each) => each.threadId === threadId);
      // One that ends meanwhile has no answer.
      const heap = await thread?.getHeapStatistics().catch(() => undefined);
      return heap !== undefined && heap.used_heap_size > mostHeap;
    },
    destroy: () => pool.destroy(),
  };
}

/** Threads that die before they are ready, one after the other, for about as long as a start may take. */
const maxDeathsInARow = 100;

/**
 * Piscina starts no thread in the place of one that ended, and what waits for a thread, in one of its two queues, would
 * wait on. Gives the set of the progress of all tasks it has.
 */
function replaceThreads(pool: Piscina, threads: number): Set<Float64Array> {
  const tasks = new Set<Float64Array>();
  const isWaiting = (progress: Float64Array): boolean => progress[progressSince] === 0;
  let inARow = 0;
  pool.on('workerCreate', () => {
    inARow = 0;
  });
  pool.on('workerDestroy', () => {
    inARow++;
    if (inARow > maxDeathsInARow) return;
    setImmediate(() => {
      if (pool.threads.length >= threads || ![...tasks].some(isWaiting)) return;
      const progress = new Float64Array(new SharedArrayBuffer(8 * progressSlots));
      const nothing: WorkerTask = { type: 'describe', names: [], progress };
      pool.run(nothing).catch(() => undefined);
    });
  });
  return tasks;
}

const here = dirname(fileURLToPath(import.meta.url));

/** The folders a worker has to read: its own code, what that imports, and the files of the modules. */
function readableFolders(modules: readonly ModuleRef[], isSandbox: boolean): string[] {
  const folders = new Set([here, join(here, '../errors'), join(here, '../generated')]);
  addPackage(folders, here, 'piscina');
  if (isSandbox) addPackage(folders, here, '@extism/extism');
  // The laws a new version is held to.
  addPackage(folders, here, '@dragoman/plugin-sdk');
  for (const module of modules) {
    const folder = dirname(module.file);
    // Versions that come later lie beside it: they are held to the fixtures in their copies.
    folders.add(isSandbox && module.format !== 'esm' ? dirname(folder) : folder);
    // What ships with the gateway may run unstaged; staged files import nothing.
    if (module.format === 'esm') addPackage(folders, folder, '@dragoman/plugin-sdk');
  }
  return [...folders];
}

/**
 * Where Node looks for a package from a folder upwards, and the place it finds. Being refused a look into a folder ends
 * the search with an error, also where there is nothing.
 */
function addPackage(folders: Set<string>, from: string, name: string): void {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    folders.add(candidate);
    if (existsSync(candidate)) {
      folders.add(realpathSync(candidate));
      return;
    }
    if (folder === dirname(folder)) return;
  }
}
