import { secretsOf } from '../auth/credential.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { LoadedProvider, Registry } from '../plugins/snapshot.ts';
import type { Pools } from '../upstream/pools.ts';
import { askModels } from './ask-models.ts';
import { askingCredential } from './list-key.ts';
import type { ListStore } from './list-store.ts';

export interface DiscoveryOptions {
  registry: Registry;
  store: ListStore;
  pools: Pools;
  log: Log;
  metrics: Pick<Metrics, 'recordDiscovery'>;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Asks services which models they have, behind the back of requests. */
export interface Discovery {
  /**
   * Sees to it that every service is asked whose list is missing or a day old: all of them, or only those gateway.yaml
   * names. Returns at once; nothing is sent before the caller is done.
   */
  begin(which: 'all' | 'named'): void;
  /** Resolves when nobody is being asked and every list is on disk. */
  settled(): Promise<void>;
  /** Ends what is running. */
  close(): Promise<void>;
}

const freshMs = 24 * 3600 * 1000;
/** A service that could not say is left alone for this long. */
const pauseMs = 5 * 60 * 1000;
const mostAtOnce = 4;

export function createDiscovery({ registry, store, pools, log, metrics, now }: DiscoveryOptions): Discovery {
  const waiting = new Set<string>();
  const running = new Map<string, Promise<void>>();
  /** Providers whose failure is in the log already. */
  const told = new Set<string>();
  const ending = new AbortController();

  function isDue(provider: LoadedProvider): boolean {
    if (askingCredential(provider) === undefined) return false;
    const { listed, failed } = store.entry(provider) ?? {};
    // A clock that was put back must not make a list fresh for ever.
    const isWithin = (at: number | undefined, ms: number): boolean =>
      at !== undefined && Math.abs(now() - at) < ms;
    return !isWithin(listed?.at, freshMs) && !isWithin(failed?.at, pauseMs);
  }
  function fill(): void {
    for (const name of waiting) {
      if (running.size >= mostAtOnce || ending.signal.aborted) return;
      waiting.delete(name);
      const run = ask(name).finally(() => {
        running.delete(name);
        fill();
      });
      running.set(name, run);
    }
  }
  async function ask(name: string): Promise<void> {
    // What is loaded may have changed while it waited; from here on its code stays.
    const lease = registry.lease();
    try {
      const { snapshot } = lease;
      const provider = snapshot.providers.get(name);
      const credential = provider === undefined ? undefined : askingCredential(provider);
      if (provider === undefined || credential === undefined || !isDue(provider)) return;
      const { signal } = ending;
      try {
        const models = await askModels({ provider, credential, snapshot, pools, signal });
        store.noteListed(provider, models, now());
        told.delete(name);
        metrics.recordDiscovery(name, 'ok');
        log.debug('models listed', { provider: name, models: models.length });
      } catch (error) {
        if (signal.aborted) return;
        const reason = reasonOf(
          error,
          secretsOf(credential).map((secret) => secret.reveal()),
        );
        store.noteFailed(provider, reason, now());
        metrics.recordDiscovery(name, 'failed');
        log.log(told.has(name) ? 'debug' : 'warn', 'a provider could not be asked for its models', {
          provider: name,
          reason,
        });
        told.add(name);
      }
    } finally {
      lease.release();
    }
  }

  return {
    begin(which) {
      if (ending.signal.aborted) return;
      const { providers, settings } = registry.current;
      let isAny = false;
      for (const provider of providers.values()) {
        if (which === 'named' && settings.providers?.[provider.name] === undefined) continue;
        if (waiting.has(provider.name) || running.has(provider.name) || !isDue(provider)) continue;
        waiting.add(provider.name);
        isAny = true;
      }
      if (isAny) setImmediate(fill);
    },
    async settled() {
      while (waiting.size + running.size > 0) {
        await new Promise(setImmediate);
        await Promise.all(running.values());
      }
      await store.written();
    },
    async close() {
      waiting.clear();
      ending.abort();
      await Promise.all(running.values());
      await store.written();
    },
  };
}

/** One line without secrets, whatever an error's text repeats. */
function reasonOf(error: unknown, secrets: readonly string[]): string {
  let text = error instanceof Error ? error.message : String(error);
  // A translator calls the service by its dialect; the line names the provider already.
  if (GatewayError.is(error) && error.code === 'GW_UPSTREAM_INVALID') {
    text = `its answer cannot be read: ${error.details.reason}`;
  }
  for (const secret of secrets) text = text.replaceAll(secret, '[secret]');
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 300);
}
