import { setFlagsFromString } from 'node:v8';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Log } from '../observe/log.ts';
import { createPacker } from './pack-module.ts';
import type { MissingModules, ShippedModule } from './pool-messages.ts';
import { openPool } from './pool-open.ts';
import { createPoolRunner, defaultThreads, type PoolOptions, type PoolRunner } from './pool-runner.ts';
import {
  createThreads,
  type Death,
  type Job,
  type Outcome,
  type Place,
  type Threads,
} from './pool-threads.ts';
import type { Meter } from './run-steps.ts';
import type { ModuleRef, SandboxCost } from './runner.ts';
import { boardSlots, createBoard, readCost, takeInstances, writeLease } from './sandbox-board.ts';
import type { InstanceEvent } from './sandboxed-module.ts';
import { pagesPerMb } from './wasm-limits.ts';

/** The largest `limits.memoryMb` there is, by the manifest's schema. */
const mostMemoryMb = 512;

export interface SandboxOptions {
  /** Default: processors less one, at least one. */
  threads?: number;
  /** Calls of all runners that may wait for a thread. Default 256. */
  maxQueue?: number;
  meter?: Meter;
  /** See PoolOptions. */
  refusal?: PoolOptions['refusal'];
  log: Log;
  /** Told what happened to instances, some time after it did. */
  onInstances?(plugin: string, event: InstanceEvent, count: number): void;
  /** Told when a thread died with a call of this plugin. */
  onDeath?(plugin: string, cause: Death['cause']): void;
}
/** The one sandbox of a gateway. Its threads outlive every change of plugins; they end when nothing is sandboxed any more. */
export interface Sandbox {
  /** A runner of plans with at least one sandboxed module. `modules` are all that its plans may name. */
  open(modules: readonly ModuleRef[]): PoolRunner;
  /** Null until a thread has loaded the module. */
  costOf(module: ModuleRef): SandboxCost | null;
}

interface Entry {
  module: ModuleRef;
  slot: number;
  serial: number;
  runners: number;
  shipped?: Promise<ShippedModule>;
}

/**
 * One pool for all sandboxed plugins. A module is compiled once, goes to a thread when the thread says that it lacks it,
 * and is dropped by all of them when the last runner that may name it is closed.
 */
export function createSandbox(options: SandboxOptions): Sandbox {
  const { threads: count = defaultThreads() } = options;
  const board = createBoard();
  const free = Array.from({ length: boardSlots }, (_, index) => boardSlots - 1 - index);
  const entries = new Map<string, Entry>();
  const packer = createPacker(options.log);
  let serial = 0;
  let threads: Threads | undefined;

  function acquire(module: ModuleRef): void {
    const id = nameOf(module);
    const known = entries.get(id);
    if (known !== undefined) {
      known.runners++;
      return;
    }
    const slot = free.pop();
    if (slot === undefined) throw new GatewayError('GW_TRANSLATE_BUSY');
    const { exports: _code, ...rest } = module;
    const entry = { module: { ...rest, id }, slot, serial: ++serial, runners: 1 };
    writeLease(board, slot, entry.serial);
    entries.set(id, entry);
  }
  function release(module: ModuleRef): void {
    const entry = entries.get(nameOf(module));
    if (entry === undefined || --entry.runners > 0) return;
    tellInstances();
    entries.delete(entry.module.id);
    writeLease(board, entry.slot, 0);
    free.push(entry.slot);
  }
  function ship(id: string): Promise<ShippedModule> {
    const entry = entries.get(id);
    if (entry === undefined) throw new Error(`${id} is no module of the sandbox`);
    entry.shipped ??= pack(entry).catch((cause: unknown) => {
      // Asked for again, it may be better: a file can be there again, the engine be built.
      entry.shipped = undefined;
      const reason = (cause as Error).message;
      throw new GatewayError('GW_PLUGIN_LOAD', { plugin: entry.module.plugin, reason }, { cause });
    });
    return entry.shipped;
  }
  async function pack({ module, slot, serial: number }: Entry): Promise<ShippedModule> {
    return { ...(await packer.pack(module)), module, slot, serial: number };
  }
  function tellInstances(): void {
    const { onInstances } = options;
    if (onInstances === undefined) return;
    for (const { module, slot } of entries.values()) {
      takeInstances(board, slot, (event, count) => onInstances(module.plugin, event, count));
    }
  }
  function openThreads(): Threads {
    // For the whole process, and so only the most any plugin may have: what the clamp of a module's own memory rests on.
    setFlagsFromString(`--wasm-max-mem-pages=${mostMemoryMb * pagesPerMb}`);
    // Exceptions held on to would be memory nobody counts.
    setFlagsFromString('--no-experimental-wasm-exnref');
    return createThreads({
      threads: count,
      maxQueue: options.maxQueue ?? 256,
      open: () =>
        openPool({
          modules: [...entries.values()].map(({ module }) => module),
          threads: count,
          isMetered: options.meter !== undefined,
          board,
          log: options.log,
        }),
    });
  }
  /** Runs a job, and again with what its thread lacked. */
  async function run(job: Job, place?: Place): Promise<Outcome> {
    const lacking = new Map<string, ShippedModule>();
    for (let tried = job; ; ) {
      threads ??= openThreads();
      const outcome = await threads.run(tried, tried === job ? place : 'next');
      tellInstances();
      if (outcome.type === 'died')
        options.onDeath?.(job.pluginOf(outcome.death.item, outcome.death.call), outcome.death.cause);
      const missing = missingOf(outcome);
      if (missing === undefined) return outcome;
      for (const id of missing) lacking.set(id, await ship(id));
      tried = { ...job, make: () => withModules(job, [...lacking.values()]) };
    }
  }

  return {
    costOf(module) {
      const entry = entries.get(nameOf(module));
      return entry === undefined ? null : readCost(board, entry.slot);
    },
    open(modules) {
      for (const module of modules) acquire(module);
      const shared = trackThreads(run, async () => {
        for (const module of modules) release(module);
        if (entries.size > 0) return;
        const last = threads;
        threads = undefined;
        packer.clear();
        await last?.close();
      });
      const { meter, refusal, log } = options;
      return createPoolRunner({ modules, threads: count, shared, nameOf, meter, refusal, log });
    },
  };
}

/** The same file may run in two tiers while one configuration follows another. */
function nameOf({ id, tier, checked }: ModuleRef): string {
  return `${id} ${tier}${checked ? '' : ' unchecked'}`;
}

function missingOf(outcome: Outcome): string[] | undefined {
  if (outcome.type === 'died') return undefined;
  return (outcome.result as Partial<MissingModules>).missing;
}

function withModules(job: Job, modules: ShippedModule[]): ReturnType<Job['make']> {
  const { call, transfer } = job.make();
  return { call: Object.assign(call, { modules }), transfer };
}

/** One runner's view of threads it shares: closing it waits for its own jobs only. */
function trackThreads(run: Threads['run'], end: () => Promise<void>): Threads {
  let running = 0;
  let isClosed = false;
  let idle: (() => void) | undefined;
  return {
    async run(job, place) {
      if (isClosed) throw new GatewayError('GW_TRANSLATE_BUSY');
      running++;
      try {
        return await run(job, place);
      } finally {
        running--;
        // First the one who asked, who may want to run it again; then the one who waits for the end.
        setImmediate(() => {
          if (running === 0) idle?.();
        });
      }
    },
    async close() {
      if (isClosed) return;
      // What streams put together in this turn of the event loop comes in at its end.
      await new Promise((resolve) => setImmediate(resolve));
      while (running > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      isClosed = true;
      await end();
    },
  };
}
