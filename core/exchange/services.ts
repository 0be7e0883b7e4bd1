import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { Upstreams } from '../upstream/pools.ts';

/** What outlives every exchange and every snapshot. */
export interface Services {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly upstreams: Upstreams;
  /** For the jitter of retries; from 0 to 1. */
  readonly random: () => number;
}
