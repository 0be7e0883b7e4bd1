import type { Environment } from '../config/environment.ts';
import { type LoadedConfig, loadConfig, requireSettings, showProblem } from '../config/load.ts';
import type { ConfigProblem, GatewaySettings } from '../config/settings.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Guards } from '../translate/guards.ts';
import type { ModuleRef } from '../translate/runner.ts';
import { stopBundler } from './bundle.ts';
import { type Bundled, findBundled } from './bundled.ts';
import { createFollow } from './follow.ts';
import { openHistory } from './history.ts';
import { historyEntries } from './history-entries.ts';
import { createPluginSet } from './plugin-set.ts';
import { lockFileOf } from './read-lock.ts';
import { createRegistry } from './registry.ts';
import { describeChanges, logChanges } from './report-changes.ts';
import type { HostRunner } from './select-plugins.ts';
import type { FoundModels, PluginReport, Registry, Snapshot } from './snapshot.ts';
import { openStaging } from './stage.ts';
import { followVersions, watchCalls } from './watch-calls.ts';

export interface PluginHostOptions {
  /** Path of `gateway.yaml`; it must exist. Default: the one in `cwd`, if there is one. */
  config?: string;
  /** The configuration itself, instead of a file. */
  value?: unknown;
  cwd: string;
  /** Default: `.dragoman` beside the configuration, else in `cwd`. */
  dataDir?: string;
  env: Environment;
  overrides?: { host?: string; port?: number };
  /** Follow changes of plugin folders and of the configuration. Default true. */
  watch?: boolean;
  log: Log;
  metrics?: Pick<Metrics, 'recordSwap' | 'setPlugins' | 'recordPlugin' | 'setPaused'>;
  makeRunner(modules: readonly ModuleRef[], settings: GatewaySettings): HostRunner;
  /** Count the calls of the runners it makes; without them no version is taken back. */
  guards?: Guards;
  /** What services listed, for the snapshots it makes. */
  found?: FoundModels;
  /** Where the plugins that ship with the gateway are; found by itself. */
  bundled?: Bundled | null;
  /** The state directory of a gateway that may be running: its history is read, and not added to. Default: `dataDir`. */
  historyDir?: string;
}

export interface ReloadResult {
  outcome: 'swapped' | 'unchanged' | 'failed';
  generation: number;
  /** One line for each thing that is different now. */
  changes: string[];
  /** Of the configuration; with an error among them its previous version stays in use. */
  problems: ConfigProblem[];
}

/** Keeps the registry equal to what is in the folders and in gateway.yaml. There is one way to change anything. */
export interface PluginHost {
  readonly registry: Registry;
  /** Absolute. */
  readonly dataDir: string;
  /** Called after each swap, before new requests see it. */
  onSwap(listener: (snapshot: Snapshot) => void): void;
  /**
   * What can wait until requests are served: the watcher, and copies of bundled code for worker threads. Resolves when
   * changes on disk are seen. Comes by itself after a second.
   */
  warm(): Promise<void>;
  /** Looks at everything again now. Never fails: what is broken keeps its previous version. */
  reload(reason: string): Promise<ReloadResult>;
  reports(): readonly PluginReport[];
  close(): Promise<void>;
}

const warmAfterMs = 1000;

/** Loads configuration and plugins. GW_CONFIG_INVALID when gateway.yaml is; a broken plugin is only reported. */
export async function createPluginHost(options: PluginHostOptions): Promise<PluginHost> {
  const { log, metrics, guards, watch = true } = options;
  const bundled = options.bundled === undefined ? findBundled() : options.bundled;
  const read = (before?: LoadedConfig): Promise<LoadedConfig> =>
    loadConfig({
      before,
      file: options.config,
      value: options.value,
      cwd: options.cwd,
      env: options.env,
      dataDir: options.dataDir,
      overrides: options.overrides,
    });
  let config = await read();
  const settings = requireSettings(config);
  for (const problem of config.problems) log.warn(showProblem(problem), { file: problem.file });
  const { dataDir } = config;
  const staging = openStaging(dataDir);
  const history = openHistory(options.historyDir ?? dataDir, {
    isReadOnly: options.historyDir !== undefined,
    onError: (error) => log.warn('the history of plugins cannot be written', { error: String(error) }),
  });
  const { found, makeRunner } = options;
  const plugins = createPluginSet({ bundled, staging, history, found, makeRunner });
  const listeners: ((snapshot: Snapshot) => void)[] = [];
  const lockFile = (): string => lockFileOf(config.file, options.cwd);

  const first = await plugins.build({
    settings,
    environment: config.environment,
    lockFile: lockFile(),
    paths: null,
    isStart: true,
  });
  const registry = createRegistry(first.snapshot, {
    onRetired: sweep,
    onError: (error) => log.warn('an old runner could not be closed', { error: String(error) }),
  });
  logChanges(log, describeChanges(null, first.snapshot));
  noteHistory(null, first.snapshot);
  metrics?.setPlugins(first.snapshot.reports);
  let fingerprint = first.fingerprint + config.fingerprint;
  let queue: Promise<unknown> = Promise.resolve();
  let working = 0;
  let isSweepDue = false;
  let isClosed = false;
  let isConfigBroken = false;

  function noteHistory(before: Snapshot | null, after: Snapshot): void {
    for (const entry of historyEntries(before, after, history, new Date())) {
      history.add(entry);
      metrics?.recordPlugin(entry.plugin, entry.outcome);
    }
  }
  async function reloadNow(reason: string, paths: ReadonlySet<string> | null): Promise<ReloadResult> {
    const before = registry.current;
    const result: ReloadResult = {
      outcome: 'unchanged',
      generation: before.generation,
      changes: [],
      problems: [],
    };
    if (isClosed) return result;
    // A plugin came to rest; gateway.yaml may be half written just now, and is not due.
    const isConfigDue = paths === null || config.watch.some((file) => paths.has(file));
    const next = isConfigDue ? await read(config) : config;
    result.problems = next.problems;
    const isOther = isConfigBroken || next.fingerprint !== config.fingerprint;
    const isNews = isConfigDue && next.settings !== null && isOther;
    if (next.settings === null) {
      log.error('gateway.yaml is not valid; what was read before stays in use', {
        file: next.file,
        problems: next.problems.map(showProblem),
      });
    } else config = next;
    if (isConfigDue) isConfigBroken = next.settings === null;
    const built = await plugins.build({
      settings: config.settings ?? before.settings,
      environment: config.environment,
      lockFile: lockFile(),
      paths,
      before,
      isStart: false,
    });
    if (built.fingerprint + config.fingerprint === fingerprint) {
      if (next.settings === null) result.outcome = 'failed';
      metrics?.recordSwap(result.outcome);
      if (isNews) tellConfig();
      return result;
    }
    const changes = describeChanges(before, built.snapshot);
    try {
      for (const listener of listeners) listener(built.snapshot);
    } catch (error) {
      if (built.snapshot.runner !== before.runner) await built.snapshot.runner.close();
      throw error;
    }
    if (guards !== undefined) followVersions(guards, before, built.snapshot);
    registry.swap(built.snapshot);
    fingerprint = built.fingerprint + config.fingerprint;
    if (isNews) tellConfig();
    logChanges(log, changes);
    noteHistory(before, built.snapshot);
    log.debug('swapped', { generation: built.snapshot.generation, reason });
    metrics?.recordSwap('swapped');
    metrics?.setPlugins(built.snapshot.reports);
    return {
      outcome: 'swapped',
      generation: built.snapshot.generation,
      changes: changes.map(({ message }) => message),
      problems: next.problems,
    };
  }

  /** Whoever saved the file wants to know that it was seen, and what is still to be said about it. */
  function tellConfig(): void {
    log.info('the configuration was read again and is in use', { file: config.file });
    for (const problem of config.problems) log.warn(showProblem(problem), { file: problem.file });
  }

  /** One at a time. */
  function enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    working++;
    const turn = queue.then(work);
    queue = turn
      .catch(() => undefined)
      .then(() => {
        working--;
        if (isSweepDue) sweep();
      });
    return turn;
  }
  /** Removes copies nobody needs; not while one is being made that no snapshot knows of yet. */
  function sweep(): void {
    isSweepDue = working > 0;
    if (!isSweepDue) staging.keepOnly(plugins.namesInUse(registry.live()));
  }
  /** A reload that fails in an unforeseen way changes nothing. */
  function reload(reason: string, paths: ReadonlySet<string> | null): Promise<ReloadResult> {
    return enqueue(() => reloadNow(reason, paths)).catch((error: unknown): ReloadResult => {
      log.error('reload failed; everything stays as it was', { error: String(error) });
      metrics?.recordSwap('failed');
      return { outcome: 'failed', generation: registry.current.generation, changes: [], problems: [] };
    });
  }

  if (guards !== undefined) {
    followVersions(guards, null, first.snapshot);
    const current = (): Snapshot => registry.current;
    watchCalls({ guards, current, plugins, history, enqueue, reload, log, metrics });
  }
  const follow = watch
    ? createFollow({
        log,
        reload: (paths) => reload('changed on disk', paths),
        targets: () => ({
          // What is published does not change; in a clone it is being worked on.
          dirs: [
            ...(bundled?.hashes === null ? [bundled.directory] : []),
            ...registry.current.settings.plugins.dirs,
          ],
          files: [...config.watch, lockFile()],
        }),
      })
    : null;
  let warmed: Promise<void> | null = null;

  function warm(): Promise<void> {
    clearTimeout(timer);
    warmed ??= warmNow().catch((error: unknown) =>
      log.error('plugins cannot be followed or copied', { error: String(error) }),
    );
    return warmed;
  }
  async function warmNow(): Promise<void> {
    await follow?.start();
    if (isClosed) return;
    let isCopied = false;
    while (!isClosed && (await enqueue(plugins.stageBundled))) isCopied = true;
    if (isCopied) {
      await stopBundler();
      await reload('bundled code was copied', new Set());
    }
    sweep();
  }
  /** For those who never call `warm`, because they serve in a listener of their own. */
  const timer = setTimeout(warm, warmAfterMs).unref();

  return {
    registry,
    dataDir,
    onSwap: (listener) => {
      listeners.push(listener);
    },
    warm,
    reload: (reason) => reload(reason, null),
    reports: () => registry.current.reports,
    async close() {
      clearTimeout(timer);
      isClosed = true;
      await follow?.close();
      await warmed;
      await queue;
      await registry.close();
    },
  };
}
