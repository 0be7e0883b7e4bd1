import { createRequire } from 'node:module';
import type * as undici from 'undici';

const load = createRequire(import.meta.url);

/**
 * The parts of undici that are used, from their own files: its index loads fetch, mocks, caches and more, which costs a
 * start 25 ms and the process 9 MB. The version is pinned, and every request to an upstream is a test of the paths.
 */
export const Pool: typeof undici.Pool = load('undici/lib/dispatcher/pool.js');
export const buildConnector: typeof undici.buildConnector = load('undici/lib/core/connect.js');

/** All of undici, only where a proxy is set: its index gives dispatchers the method `connect`, which tunnels need. */
export function proxyAgent(): typeof undici.EnvHttpProxyAgent {
  return (load('undici') as typeof undici).EnvHttpProxyAgent;
}
