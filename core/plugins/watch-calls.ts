import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Guards } from '../translate/guards.ts';
import type { History } from './history.ts';
import type { PluginSet } from './plugin-set.ts';
import type { LoadedPlugin, Snapshot } from './snapshot.ts';

export interface WatchCallsOptions {
  guards: Guards;
  current(): Snapshot;
  plugins: Pick<PluginSet, 'takeBack'>;
  history: Pick<History, 'add'>;
  /** Runs while no reload does. */
  enqueue(work: () => Promise<void>): Promise<void>;
  reload(reason: string, paths: ReadonlySet<string>): Promise<unknown>;
  log: Log;
  metrics?: Pick<Metrics, 'setPaused' | 'recordPlugin'>;
}

/** Acts on what the breakers find: a version that fails goes back to the one before, and a pause is told. */
export function watchCalls(options: WatchCallsOptions): void {
  const { guards, current, plugins, history, enqueue, reload, log, metrics } = options;

  async function takeBack(plugin: LoadedPlugin, reason: string): Promise<void> {
    const { id, hash, directory, manifest } = plugin;
    let isBack = false;
    await enqueue(async () => {
      // Its folder may hold something else by now.
      if (current().plugins.get(id)?.hash !== hash || !(await plugins.takeBack(directory, hash))) return;
      isBack = true;
      history.add({
        time: new Date().toISOString(),
        plugin: id,
        version: manifest.version,
        hash,
        outcome: 'rolled-back',
        directory,
        code: 'GW_PLUGIN_ROLLED_BACK',
        reason,
      });
      metrics?.recordPlugin(id, 'rolled-back');
    });
    if (isBack) await reload('a version was taken back', new Set([directory]));
  }

  guards.listener = {
    failing(id, module, reason) {
      const plugin = current().plugins.get(id);
      if (plugin?.module?.id !== module) return;
      takeBack(plugin, reason).catch((error: unknown) =>
        log.error('a version that fails could not be taken back', { plugin: id, error: String(error) }),
      );
    },
    paused(plugin, isPaused, reason) {
      metrics?.setPaused(plugin, isPaused);
      const seconds = guards.settings.pauseSeconds;
      if (isPaused) log.warn(`plugin ${plugin} is not asked for ${seconds} s: ${reason}`, { plugin });
      else log.info(`plugin ${plugin} is asked again: ${reason}`, { plugin });
    },
  };
}

/** Tells the breakers which versions are in use now, and what each came in place of. */
export function followVersions(guards: Guards, before: Snapshot | null, after: Snapshot): void {
  guards.settings = after.settings.plugins.breaker;
  const modules = [...after.plugins.values()].flatMap(({ id, directory, module }) => {
    if (module === null || !module.checked) return [];
    const old = before?.plugins.get(id);
    const previous = old?.directory === directory ? (old.module?.id ?? null) : null;
    return [{ id: module.id, plugin: id, previous }];
  });
  guards.follow(modules);
}
