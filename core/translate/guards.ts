import type { BreakerSettings } from '../config/settings.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { type Breaker, type CallCounts, type CallOutcome, createBreaker } from './breaker.ts';
import type { ModuleRef } from './runner.ts';

/** Told what a plugin's calls led to. `module` is the id of its version. */
export interface GuardListener {
  /** A version that is new, or is being stopped again and again, fails: `reason` is one line. */
  failing(plugin: string, module: string, reason: string): void;
  paused(plugin: string, isPaused: boolean, reason: string): void;
}

/** The breakers of all versions in use, over all runners. Only plugins that do not ship with the gateway have one. */
export interface Guards {
  settings: BreakerSettings;
  listener: GuardListener | null;
  /** Throws GW_TRANSLATE_PAUSED when one of these may not be called now. */
  admit(modules: readonly ModuleRef[]): void;
  /** The same for a call that was admitted and waits for a thread. */
  refusal(modules: readonly ModuleRef[]): GatewayError | null;
  record(module: ModuleRef, outcome: CallOutcome): void;
  /** These versions are in use now; what is known of others is forgotten. `previous` is what each came in place of. */
  follow(modules: readonly FollowedModule[]): void;
}

export interface FollowedModule {
  id: string;
  plugin: string;
  previous: string | null;
}

const off: BreakerSettings = {
  enabled: false,
  windowSeconds: 30,
  minCalls: 10,
  errorShare: 0.5,
  rollbackSeconds: 0,
  maxKills: 5,
  pauseSeconds: 15,
};

interface Guard {
  plugin: string;
  breaker: Breaker;
  /** When it came in place of another version; that one's share of failed calls then. */
  flip: { atMs: number; share: number } | null;
}

/** Off until `settings` says otherwise. `nowMs` is any clock that only goes forward. */
export function createGuards(nowMs = (): number => performance.now()): Guards {
  const known = new Map<string, Guard>();

  function guardOf({ id, plugin }: Pick<ModuleRef, 'id' | 'plugin'>): Guard {
    let guard = known.get(id);
    if (guard === undefined) {
      guard = { plugin, breaker: createBreaker(() => guards.settings), flip: null };
      known.set(id, guard);
    }
    return guard;
  }
  function pausedError(module: ModuleRef): GatewayError {
    const { pauseSeconds } = guards.settings;
    const reason = 'too many of its last calls had to be stopped';
    const details = { plugin: module.plugin, seconds: pauseSeconds, reason };
    return new GatewayError('GW_TRANSLATE_PAUSED', details, { retryAfterMs: pauseSeconds * 1000 });
  }
  /** Did it get worse when this version came, and is that not long ago? */
  function isNewlyBad({ flip }: Guard, counts: CallCounts): boolean {
    if (flip === null || nowMs() - flip.atMs > guards.settings.rollbackSeconds * 1000) return false;
    return shareOf(counts) > 2 * flip.share;
  }

  const guards: Guards = {
    settings: off,
    listener: null,
    admit(modules) {
      if (!guards.settings.enabled) return;
      for (const module of modules) {
        if (known.get(module.id)?.breaker.admit(nowMs()) === false) throw pausedError(module);
      }
    },
    refusal(modules) {
      if (!guards.settings.enabled) return null;
      const paused = modules.find(({ id }) => known.get(id)?.breaker.isPaused(nowMs()));
      return paused === undefined ? null : pausedError(paused);
    },
    record(module, outcome) {
      if (!guards.settings.enabled) return;
      const guard = guardOf(module);
      const trip = guard.breaker.record(outcome, nowMs());
      if (trip === null) return;
      const { listener } = guards;
      if (trip === 'recovered') {
        listener?.paused(module.plugin, false, 'the call that tried it again went well');
        return;
      }
      const counts = guard.breaker.counts(nowMs());
      const reason = describe(counts, guards.settings);
      if (isNewlyBad(guard, counts)) {
        // Once: what comes of it takes a moment, and calls go on failing meanwhile.
        guard.flip = null;
        listener?.failing(module.plugin, module.id, reason);
      }
      if (trip === 'kills') listener?.paused(module.plugin, true, reason);
    },
    follow(modules) {
      for (const module of modules) {
        const { id, previous } = module;
        const before = previous === null ? undefined : known.get(previous);
        if (previous === null || previous === id || known.has(id)) continue;
        const share = before === undefined ? 0 : shareOf(before.breaker.counts(nowMs()));
        guardOf(module).flip = { atMs: nowMs(), share };
      }
      const ids = new Set(modules.map(({ id }) => id));
      for (const [id, { plugin, breaker }] of known) {
        if (ids.has(id)) continue;
        known.delete(id);
        if (breaker.isOpen()) guards.listener?.paused(plugin, false, 'another version of it is in use');
      }
    },
  };
  return guards;
}

function shareOf({ calls, failed }: CallCounts): number {
  return calls === 0 ? 0 : failed / calls;
}

function describe({ calls, failed, killed }: CallCounts, { windowSeconds }: BreakerSettings): string {
  const stopped = killed === 0 ? '' : `, ${killed} of them had to be stopped`;
  return `${failed} of its ${calls} calls in ${windowSeconds} s failed${stopped}`;
}
