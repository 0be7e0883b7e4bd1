import type { GatewaySettings } from '../config/settings.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { createPolicyRunner } from './policy-runner.ts';
import { createPoolRunner, type PoolRunner } from './pool-runner.ts';
import type { Meter } from './run-steps.ts';
import type { ModuleRef, Tier } from './runner.ts';

/** The runner of one set of modules: small and trusted inline, the rest in a pool of its own. */
export function makeRunner(
  modules: readonly ModuleRef[],
  settings: GatewaySettings,
  services: { log: Log; metrics: Metrics },
): PoolRunner {
  const { inlineBelowKb, workers } = settings.translation;
  const { log, metrics } = services;
  const meterOf =
    (tier: Tier): Meter =>
    (module, milliseconds) =>
      metrics.recordTranslate(module.plugin, tier, milliseconds);
  const pool = createPoolRunner({ modules, threads: workers, log, meter: meterOf('worker') });
  const policy = { inlineBelowBytes: inlineBelowKb * 1024 };
  const runner = createPolicyRunner(pool, policy, meterOf('inline'));
  return { ...runner, describe: (module) => pool.describe(module), warm: () => pool.warm() };
}
