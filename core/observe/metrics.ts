import type { Registry } from 'prom-client';
import type { ExchangeRecord } from './exchange-record.ts';
import { createCounter, createGauge, createHistogram, type Metric } from './series.ts';

/** How an attempt at a provider ended. */
export type AttemptOutcome =
  | 'ok'
  | 'status'
  | 'connect'
  | 'timeout'
  | 'truncated'
  | 'translate'
  | 'aborted'
  | 'error';
export type SwapOutcome = 'swapped' | 'unchanged' | 'failed';

/** The figures of one gateway, for Prometheus. Recording never fails and costs a microsecond or two per exchange. */
export interface Metrics {
  recordExchange(record: ExchangeRecord): void;
  recordAttempt(provider: string, outcome: AttemptOutcome): void;
  /** Time one plugin's translator took, hops included. */
  recordTranslate(plugin: string, tier: string, milliseconds: number): void;
  /** Instances of a sandboxed plugin that were created, recycled or discarded. */
  recordInstances(plugin: string, event: string, count: number): void;
  /** A thread of the sandbox that ended in the middle of a plugin's call: `timeout`, `memory`, `exit` or `start`. */
  recordThreadDeath(plugin: string, cause: string): void;
  streamOpened(): void;
  streamClosed(): void;
  recordSwap(outcome: SwapOutcome): void;
  /** A service was asked for its models. */
  recordDiscovery(provider: string, outcome: 'ok' | 'failed'): void;
  /** What became of a version of a plugin: `on`, `swapped`, `refused`, `rolled-back`, `removed`. */
  recordPlugin(plugin: string, outcome: string): void;
  /** A plugin that had to be stopped too often is not called for a while. */
  setPaused(plugin: string, isPaused: boolean): void;
  /** Replaces what `dragoman_plugin_info` says. */
  setPlugins(plugins: Iterable<{ id: string; version: string; tier: string; state: string }>): void;
  /** Upstream ids that may be a label value; every other model counts as `other`. */
  setModels(ids: Iterable<string>): void;
  readonly contentType: string;
  /** The text exposition. The first call loads prom-client and starts the process's own metrics. */
  text(): Promise<string>;
}

const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const translateSeconds = [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1];

function createFamilies() {
  return {
    requests: createCounter('dragoman_requests_total', 'Exchanges finished.', [
      'dialect',
      'operation',
      'provider',
      'status',
    ]),
    seconds: createHistogram(
      'dragoman_request_seconds',
      'From the request to the end of the reply.',
      ['dialect', 'operation', 'provider'],
      requestSeconds,
    ),
    firstToken: createHistogram(
      'dragoman_first_token_seconds',
      'From the request to the first byte of a streamed reply.',
      ['provider'],
      requestSeconds,
    ),
    tokens: createCounter('dragoman_tokens_total', 'Tokens as the provider counted them.', [
      'provider',
      'model',
      'type',
    ]),
    errors: createCounter('dragoman_errors_total', 'Exchanges that failed, by error code.', ['code']),
    attempts: createCounter('dragoman_upstream_attempts_total', 'Tries at a provider.', [
      'provider',
      'outcome',
    ]),
    translate: createHistogram(
      'dragoman_translate_seconds',
      'Time of one call of a plugin.',
      ['plugin', 'tier'],
      translateSeconds,
    ),
    instances: createCounter('dragoman_sandbox_instances_total', 'Instances of sandboxed plugins.', [
      'plugin',
      'event',
    ]),
    deaths: createCounter(
      'dragoman_sandbox_thread_deaths_total',
      'Threads of the sandbox that ended in the middle of a call.',
      ['plugin', 'cause'],
    ),
    streams: createGauge('dragoman_streams_open', 'Requests for a stream being served now.', []),
    plugins: createGauge('dragoman_plugin_info', 'Always 1: one series per plugin.', [
      'plugin',
      'version',
      'tier',
      'state',
    ]),
    versions: createCounter('dragoman_plugin_versions_total', 'What became of new versions of a plugin.', [
      'plugin',
      'outcome',
    ]),
    paused: createGauge('dragoman_plugin_paused', '1 while a plugin that kept being stopped is not called.', [
      'plugin',
    ]),
    swaps: createCounter('dragoman_swaps_total', 'Reloads of plugins and configuration.', ['outcome']),
    discoveries: createCounter(
      'dragoman_model_discoveries_total',
      'Times a service was asked for its models.',
      ['provider', 'outcome'],
    ),
  } satisfies Record<string, Metric>;
}

export function createMetrics(): Metrics {
  const families = createFamilies();
  const models = new Set<string>();
  let registry: Promise<Registry> | undefined;
  families.streams.set(0);

  return {
    recordExchange(record) {
      const provider = record.provider || 'none';
      families.requests.add(1, record.dialect, record.operation, provider, String(record.status));
      families.seconds.observe(record.milliseconds / 1000, record.dialect, record.operation, provider);
      if (record.stream && record.firstByteMs !== undefined)
        families.firstToken.observe(record.firstByteMs / 1000, provider);
      if (record.code !== undefined) families.errors.add(1, record.code);
      const model = models.has(record.upstreamModel) ? record.upstreamModel : 'other';
      if (record.inputTokens) families.tokens.add(record.inputTokens, provider, model, 'input');
      if (record.outputTokens) families.tokens.add(record.outputTokens, provider, model, 'output');
      if (record.cacheReadTokens) families.tokens.add(record.cacheReadTokens, provider, model, 'cache_read');
    },
    recordAttempt: (provider, outcome) => families.attempts.add(1, provider, outcome),
    recordTranslate: (plugin, tier, milliseconds) =>
      families.translate.observe(milliseconds / 1000, plugin, tier),
    recordInstances: (plugin, event, count) => families.instances.add(count, plugin, event),
    recordThreadDeath: (plugin, cause) => families.deaths.add(1, plugin, cause),
    streamOpened: () => families.streams.add(1),
    streamClosed: () => families.streams.add(-1),
    recordSwap: (outcome) => families.swaps.add(1, outcome),
    recordDiscovery: (provider, outcome) => families.discoveries.add(1, provider, outcome),
    recordPlugin: (plugin, outcome) => families.versions.add(1, plugin, outcome),
    setPaused: (plugin, isPaused) => families.paused.set(isPaused ? 1 : 0, plugin),
    setPlugins(plugins) {
      families.plugins.reset();
      for (const { id, version, tier, state } of plugins) families.plugins.set(1, id, version, tier, state);
    },
    setModels(ids) {
      models.clear();
      for (const id of ids) models.add(id);
    },
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    async text() {
      registry ??= createRegistry(Object.values(families));
      return (await registry).metrics();
    },
  };
}

async function createRegistry(families: Metric[]): Promise<Registry> {
  const { default: client } = await import('prom-client');
  const registry = new client.Registry();
  // The registry asks nothing of a metric but its name and get(); its types want prom-client's own classes.
  for (const family of families) registry.registerMetric(family as never);
  client.collectDefaultMetrics({ register: registry });
  return registry;
}
