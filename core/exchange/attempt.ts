import { GatewayError } from '../errors/gateway-error.ts';
import type { LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import type { Attempt } from '../router/decide.ts';
import type { TranslationPlan } from '../translate/plan.ts';
import type { BaseContext } from '../translate/runner.ts';
import { decideRetry, retryFacts } from '../upstream/retry.ts';
import { RetryBudget } from '../upstream/retry-budget.ts';
import { asAttemptError } from './attempt-error.ts';
import type { AttemptJob } from './attempt-job.ts';
import { fetchReply } from './converse.ts';
import { deliverAsStream } from './deliver-as-stream.ts';
import { estimateCount, isMissingEndpoint, whyEstimated } from './estimate-count.ts';
import type { Exchange } from './exchange.ts';
import type { Facts } from './facts.ts';
import { serveLocal } from './local.ts';
import { refuseLoss } from './loss.ts';
import { mustTranslate } from './must-translate.ts';
import { attemptOutcome } from './outcome.ts';
import { planFor } from './plans.ts';
import { type Prepared, prepare } from './prepare.ts';
import { deliverWhole } from './reply.ts';
import type { ReplySink } from './reply-sink.ts';
import { repliesToTell } from './resume.ts';
import type { Services } from './services.ts';
import type { Tally } from './tally.ts';
import { type Refusal, readRefusal } from './upstream-refusal.ts';

/** One try at one provider with one credential, its retries included. Throws GatewayError when it could not serve. */
export async function runAttempt(
  exchange: Exchange,
  facts: Facts,
  attempt: Attempt,
  snapshot: Snapshot,
  services: Services,
  tally: Tally,
): Promise<void> {
  tally.begin(attempt.provider.name, attempt.model.id);
  const maxBytes = snapshot.settings.server.maxBodyMb * 1_048_576;
  const { keeping } = exchange;
  const told = keeping === undefined ? undefined : repliesToTell(exchange, attempt.provider, maxBytes);
  const plan = choosePlan(exchange, facts, attempt, snapshot, told !== undefined);
  tally.record.passThrough = plan.passThrough;
  const context = buildContext(exchange, attempt);
  const job: AttemptJob = { exchange, facts, attempt, snapshot, services, tally, plan, context, told };
  const why = exchange.operation === 'count-tokens' ? whyEstimated(attempt.provider, snapshot) : null;
  if (why !== null || plan.local) {
    tally.record.attempts++;
    await (why !== null ? estimateCount(job, why) : serveLocal(job));
    return;
  }
  const made = prepare(job);
  const prepared = made instanceof Promise ? await made : made;
  tally.warn(prepared.warnings);
  refuseLoss(exchange.loss, prepared.warnings, attempt.provider.name);
  await (exchange.operation === 'count-tokens' ? count(job, prepared) : tryUntilServed(job, prepared));
}

/** A service that has no such endpoint after all, as many behind a general address have none, is estimated for. */
async function count(job: AttemptJob, prepared: Prepared): Promise<void> {
  try {
    await tryUntilServed(job, prepared);
  } catch (thrown) {
    const { provider, model } = job.attempt;
    if (!GatewayError.is(thrown) || !isMissingEndpoint(thrown, model.id)) throw thrown;
    job.tally.begin(provider.name, model.id);
    await estimateCount(
      job,
      `'${provider.name}' has no endpoint that counts tokens, it answered ${thrown.upstream?.status}`,
    );
  }
}

function choosePlan(
  exchange: Exchange,
  facts: Facts,
  attempt: Attempt,
  snapshot: Snapshot,
  isTold: boolean,
): TranslationPlan {
  const { dialect, operation } = exchange;
  const { provider } = attempt;
  const plan = planFor(snapshot, dialect, provider, operation);
  if (plan === null) {
    throw new GatewayError('GW_TRANSLATE_UNSUPPORTED', {
      reason: `'${exchange.route.endpoint ?? operation}' can only go to a provider that speaks ${dialect.id}; '${provider.name}' speaks ${provider.dialect || 'none'}`,
    });
  }
  if (!plan.passThrough) return plan;
  if (isTold) return { ...plan, passThrough: false };
  const { framing, body, headers } = exchange;
  const request = { dialect, operation, isStream: facts.stream, framing, body, seen: facts.seen, headers };
  return mustTranslate(request, provider, snapshot) ? { ...plan, passThrough: false } : plan;
}

export function buildContext(exchange: Exchange, { provider, model }: Attempt): BaseContext {
  return {
    requestId: exchange.id,
    now: exchange.now,
    operation: exchange.operation,
    model,
    provider: {
      id: provider.declaration.id,
      family: provider.family,
      dialect: provider.dialect,
      options: provider.options,
    },
    client: clientOf(exchange),
  };
}

function clientOf({ dialect, keeping }: Exchange): BaseContext['client'] {
  const reply = keeping?.reply;
  return reply === undefined ? { dialect: dialect.id } : { dialect: dialect.id, reply };
}

async function tryUntilServed(job: AttemptJob, prepared: Prepared): Promise<void> {
  const { exchange, attempt, services, tally } = job;
  const { random } = services;
  const { statuses } = attempt.provider.declaration.retry ?? {};
  const settings = { retries: attempt.provider.retries, statuses };
  const budget = budgetOf(attempt.provider);
  budget.earn();
  for (let tries = 1; ; tries++) {
    tally.record.attempts++;
    const failure = await tryOnce(job, prepared);
    services.metrics.recordAttempt(attempt.provider.name, attemptOutcome(failure?.error));
    if (failure === null) return;
    const { error, hints } = failure;
    if (exchange.sink.started || exchange.sink.closed || exchange.upload?.isSpent === true) throw error;
    const decision = decideRetry({ attempt: tries, ...retryFacts(error), ...hints, settings, random });
    if (!decision.retry || !budget.spend()) throw error;
    await waitOpen(decision.delayMs, exchange.sink);
  }
}

const budgets = new WeakMap<LoadedProvider, RetryBudget>();

function budgetOf(provider: LoadedProvider): RetryBudget {
  let budget = budgets.get(provider);
  if (budget === undefined) {
    budget = new RetryBudget();
    budgets.set(provider, budget);
  }
  return budget;
}

/** Null when the client has its answer. */
async function tryOnce(
  job: AttemptJob,
  prepared: Prepared,
): Promise<(Partial<Refusal> & { error: GatewayError }) | null> {
  try {
    const whole = await fetchReply(job, prepared);
    if (whole === null) return null;
    if (whole.status < 200 || whole.status > 299) return await readRefusal(job, whole);
    if (job.facts.stream && !job.plan.passThrough) await deliverAsStream(job, prepared, whole);
    else await deliverWhole(job, prepared, whole);
    return null;
  } catch (thrown) {
    const { exchange, attempt } = job;
    return { error: asAttemptError(thrown, exchange.id, attempt.provider.name) };
  }
}

/** Waits before a retry, and no longer than the client and the gateway do. */
function waitOpen(delayMs: number, sink: ReplySink): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, delayMs);
    sink.onStop = (why) => {
      clearTimeout(timer);
      reject(why);
    };
  });
}
