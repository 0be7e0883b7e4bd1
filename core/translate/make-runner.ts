import type { GatewaySettings } from '../config/settings.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { createGuardRunner } from './guard-runner.ts';
import type { Guards } from './guards.ts';
import { createPolicyRunner } from './policy-runner.ts';
import { createPoolRunner, type PoolRunner } from './pool-runner.ts';
import type { Meter } from './run-steps.ts';
import type { ModuleRef, Tier } from './runner.ts';

/** The runner of one set of modules: small and trusted inline, the rest in a pool of its own. */
export function makeRunner(
  modules: readonly ModuleRef[],
  settings: GatewaySettings,
  services: { log: Log; metrics: Metrics; guards?: Guards },
): PoolRunner {
  const { inlineBelowKb, workers } = settings.translation;
  const { log, metrics, guards } = services;
  const meterOf =
    (tier: Tier): Meter =>
    (module, milliseconds) =>
      metrics.recordTranslate(module.plugin, tier, milliseconds);
  const pool = createPoolRunner({
    modules,
    threads: workers,
    log,
    meter: meterOf('worker'),
    refusal: guards?.refusal,
  });
  const policy = { inlineBelowBytes: inlineBelowKb * 1024 };
  const bare = createPolicyRunner(pool, policy, meterOf('inline'));
  const isWatched = guards !== undefined && modules.some(({ checked }) => checked);
  const runner = isWatched ? createGuardRunner(bare, guards) : bare;
  return {
    ...runner,
    describe: (module) => pool.describe(module),
    conform: (module, job) => pool.conform(module, job),
    warm: () => pool.warm(),
  };
}
