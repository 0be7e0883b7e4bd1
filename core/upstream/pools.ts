import type { Dispatcher } from 'undici';
import { createConnector, EgressRefusal } from './connector.ts';
import { hostRefusal, isLoopbackHost } from './egress.ts';
import { environmentProxy, type ProxySettings } from './environment-proxy.ts';
import { Pool, proxyAgent } from './undici.ts';

export interface PoolKey {
  origin: string;
  allowPrivate: boolean;
  connectMs: number;
}

/** The connections to all upstreams. One set per gateway. */
export interface Pools {
  /**
   * The pool of one origin; made on first use. Ask for it anew for every request: unused ones are closed. Throws an
   * EgressRefusal for a host whose spelling is forbidden already.
   */
  get(key: PoolKey): Dispatcher;
  /** Ends every connection at once; requests in flight fail. */
  close(): Promise<void>;
}

export interface PoolOptions {
  /** Default: HTTP_PROXY, HTTPS_PROXY and NO_PROXY (or in lower case) of the process. */
  proxy?: ProxySettings;
  /** A pool without a request for so long is closed; default 10 minutes. */
  idleMs?: number;
  /** Replaces `dns.lookup`; for tests. */
  lookup?: Parameters<typeof createConnector>[0]['lookup'];
}

interface Entry {
  dispatcher: Dispatcher;
  usedAt: number;
}

/**
 * HTTP/1.1 only: aborting a request then closes its socket, which is what makes a provider stop generating.
 * Time-outs of undici are off but for connecting; send.ts has its own.
 */
export function createPools(options: PoolOptions = {}): Pools {
  const idleMs = options.idleMs ?? 10 * 60_000;
  const proxy = options.proxy ?? environmentProxy();
  const entries = new Map<string, Entry>();
  const sweep = setInterval(() => closeUnused(entries, idleMs), Math.max(10, idleMs / 4));
  sweep.unref();

  function create({ origin, allowPrivate, connectMs }: PoolKey): Dispatcher {
    const settings = {
      allowH2: false,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      // Below the 60 s after which common load balancers close; a server's own hint goes first.
      keepAliveTimeout: 55_000,
      connect: createConnector({
        allowPrivate,
        connectMs,
        ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
      }),
    };
    const { hostname } = new URL(origin);
    const refusal = hostRefusal(hostname, allowPrivate);
    if (refusal !== null) throw new EgressRefusal(refusal);
    if (!hasProxy(proxy) || isLoopbackHost(hostname)) return new Pool(origin, settings);
    // Behind a proxy it is the proxy that resolves names: only the host's spelling can be checked then.
    const ProxyAgent = proxyAgent();
    return new ProxyAgent({ ...settings, ...proxy, connectTimeout: connectMs });
  }

  return {
    get(key) {
      const name = `${key.origin} ${key.allowPrivate} ${key.connectMs}`;
      let entry = entries.get(name);
      if (entry === undefined) {
        entry = { dispatcher: create(key), usedAt: 0 };
        entries.set(name, entry);
      }
      entry.usedAt = performance.now();
      return entry.dispatcher;
    },
    async close() {
      clearInterval(sweep);
      const dispatchers = [...entries.values()].map((entry) => entry.dispatcher);
      entries.clear();
      await Promise.all(dispatchers.map((dispatcher) => dispatcher.destroy()));
    },
  };
}

/** `close` lets requests in flight end, so a stream that outlives its pool's last use is not cut. */
function closeUnused(entries: Map<string, Entry>, idleMs: number): void {
  const now = performance.now();
  for (const [name, entry] of entries) {
    if (now - entry.usedAt < idleMs) continue;
    entries.delete(name);
    // Rejects only when it is destroyed meanwhile, which is just as well.
    entry.dispatcher.close().catch(() => undefined);
  }
}

function hasProxy(proxy: ProxySettings): boolean {
  return Boolean(proxy.httpProxy) || Boolean(proxy.httpsProxy);
}
