import type { GatewaySettings } from '../config/settings.ts';
import type { GatewayError } from '../errors/gateway-error.ts';
import type { ModuleRef, Runner, SandboxCost } from '../translate/runner.ts';
import type { CanaryRunner } from './canary.ts';
import { createClaims } from './conflicts.ts';
import { asLoadError } from './load-error.ts';
import { loadChecked } from './load-module.ts';
import type { Slot } from './slot.ts';
import type { LoadedPlugin, PluginReport, PluginState } from './snapshot.ts';

/** A runner that can say what a module has and whether it is in order, without running it on this thread. */
export interface HostRunner extends Runner, CanaryRunner {
  describe(module: ModuleRef): Promise<Record<string, readonly string[]>>;
  /** What a module that was described costs; null where that is not measured. */
  costOf?(module: ModuleRef): SandboxCost | null;
}

export interface Selection {
  plugins: LoadedPlugin[];
  reports: PluginReport[];
}

/** Which version of each folder's plugin is in: what it holds now, the last good one, or none; and why. */
export function selectPlugins(
  slots: readonly Slot[],
  settings: GatewaySettings,
  /** Versions whose code turned out not to be what their manifest says. */
  rejected: ReadonlyMap<LoadedPlugin, GatewayError>,
): Selection {
  const claims = createClaims();
  const plugins: LoadedPlugin[] = [];
  const reports: PluginReport[] = [];
  for (const slot of inOrder(slots, settings)) {
    let problem: GatewayError | null = slot.failure;
    let chosen: LoadedPlugin | null = null;
    for (const version of [slot.loaded, slot.good === slot.loaded ? null : slot.good]) {
      if (version === null || chosen !== null) continue;
      const clash = rejected.get(version) ?? claims.add(version);
      if (clash === null) chosen = version;
      problem ??= clash;
    }
    if (chosen !== null) plugins.push(chosen);
    reports.push(report(slot, chosen, problem));
  }
  return { plugins, reports };
}

/**
 * Who comes first keeps a contested id: what the operator put in the place of a bundled plugin, then what ships with the
 * gateway, then what is running, then the rest by folder.
 */
function inOrder(slots: readonly Slot[], settings: GatewaySettings): Slot[] {
  const bundled = new Set(slots.filter(({ folder }) => folder.bundled).map(({ folder }) => folder.id));
  const rank = ({ folder, good }: Slot): number => {
    if (folder.bundled) return 1;
    if (bundled.has(folder.id) && settings.plugins.trust[folder.id] !== undefined) return 0;
    return good === null ? 3 : 2;
  };
  return slots.toSorted((left, right) => rank(left) - rank(right));
}

function report(slot: Slot, chosen: LoadedPlugin | null, problem: GatewayError | null): PluginReport {
  const { folder, loaded, good } = slot;
  const shown = chosen ?? loaded ?? good;
  const state = stateOf(chosen, problem);
  const line: PluginReport = {
    id: folder.id,
    version: shown?.manifest.version ?? '',
    state,
    tier: chosen === null ? 'none' : (chosen.module?.tier ?? 'manifest'),
    bundled: folder.bundled,
    directory: folder.directory,
    origin: slot.provenance.origin,
    reason: explain(state, chosen, problem),
  };
  if (slot.provenance.signer !== undefined) line.signer = slot.provenance.signer;
  if (problem !== null) {
    line.code = problem.code;
    line.offered = slot.offered;
  }
  return line;
}

function stateOf(chosen: LoadedPlugin | null, problem: GatewayError | null): PluginState {
  if (chosen !== null) return problem === null ? 'on' : 'previous';
  if (problem?.code === 'GW_PLUGIN_NOT_TRUSTED') return 'untrusted';
  if (problem?.code === 'GW_PLUGIN_CONFLICT') return 'conflict';
  return 'failed';
}

function explain(state: PluginState, chosen: LoadedPlugin | null, problem: GatewayError | null): string {
  if (problem !== null) {
    return state === 'previous' && chosen !== null
      ? `version ${chosen.manifest.version} stays in use: ${problem.message}`
      : problem.message;
  }
  return chosen?.bundled === true ? 'ships with the gateway' : (chosen?.directory ?? '');
}

/**
 * Asks `runner` what the modules in worker threads have, and compares it with their manifests. Gives the plugins with
 * what was found, and the error of each that does not fit.
 */
export async function probePlugins(
  plugins: readonly LoadedPlugin[],
  runner: HostRunner,
): Promise<{ plugins: LoadedPlugin[]; rejected: Map<LoadedPlugin, GatewayError> }> {
  const rejected = new Map<LoadedPlugin, GatewayError>();
  const probed = await Promise.all(
    plugins.map(async (plugin) => {
      const { module } = plugin;
      if (module === null || module.tier === 'inline' || module.functions !== undefined) return plugin;
      try {
        const checked = await loadChecked(plugin.manifest, module, (each) => runner.describe(each));
        return { ...plugin, module: { ...checked, cost: runner.costOf?.(module) ?? undefined } };
      } catch (error) {
        rejected.set(plugin, asLoadError(plugin.id, error));
        return plugin;
      }
    }),
  );
  return { plugins: probed, rejected };
}
