import type { Discovery } from '../discovery/discovery.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { KeptReplies } from '../replies/kept-replies.ts';
import type { TokenCounter } from '../translate/tokens/counter.ts';
import type { Pools } from '../upstream/pools.ts';

/** What outlives every exchange and every snapshot. */
export interface Services {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly pools: Pools;
  readonly tokens: TokenCounter;
  readonly replies: KeptReplies;
  readonly discovery: Pick<Discovery, 'begin'>;
  /** For the jitter of retries; from 0 to 1. */
  readonly random: () => number;
}
