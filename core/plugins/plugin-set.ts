import { dirname } from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { GatewaySettings } from '../config/settings.ts';
import type { GatewayError } from '../errors/gateway-error.ts';
import type { ModuleRef } from '../translate/runner.ts';
import { buildSnapshot } from './build-snapshot.ts';
import type { Bundled } from './bundled.ts';
import { discover } from './discover.ts';
import type { History } from './history.ts';
import { stageLoaded } from './load-plugin.ts';
import { readFolder } from './read-folder.ts';
import { readLock } from './read-lock.ts';
import { type HostRunner, probePlugins, type Selection, selectPlugins } from './select-plugins.ts';
import { refreshSlot, type Slot, type SlotOptions, withGood } from './slot.ts';
import type { FoundModels, LoadedPlugin, Snapshot } from './snapshot.ts';
import type { Staging } from './stage.ts';
import { type Tried, tellFixtures, tryVersions } from './try-versions.ts';

export interface PluginSetOptions {
  bundled: Bundled | null;
  staging: Staging;
  history: History;
  found?: FoundModels;
  makeRunner(modules: readonly ModuleRef[], settings: GatewaySettings): HostRunner;
}
export interface BuildOptions {
  settings: GatewaySettings;
  environment: Environment;
  lockFile: string;
  /** Only these folders, and those in these directories, are looked at again. Null: all. */
  paths: ReadonlySet<string> | null;
  /** What is in use, whose runner serves on if the modules are the same. */
  before?: Snapshot;
  isStart: boolean;
}
export interface Built {
  snapshot: Snapshot;
  /** Equal when nothing differs. */
  fingerprint: string;
}

/** What is known of every folder, and how it becomes a snapshot. */
export interface PluginSet {
  build(options: BuildOptions): Promise<Built>;
  /**
   * Leaves the version of a folder that has this hash for the last good one before it, with the next `build`. False: there
   * is none that can be used.
   */
  takeBack(directory: string, hash: string): Promise<boolean>;
  /**
   * Copies one plugin's code that runs from where it lies, so that a thread started later runs the same. False: there is
   * none left. One at a time, so that a swap need not wait for all of them.
   */
  stageBundled(): Promise<boolean>;
  /** Copies the snapshots need, by name. */
  namesInUse(snapshots: readonly Snapshot[]): Set<string>;
}

export function createPluginSet(set: PluginSetOptions): PluginSet {
  const { bundled, staging, history, found, makeRunner } = set;
  let slots = new Map<string, Slot>();
  let trusted = '';
  let latest: SlotOptions | undefined;

  async function refresh(options: BuildOptions): Promise<SlotOptions> {
    const { settings, lockFile, paths, isStart } = options;
    // At start nothing is being replaced and nobody should wait; who asks for a reload has most often finished writing.
    const restMs = isStart ? 0 : paths === null ? 30 : 100;
    const lock = await readLock(lockFile);
    const common: SlotOptions = { settings, bundled, lock, staging, history, isStart, restMs };
    latest = common;
    const isDue = (directory: string): boolean =>
      paths === null || paths.has(directory) || paths.has(dirname(directory)) || paths.has(lockFile);
    // What the operator says may have changed for every folder; what is in a folder, only where something happened.
    const isTrustSame = JSON.stringify(settings.plugins) === trusted;
    trusted = JSON.stringify(settings.plugins);
    const next = new Map<string, Slot>();
    for (const folder of discover(bundled, settings.plugins.dirs)) {
      const before = slots.get(folder.directory);
      if (isDue(folder.directory) || !isTrustSame) {
        next.set(folder.directory, await refreshSlot(folder, before, common));
      } else if (before !== undefined) next.set(folder.directory, before);
    }
    // Gone, and not at rest yet: it is being replaced, or its removal is still to be seen.
    for (const [directory, slot] of slots) {
      const isListed = [bundled?.directory, ...settings.plugins.dirs].includes(dirname(directory));
      if (isListed && !next.has(directory) && !isDue(directory)) next.set(directory, slot);
    }
    slots = next;
    return common;
  }

  async function build(options: BuildOptions): Promise<Built> {
    const { before } = options;
    const chosen = await choose(await refresh(options), before);
    try {
      return await finish(options, chosen);
    } catch (error) {
      await letGo(chosen.runner, before);
      throw error;
    }
  }
  /** A runner no snapshot will have would keep its threads for ever. */
  async function letGo(runner: HostRunner, before: Snapshot | undefined): Promise<void> {
    if (runner !== before?.runner) await runner.close();
  }
  async function finish(
    { settings, environment, before, lockFile }: BuildOptions,
    { plugins, reports, runner, rejected }: Chosen,
  ): Promise<Built> {
    for (const [directory, slot] of slots) {
      const chosen = plugins.find((plugin) => plugin.directory === directory);
      slots.set(directory, settleSlot(slot, chosen ?? null, rejected));
    }
    const generation = (before?.generation ?? 0) + 1;
    const snapshot = await buildSnapshot({
      generation,
      settings,
      environment,
      plugins,
      reports,
      runner,
      found,
      lockFile,
    });
    return {
      snapshot,
      fingerprint: JSON.stringify([
        plugins.map(identify),
        reports,
        snapshot.providerReports,
        snapshot.problems,
      ]),
    };
  }

  /**
   * Chooses versions, and again without those whose code turns out, in a worker, not to fit their manifest or not to pass
   * their own fixtures.
   */
  async function choose(options: SlotOptions, before?: Snapshot): Promise<Chosen> {
    const { settings } = options;
    const rejected = new Map<LoadedPlugin, GatewayError>();
    for (;;) {
      const { plugins, reports } = selectPlugins([...slots.values()], settings, rejected);
      const runner = runnerFor(plugins, settings, before);
      const tried = await tryOut(plugins, runner, settings, before).catch(async (error: unknown) => {
        await letGo(runner, before);
        throw error;
      });
      if (tried.rejected.size === 0) {
        return { plugins: tried.plugins, reports: tellFixtures(reports, tried.plugins), runner, rejected };
      }
      for (const [plugin, error] of tried.rejected) {
        const slot = slots.get(plugin.directory);
        // What was found out in a worker is a copy of what the slot knows.
        rejected.set(slot?.loaded?.hash === plugin.hash ? slot.loaded : plugin, error);
        if (slot?.good === null) slots.set(plugin.directory, await withGood(slot, options));
      }
      await letGo(runner, before);
    }
  }
  async function tryOut(
    plugins: readonly LoadedPlugin[],
    runner: HostRunner,
    settings: GatewaySettings,
    before: Snapshot | undefined,
  ): Promise<Tried> {
    const probed = await probePlugins(plugins, runner);
    if (probed.rejected.size > 0) return probed;
    return tryVersions(probed.plugins, runner, history, settings.plugins, before);
  }

  const keys = new WeakMap<object, string>();
  function runnerFor(
    plugins: readonly LoadedPlugin[],
    settings: GatewaySettings,
    before?: Snapshot,
  ): HostRunner {
    const modules = plugins.flatMap(({ module }) => module ?? []);
    const key = JSON.stringify([modules.map(identifyModule).sort(), settings.translation]);
    if (before !== undefined && keys.get(before.runner) === key) return before.runner as HostRunner;
    const runner = makeRunner(modules, settings);
    keys.set(runner, key);
    return runner;
  }

  async function takeBack(directory: string, hash: string): Promise<boolean> {
    const slot = slots.get(directory);
    if (slot === undefined || latest === undefined) return false;
    // The folder may hold something else by now that does not load, while the version in question serves on.
    const { good } = await withGood({ ...slot, good: null }, latest, hash);
    if (good === null) return false;
    slots.set(directory, { ...slot, key: '', good });
    return true;
  }

  async function stageBundled(): Promise<boolean> {
    for (const [directory, slot] of slots) {
      if (slot.loaded?.module?.format !== 'esm') continue;
      const content = readFolder(slot.folder.id, slot.folder.realPath);
      if (content.hash !== slot.loaded.hash) continue;
      const loaded = await stageLoaded(slot.loaded, content, staging);
      slots.set(directory, { ...slot, loaded, good: slot.good === slot.loaded ? loaded : slot.good });
      return true;
    }
    return false;
  }

  return {
    build,
    takeBack,
    stageBundled,
    namesInUse(snapshots) {
      const names = new Set<string>();
      for (const { plugins } of snapshots)
        for (const { module } of plugins.values()) if (module !== null) names.add(module.id);
      for (const { loaded, good } of slots.values()) {
        for (const plugin of [loaded, good]) if (plugin?.module) names.add(plugin.module.id);
      }
      for (const copy of history.copies()) names.add(copy);
      return names;
    },
  };
}

type Rejected = ReadonlyMap<LoadedPlugin, GatewayError>;
interface Chosen extends Selection {
  runner: HostRunner;
  rejected: Rejected;
}

/** What the choice found out about a folder, so that the next one need not find it out again. */
function settleSlot(slot: Slot, chosen: LoadedPlugin | null, rejected: Rejected): Slot {
  const failure = slot.loaded === null ? undefined : rejected.get(slot.loaded);
  if (failure !== undefined) {
    // A worker that was too slow or too busy says nothing about the plugin: the next reload asks again.
    const key = failure.code.startsWith('GW_TRANSLATE_') ? '' : slot.key;
    return { ...slot, key, loaded: null, failure, good: chosen };
  }
  // As it was chosen it holds the names of its functions too.
  const loaded = chosen !== null && chosen.hash === slot.loaded?.hash ? chosen : slot.loaded;
  return { ...slot, loaded, good: chosen };
}

function identify({ id, hash, directory, module }: LoadedPlugin): string {
  return JSON.stringify([id, hash, directory, module === null ? null : identifyModule(module)]);
}

function identifyModule({ id, file, tier, limits, checked }: ModuleRef): string {
  return JSON.stringify([id, file, tier, limits, checked]);
}
