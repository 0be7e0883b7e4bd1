import { showPath } from '../config/load.ts';
import type { LogLevel } from '../observe/level.ts';
import type { Log } from '../observe/log.ts';
import { describePermission, exceeding, type Permission } from './permissions.ts';
import type { PluginReport, PluginState, ProviderReport, Snapshot } from './snapshot.ts';

/** One line for the log. */
export interface Change {
  level: LogLevel;
  message: string;
  fields: object;
}

/** What is different in `after`. Against nothing (the start) only what needs somebody's attention. */
export function describeChanges(before: Snapshot | null, after: Snapshot): Change[] {
  const changes: Change[] = [];
  const known = new Map(before?.reports.map((report) => [keyOf(report), report]));
  for (const report of after.reports) {
    const old = known.get(keyOf(report));
    known.delete(keyOf(report));
    const isSame =
      before !== null &&
      old !== undefined &&
      isEqual(old, report) &&
      hashOf(before, report) === hashOf(after, report);
    if (isSame || (before === null && report.state === 'on')) continue;
    changes.push(pluginChange(old, report, after, newPermissions(before, report, after)));
  }
  for (const { id, version, directory } of known.values()) {
    changes.push({
      level: 'info',
      message: `plugin ${id} is gone`,
      fields: { plugin: id, version, directory },
    });
  }
  const providers = new Map(before?.providerReports.map((report) => [report.name, report]));
  for (const report of after.providerReports) {
    const old = providers.get(report.name);
    providers.delete(report.name);
    const isSame = old?.state === report.state && old.reason === report.reason;
    if (!isSame && (before !== null || report.state === 'failed')) changes.push(providerChange(report));
  }
  const old = new Set(before?.problems.map((problem) => JSON.stringify(problem)));
  for (const problem of after.problems) {
    const { severity, path, message, suggestion } = problem;
    // An error of a provider is in its report.
    if (old.has(JSON.stringify(problem)) || (severity === 'error' && path[0] === 'providers')) continue;
    const hint = suggestion === undefined ? '' : `; did you mean '${suggestion}'?`;
    changes.push({ level: 'warn', message: `${showPath(path)}: ${message}${hint}`, fields: {} });
  }
  for (const { name } of providers.values()) {
    changes.push({ level: 'info', message: `provider ${name} is gone`, fields: { provider: name } });
  }
  return changes;
}

export function logChanges(log: Log, changes: readonly Change[]): void {
  for (const { level, message, fields } of changes) log.log(level, message, fields);
}

function keyOf(report: PluginReport): string {
  return report.directory;
}

function isEqual(old: PluginReport, report: PluginReport): boolean {
  return old.state === report.state && old.reason === report.reason && old.tier === report.tier;
}

function hashOf(snapshot: Snapshot, report: PluginReport): string | undefined {
  const plugin = snapshot.plugins.get(report.id);
  return plugin?.directory === report.directory ? plugin.hash : undefined;
}

/** What of the operator's a plugin that was dropped in may use, and did not before. */
interface NewPermissions {
  wanted: readonly Permission[];
  /** An earlier version did with less. */
  isMore: boolean;
}

function newPermissions(before: Snapshot | null, report: PluginReport, after: Snapshot): NewPermissions {
  const next = after.plugins.get(report.id);
  const old = before?.plugins.get(report.id);
  if (next === undefined || next.bundled || next.directory !== report.directory)
    return { wanted: [], isMore: false };
  const wanted = exceeding(next.manifest.permissions ?? {}, old?.manifest.permissions ?? {});
  return { wanted, isMore: old !== undefined && wanted.length > 0 };
}

function pluginChange(
  old: PluginReport | undefined,
  report: PluginReport,
  after: Snapshot,
  { wanted, isMore }: NewPermissions,
): Change {
  const { id, version, state, tier, directory, reason, code } = report;
  const fields = { plugin: id, version, state, tier, directory, ...(code === undefined ? {} : { code }) };
  if (state !== 'on') return { level: 'warn', message: reason, fields };
  const verbs: Partial<Record<PluginState, string>> = { on: 'was replaced', previous: 'is in order again' };
  const what = (old && verbs[old.state]) ?? 'is on';
  // In drop-in mode nobody was asked: more than before is said so that somebody sees it.
  const more = isMore ? `; it may now also ${list(wanted)}` : '';
  return {
    level: isMore ? 'warn' : 'info',
    message: `plugin ${id} ${version} ${what}${more}${sleepingProviders(report, after)}`,
    fields: wanted.length === 0 ? fields : { ...fields, may: list(wanted) },
  };
}

function list(permissions: readonly Permission[]): string {
  return permissions.map(describePermission).join(', ');
}

/** Somebody dropped a folder in and waits for its provider: say what is missing. */
function sleepingProviders(report: PluginReport, after: Snapshot): string {
  if (report.bundled) return '';
  const declared = after.plugins.get(report.id)?.manifest.providers ?? [];
  const inUse = new Set([...after.providers.values()].map(({ declaration }) => declaration.id));
  const asleep = declared.map(({ id }) => id).filter((id) => !inUse.has(id));
  return asleep.length === 0 ? '' : `; to use ${asleep.join(', ')}, list it under providers: of gateway.yaml`;
}

function providerChange({ name, state, reason }: ProviderReport): Change {
  const fields = { provider: name, state };
  if (state === 'failed') return { level: 'warn', message: `provider ${name} is not on: ${reason}`, fields };
  return { level: 'info', message: `provider ${name} is ${state}: ${reason}`, fields };
}
