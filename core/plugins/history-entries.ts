import type { History, HistoryEntry, PluginOutcome } from './history.ts';
import type { LoadedPlugin, PluginReport, Snapshot } from './snapshot.ts';

/** What a swap, or the start (`before` is null), adds to the history. */
export function historyEntries(
  before: Snapshot | null,
  after: Snapshot,
  history: Pick<History, 'isKnown' | 'goodsOf'>,
  now: Date,
): HistoryEntry[] {
  const time = now.toISOString();
  const entries: HistoryEntry[] = [];
  for (const report of after.reports) {
    const { id, directory, bundled } = report;
    // What ships comes with every start, and is worth a line only where somebody works on it.
    if (bundled && before === null) continue;
    const plugin = pluginOf(after, report);
    const old = before === null ? undefined : pluginOf(before, report);
    // Going back to it was noted when it was decided.
    if (report.code === 'GW_PLUGIN_ROLLED_BACK') continue;
    if (plugin !== undefined && plugin.hash !== old?.hash) {
      const isFirst = old === undefined && history.goodsOf(directory).length === 0;
      entries.push(inUse(time, plugin, isFirst ? 'on' : 'swapped'));
    }
    if (report.code === undefined || isSame(before, report)) continue;
    const { version = '', hash = '' } = report.offered ?? {};
    const reason = shorten(report.reason);
    entries.push({
      time,
      plugin: id,
      version,
      hash,
      outcome: 'refused',
      directory,
      code: report.code,
      reason,
    });
  }
  for (const { id, manifest, hash, directory } of before?.plugins.values() ?? []) {
    if (after.reports.some((report) => report.directory === directory)) continue;
    entries.push({ time, plugin: id, version: manifest.version, hash, outcome: 'removed', directory });
  }
  return entries.filter((entry) => before !== null || !history.isKnown(entry));
}

function pluginOf({ plugins }: Snapshot, { id, directory }: PluginReport): LoadedPlugin | undefined {
  const plugin = plugins.get(id);
  return plugin?.directory === directory ? plugin : undefined;
}

function inUse(
  time: string,
  { id, manifest, hash, directory, module, fixtures }: LoadedPlugin,
  outcome: PluginOutcome,
): HistoryEntry {
  const entry: HistoryEntry = { time, plugin: id, version: manifest.version, hash, outcome, directory };
  return module === null
    ? entry
    : { ...entry, copy: module.id, ...(fixtures === undefined ? {} : { fixtures }) };
}

function isSame(before: Snapshot | null, { directory, code, reason, offered }: PluginReport): boolean {
  const old = before?.reports.find((report) => report.directory === directory);
  return old?.code === code && old?.reason === reason && old?.offered?.hash === offered?.hash;
}

const maxReason = 400;

function shorten(reason: string): string {
  return reason.length <= maxReason ? reason : `${reason.slice(0, maxReason)} ...`;
}
