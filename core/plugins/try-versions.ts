import type { GatewaySettings } from '../config/settings.ts';
import type { GatewayError } from '../errors/gateway-error.ts';
import { runCanary } from './canary.ts';
import type { History } from './history.ts';
import { asLoadError } from './load-error.ts';
import type { HostRunner } from './select-plugins.ts';
import type { LoadedPlugin, PluginReport, Snapshot } from './snapshot.ts';

export interface Tried {
  plugins: LoadedPlugin[];
  rejected: Map<LoadedPlugin, GatewayError>;
}

/**
 * Lets every version that is new pass its own fixtures, before any request sees it. A version is asked once: what served in
 * an earlier run, and at the start what ships with the gateway, is taken as it is. Nor does a gateway with newer laws turn
 * off what served until then.
 */
export async function tryVersions(
  plugins: readonly LoadedPlugin[],
  runner: HostRunner,
  history: Pick<History, 'fixturesOf' | 'goodsOf'>,
  settings: GatewaySettings['plugins'],
  before: Snapshot | undefined,
): Promise<Tried> {
  const rejected = new Map<LoadedPlugin, GatewayError>();
  const tried = await Promise.all(
    plugins.map(async (plugin) => {
      const { module, fixtures } = plugin;
      const isAsked = fixtures !== undefined || (plugin.bundled && isInUse(plugin, before));
      if (module === null || isAsked) return plugin;
      const known = history.fixturesOf(module.id);
      if (known !== undefined) return { ...plugin, fixtures: known };
      const isGood = history.goodsOf(plugin.directory).some(({ hash }) => hash === plugin.hash);
      if (!settings.canary.enabled || isGood || isInUse(plugin, before)) return plugin;
      try {
        return { ...plugin, fixtures: await runCanary(plugin, module, runner, settings) };
      } catch (error) {
        rejected.set(plugin, asLoadError(plugin.id, error));
        return plugin;
      }
    }),
  );
  return { plugins: tried, rejected };
}

/** What ships with the gateway counts as in use before the start. */
function isInUse({ id, directory, hash, bundled }: LoadedPlugin, before: Snapshot | undefined): boolean {
  if (before === undefined) return bundled;
  const old = before.plugins.get(id);
  return old?.directory === directory && old.hash === hash;
}

/** Says of plugins of others what their new versions are held to. */
export function tellFixtures(reports: PluginReport[], plugins: readonly LoadedPlugin[]): PluginReport[] {
  return reports.map((report) => {
    const plugin = plugins.find(({ directory }) => directory === report.directory);
    if (report.state !== 'on' || report.bundled || plugin?.fixtures === undefined) return report;
    const passed = plugin.fixtures === 1 ? 'passed its 1 fixture' : `passed its ${plugin.fixtures} fixtures`;
    const what = plugin.fixtures === 0 ? 'has no fixtures to try a new version with' : passed;
    return { ...report, reason: `${report.reason}; ${what}` };
  });
}
