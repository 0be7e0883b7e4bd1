import type { Permissions } from '@dragoman/plugin-sdk';
import { howToTurnOn } from '../plugins/how-to-turn-on.ts';
import type { PluginReport, Snapshot } from '../plugins/snapshot.ts';
import type { SandboxCost } from '../translate/runner.ts';
import { loadSnapshot } from './load-snapshot.ts';
import type { PlaceOptions } from './place.ts';
import { printJson, printTable, remark } from './print.ts';

/** What one plugin adds to clients' choice. */
interface ProviderLine {
  /** The configured name; the provider's id where it is not on. */
  name: string;
  state: 'on' | 'off' | 'failed';
  /** Why, or what to do to have it on. */
  reason: string;
}

/** Lists the plugins this configuration finds, as a start would load them. */
export async function plugins(options: PlaceOptions & { json?: boolean }): Promise<number> {
  const loaded = await loadSnapshot(options);
  try {
    const { snapshot } = loaded;
    const reports = snapshot.reports.toSorted((left, right) => (left.id < right.id ? -1 : 1));
    const listed = reports.map((report) => ({
      ...report,
      cost: costOf(report, snapshot),
      permissions: permissionsOf(report, snapshot),
      providers: describeProviders(report, snapshot),
    }));
    if (options.json) printJson(listed);
    else printTable(['PLUGIN', 'VERSION', 'STATE', 'TIER', 'ORIGIN', 'REASON'], listed.map(toRow));
    for (const { name, reason } of failedProviders(snapshot)) remark(`provider ${name} is not on: ${reason}`);
    return 0;
  } finally {
    await loaded.close();
  }
}

/** Providers of the configuration that could not be turned on. */
export function failedProviders(snapshot: Snapshot): { name: string; reason: string }[] {
  return snapshot.providerReports.filter(({ state }) => state === 'failed');
}

function permissionsOf({ id, directory }: PluginReport, { plugins }: Snapshot): Permissions {
  const plugin = plugins.get(id);
  return plugin?.directory === directory ? (plugin.manifest.permissions ?? {}) : {};
}

/** What the sandbox costs each thread for a plugin; undefined for one that runs elsewhere. */
function costOf({ id, directory }: PluginReport, { plugins }: Snapshot): SandboxCost | undefined {
  const plugin = plugins.get(id);
  return plugin?.directory === directory ? plugin.module?.cost : undefined;
}

function toRow(report: PluginReport & { cost?: SandboxCost; providers: ProviderLine[] }): string[] {
  const { id, version, state, tier, origin, signer, reason, code, cost, providers } = report;
  const said = code === undefined || reason.includes(code) ? reason : `${reason} (${code})`;
  const why =
    cost === undefined
      ? said
      : `${said}; a thread loads it ${cost.fromSnapshot ? 'from its snapshot ' : ''}in ${cost.loadMs.toFixed(1)} ms and gives it ${(cost.memoryKb / 1024).toFixed(1)} MB`;
  const lines = providers.map((line) => `${line.name} ${line.state}: ${line.reason}`);
  const whose = signer === undefined ? origin : `${origin} (${signer})`;
  return [id, version || '-', state, tier, whose, [why, ...lines].join('; ')];
}

function describeProviders({ id, state }: PluginReport, snapshot: Snapshot): ProviderLine[] {
  const plugin = snapshot.plugins.get(id);
  if (plugin === undefined || (state !== 'on' && state !== 'previous')) return [];
  return (plugin.manifest.providers ?? []).flatMap((declaration) => {
    const on = [...snapshot.providers.values()].filter((each) => each.declaration === declaration);
    if (on.length > 0) return on.map(({ name, reason }) => ({ name, state: 'on' as const, reason }));
    const report = snapshot.providerReports.find(({ name }) => name === declaration.id);
    if (report !== undefined) return [{ name: report.name, state: report.state, reason: report.reason }];
    return [
      {
        name: declaration.id,
        state: 'off' as const,
        reason: howToTurnOn(declaration, plugin, snapshot),
      },
    ];
  });
}
