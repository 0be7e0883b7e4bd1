import type { GatewaySettings } from '../config/settings.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { createGuardRunner } from './guard-runner.ts';
import type { Guards } from './guards.ts';
import { createPolicyRunner } from './policy-runner.ts';
import { createPoolRunner, type PoolRunner } from './pool-runner.ts';
import type { Meter } from './run-steps.ts';
import type { ModuleRef, SandboxCost, Tier } from './runner.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

export interface RunnerServices {
  log: Log;
  metrics: Metrics;
  guards?: Guards;
}
export interface TieredRunner extends PoolRunner {
  /** Null for a module that is not in the sandbox, or not loaded yet. */
  costOf(module: ModuleRef): SandboxCost | null;
}
export type MakeRunner = (modules: readonly ModuleRef[], settings: GatewaySettings) => TieredRunner;

/**
 * Makes the runner of one set of modules after the other: small and trusted inline, the rest in threads. Sets share the
 * sandbox; a pool for trusted code is shared by sets in which that code is the same.
 */
export function createRunners({ log, metrics, guards }: RunnerServices): MakeRunner {
  const refusal = guards?.refusal;
  const meterOf =
    (tier: Tier): Meter =>
    (module, milliseconds) =>
      metrics.recordTranslate(module.plugin, module.tier === 'sandbox' ? 'sandbox' : tier, milliseconds);
  const pools = new Map<string, SharedPool>();
  const sandboxes = new Map<number | undefined, Sandbox>();

  function poolOf(modules: readonly ModuleRef[], threads: number | undefined): PoolRunner {
    const key = JSON.stringify([modules.map(identify).sort(), threads]);
    const shared = pools.get(key) ?? {
      users: 0,
      runner: createPoolRunner({ modules, threads, log, meter: meterOf('worker'), refusal }),
    };
    pools.set(key, shared);
    shared.users++;
    return {
      ...shared.runner,
      async close() {
        if (--shared.users > 0) return;
        pools.delete(key);
        await shared.runner.close();
      },
    };
  }
  function sandboxOf(threads: number | undefined): Sandbox {
    const known = sandboxes.get(threads);
    if (known !== undefined) return known;
    const made = createSandbox({
      threads,
      log,
      meter: meterOf('worker'),
      refusal,
      onInstances: (plugin, event, count) => metrics.recordInstances(plugin, event, count),
      onDeath: (plugin, cause) => metrics.recordThreadDeath(plugin, cause),
    });
    sandboxes.set(threads, made);
    return made;
  }
  return (modules, { translation: { inlineBelowKb, workers } }) => {
    const trusted = modules.filter(({ tier }) => tier !== 'sandbox');
    const pool = poolOf(trusted, workers);
    const sandbox = trusted.length === modules.length ? null : sandboxOf(workers).open(modules);
    const policy = { inlineBelowBytes: inlineBelowKb * 1024 };
    const bare = createPolicyRunner({ pool, sandbox }, policy, meterOf('inline'));
    const isWatched = guards !== undefined && modules.some(({ checked }) => checked);
    const runner = isWatched ? createGuardRunner(bare, guards) : bare;
    const homeOf = ({ tier }: ModuleRef): PoolRunner => (tier === 'sandbox' ? (sandbox ?? pool) : pool);
    return {
      ...runner,
      describe: (module) => homeOf(module).describe(module),
      conform: (module, job) => homeOf(module).conform(module, job),
      costOf: (module) => (module.tier === 'sandbox' ? sandboxOf(workers).costOf(module) : null),
      warm: () => pool.warm(),
    };
  };
}

interface SharedPool {
  users: number;
  readonly runner: PoolRunner;
}

function identify({ id, file, tier, limits, checked }: ModuleRef): string {
  return JSON.stringify([id, file, tier, limits, checked]);
}
