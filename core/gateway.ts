import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { resolve } from 'node:path';
import { createDiscovery } from './discovery/discovery.ts';
import { createListStore } from './discovery/list-store.ts';
import { createLog, type Log } from './observe/log.ts';
import { createMetrics } from './observe/metrics.ts';
import { createPluginHost, type ReloadResult } from './plugins/plugin-host.ts';
import type { PluginReport, Snapshot } from './plugins/snapshot.ts';
import { createKeptReplies } from './replies/kept-replies.ts';
import { modelIndex } from './router/models.ts';
import { type App, createListener } from './server/app.ts';
import { createKeyRing, type KeyRing } from './server/client-auth.ts';
import { drain, endOpen } from './server/drain.ts';
import { openKeyStore } from './server/keys/store.ts';
import { type Listening, listen } from './server/listen.ts';
import { createOther } from './server/other.ts';
import { SilenceWatch } from './server/reply.ts';
import { createByteBudget } from './server/request-body.ts';
import { Roster } from './server/roster.ts';
import { watchBodies } from './server/stalled-bodies.ts';
import { createUpgrades } from './server/upgrade.ts';
import { createGuards } from './translate/guards.ts';
import { createRunners } from './translate/make-runner.ts';
import { createTokenCounter } from './translate/tokens/counter.ts';
import { createPools } from './upstream/pools.ts';
import { version } from './version.ts';

export { GatewayError } from './errors/gateway-error.ts';
export type { LogLevel } from './observe/level.ts';
export type { PluginReport, ReloadResult };
export { version };

export interface GatewayOptions {
  /** Path of `gateway.yaml`; it must exist. Default: `./gateway.yaml` where there is one. */
  config?: string;
  /** Where relative paths start; default: the working directory. */
  cwd?: string;
  /** Overrides `server.host` and `server.port`; port 0 takes any free one. */
  host?: string;
  port?: number;
  /** State directory; default `.dragoman/` beside the config, else in `cwd`. */
  data?: string;
  /** Environment for `${NAME}` references, provider keys and DRAGOMAN_KEY; default `process.env`. */
  env?: Record<string, string | undefined>;
  /** Default: a log on standard error. One that is given is left open by `stop()`. */
  log?: Log;
  /** Follow changes of plugin folders and of the config; default true. */
  watch?: boolean;
}

export interface Started {
  url: string;
  host: string;
  port: number;
  /** The client key made because there was none anywhere; shown once, only its hash is kept. */
  newKey: string | null;
  /** Resolves when what a start leaves for later is done: plugins are followed, bundled code is copied for threads. */
  warmed: Promise<void>;
}

/** A gateway in this process. */
export interface Gateway {
  /** Listens on its own server. Not needed when `handler` is mounted in another one. */
  start(): Promise<Started>;
  /**
   * For `http.createServer(handler)` or `app.use(handler)`, under a mount path too. Where the app has read and parsed the
   * body already (`express.json()`), `request.body` is used and pass-through is no longer byte for byte.
   */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  /**
   * For `server.on('upgrade', ...)` of the server that `handler` is mounted in: WebSocket where a dialect offers it. False:
   * nothing here serves the request, and its socket was not touched.
   */
  readonly upgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => boolean;
  /** Makes a client key if there is none anywhere; for those who mount `handler`. */
  ensureKey(): string | null;
  /** Reads config and plugin folders again now. */
  reload(): Promise<ReloadResult>;
  plugins(): readonly PluginReport[];
  /** Requests that are not finished. */
  inFlight(): number;
  /**
   * Asks the services that gateway.yaml names which models they have, unless it is known of the last day; also those that
   * a later change names. Resolves when all have answered, and never fails. Not needed: the first request for a model list
   * does the same for every provider, and is answered before it knows.
   */
  discover(): Promise<void>;
  /** Names of the providers that are on, with the reason of each and the number of models known of it. */
  providers(): { name: string; reason: string; models: number }[];
  /**
   * Turns new requests away, waits for those in flight (`server.drainSeconds`), ends those that still run with an error
   * their client understands, then frees everything. False when some did not finish.
   */
  stop(options?: { now?: boolean }): Promise<boolean>;
}

/** Loads config and plugins. Fails with GW_CONFIG_* and GW_PLUGIN_* errors that say what, where and what to do. */
export async function createGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const env = options.env ?? process.env;
  const log = options.log ?? createLog();
  const metrics = createMetrics();
  const pools = createPools();
  const tokens = createTokenCounter((error) =>
    log.warn('the thread that counts tokens died', { reason: error.message }),
  );
  const guards = createGuards();
  const lists = createListStore((error) =>
    log.warn('the lists of models cannot be kept', { error: String(error) }),
  );
  const host = await createPluginHost({
    config: options.config,
    cwd: resolve(options.cwd ?? '.'),
    dataDir: options.data,
    env,
    overrides: { host: options.host, port: options.port },
    watch: options.watch ?? true,
    log,
    metrics,
    makeRunner: createRunners({ log, metrics, guards }),
    guards,
    found: lists,
  });
  lists.open(host.dataDir);
  const { registry } = host;
  const { settings } = registry.current;
  let keys: KeyRing;
  try {
    keys = createKeyRing({
      configured: settings.keys,
      environmentKey: env.DRAGOMAN_KEY,
      store: openKeyStore(host.dataDir),
      onUnreadable: (error) =>
        log.error('key file cannot be read; the keys of before stay', { error: String(error) }),
    });
  } catch (error) {
    // It would go on following folders for nobody.
    await host.close();
    await pools.close();
    throw error;
  }
  for (const warning of keys.warnings()) log.warn(warning);
  const replies = createKeptReplies(host.dataDir, settings.replies, log);
  const discovery = createDiscovery({ registry, store: lists, pools, log, metrics, now: Date.now });
  let isEager = false;
  const app: App = {
    registry,
    keys,
    services: { log, metrics, pools, tokens, replies, discovery, random: Math.random },
    silence: new SilenceWatch(settings.server.keepAliveSeconds * 1000),
    budget: createByteBudget(settings.server.maxInFlightMb * 1048576),
    isDraining: false,
    open: new Roster(),
    onIdle: null,
    other: () => {},
  };
  app.other = createOther(app, { version });
  const bodies = watchBodies(app.open);
  const handler = createListener(app);
  const upgrades = createUpgrades(app);
  function adopt({ settings: next, providers }: Snapshot): void {
    keys.setConfigured(next.keys);
    metrics.setModels([...providers.values()].flatMap((provider) => [...provider.models.keys()]));
    replies.limits = next.replies;
    app.silence.afterMs = next.server.keepAliveSeconds * 1000;
    app.budget.limit = next.server.maxInFlightMb * 1048576;
    const { host: wanted, port } = next.server;
    if (wanted !== settings.server.host || port !== settings.server.port) {
      log.warn('server.host and server.port take effect with the next start');
    }
  }
  adopt(registry.current);
  host.onSwap((next) => {
    adopt(next);
    // The listener is called before the registry has it.
    if (isEager) setImmediate(() => discovery.begin('named'));
  });
  let listening: Listening | null = null;
  let stopping: Promise<boolean> | null = null;

  async function stop(now: boolean): Promise<boolean> {
    app.isDraining = true;
    upgrades.drain();
    let isWhole = app.open.size === 0;
    if (!now) {
      // The port stays open meanwhile: who asks is told 503, and /readyz too.
      isWhole = await drain(app, registry.current.settings.server.drainSeconds * 1000);
      if (!isWhole) {
        log.warn('drain deadline passed; open requests are told so and end', { open: app.open.size });
        await endOpen(app);
      }
    }
    const closed = listening?.close();
    listening?.destroy();
    clearInterval(bodies);
    upgrades.destroy();
    await closed;
    await discovery.close();
    await replies.close();
    await host.close();
    await pools.close();
    await tokens.close();
    if (options.log === undefined) await log.close();
    return isWhole;
  }

  return {
    handler,
    upgrade(request, socket, head) {
      const isServed = upgrades.isServed(request);
      if (isServed) upgrades.accept(request, socket, head);
      return isServed;
    },
    ensureKey: () => keys.ensureKey(),
    async start() {
      const { server } = registry.current.settings;
      listening = await listen(handler, server.host, server.port, upgrades, (error) =>
        log.error('a connection could not be taken', { error: String(error) }),
      );
      // Not before: of a start that fails nobody would learn the key.
      const newKey = keys.ensureKey();
      const warmed = host.warm();
      return { url: listening.url, host: listening.host, port: listening.port, newKey, warmed };
    },
    reload: () => host.reload('asked'),
    plugins: () => registry.current.reports,
    inFlight: () => app.open.size,
    discover() {
      isEager = true;
      discovery.begin('named');
      return discovery.settled();
    },
    providers() {
      const { known } = modelIndex(registry.current);
      return [...known].map(([{ name, reason }, models]) => ({ name, reason, models: models.size }));
    },
    stop(stopOptions = {}) {
      if (stopOptions.now === true) return stop(true);
      stopping ??= stop(false);
      return stopping;
    },
  };
}
