import type { Snapshot } from '../plugins/snapshot.ts';
import type { Attempt } from '../router/decide.ts';
import type { TranslationPlan } from '../translate/plan.ts';
import type { BaseContext } from '../translate/runner.ts';
import type { Exchange } from './exchange.ts';
import type { Facts } from './facts.ts';
import type { ToldReplies } from './resume.ts';
import type { Services } from './services.ts';
import type { Tally } from './tally.ts';

/** One attempt with all it needs. */
export interface AttemptJob {
  readonly exchange: Exchange;
  readonly facts: Facts;
  readonly attempt: Attempt;
  readonly snapshot: Snapshot;
  readonly services: Services;
  readonly tally: Tally;
  readonly plan: TranslationPlan;
  readonly context: BaseContext;
  /** Kept replies that the provider has to be told with this request; undefined: none. */
  readonly told: ToldReplies | undefined;
}
