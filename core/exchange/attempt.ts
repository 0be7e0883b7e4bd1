import type { UpstreamError, WireResponse } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Snapshot } from '../plugins/snapshot.ts';
import type { Attempt } from '../router/decide.ts';
import { parseResponse } from '../translate/inline-runner.ts';
import type { TranslationPlan } from '../translate/plan.ts';
import type { BaseContext } from '../translate/runner.ts';
import { decideRetry } from '../upstream/retry.ts';
import type { Exchange } from './exchange.ts';
import type { Facts } from './facts.ts';
import { serveLocal } from './local.ts';
import { refuseLoss, warningHeaders } from './loss.ts';
import { planFor } from './plans.ts';
import { type Prepared, prepare } from './prepare.ts';
import { deliverWhole, type WholeReply } from './reply.ts';
import { replyHeaders } from './reply-headers.ts';
import type { Services } from './services.ts';
import type { Tally } from './tally.ts';
import { sendPrepared } from './send-prepared.ts';

/** One attempt with all it needs. */
export interface AttemptJob {
  exchange: Exchange;
  facts: Facts;
  attempt: Attempt;
  snapshot: Snapshot;
  services: Services;
  tally: Tally;
  plan: TranslationPlan;
  context: BaseContext;
}

/** One try at one provider with one credential, its retries included. Throws when it could not serve. */
export async function runAttempt(
  exchange: Exchange,
  facts: Facts,
  attempt: Attempt,
  snapshot: Snapshot,
  services: Services,
  tally: Tally,
): Promise<void> {
  const job = buildJob(exchange, facts, attempt, snapshot, services, tally);
  tally.record.provider = attempt.provider.name;
  tally.record.upstreamModel = attempt.model.id;
  tally.record.passThrough = job.plan.passThrough;
  tally.warnings.length = 0;
  if (job.plan.local) {
    tally.record.attempts++;
    await serveLocal({
      exchange,
      plan: job.plan,
      runner: snapshot.runner,
      context: job.context,
      tally,
      headers: replyHeaders(job, {}),
      stream: facts.stream,
      framing: clientFraming(exchange),
      provider: attempt.provider.name,
      eventsPerSecond: Number(attempt.provider.config.eventsPerSecond ?? 0),
    });
    return;
  }
  const made = prepare(exchange, facts, attempt, job.plan, snapshot.runner, job.context);
  const prepared = made instanceof Promise ? await made : made;
  tally.warn(prepared.warnings);
  refuseLoss(exchange.loss, prepared.warnings, attempt.provider.name);
  await tryUntilServed(job, prepared);
}

function buildJob(
  exchange: Exchange,
  facts: Facts,
  attempt: Attempt,
  snapshot: Snapshot,
  services: Services,
  tally: Tally,
): AttemptJob {
  const { provider } = attempt;
  let plan = planFor(snapshot, exchange.dialect, provider, exchange.operation);
  if (plan === null) {
    throw new GatewayError('GW_TRANSLATE_UNSUPPORTED', {
      reason: `'${exchange.operation}' can only go to a provider that speaks ${exchange.dialect.id}; ${provider.name} speaks ${provider.dialect}`,
    });
  }
  if (plan.passThrough && asksUsage(exchange, facts, snapshot)) plan = { ...plan, passThrough: false };
  const context: BaseContext = {
    requestId: exchange.id,
    now: exchange.now,
    operation: exchange.operation,
    model: attempt.model,
    provider: {
      id: provider.declaration.id,
      family: provider.family,
      dialect: provider.dialect,
      options: provider.options,
    },
    client: { dialect: exchange.dialect.id },
  };
  return { exchange, facts, attempt, snapshot, services, tally, plan, context };
}

/** With `askUsage` a stream of a dialect that counts only on request is translated: encoding asks, and hides the answer. */
function asksUsage(exchange: Exchange, facts: Facts, snapshot: Snapshot): boolean {
  const { askUsage } = snapshot.settings.translation;
  return askUsage && facts.stream && exchange.dialect.declaration.usageOnRequest === true;
}

async function tryUntilServed(job: AttemptJob, prepared: Prepared): Promise<void> {
  const { exchange, attempt, services, tally } = job;
  for (let retry = 0; ; retry++) {
    tally.record.attempts++;
    const failure = await tryOnce(job, prepared);
    services.metrics.recordAttempt(attempt.provider.name, outcomeOf(failure));
    if (failure === null) return;
    if (exchange.sink.started || exchange.sink.closed) throw failure;
    const waitMs = decideRetry({ retry, failure, provider: attempt.provider, random: services.random });
    if (waitMs === null) throw failure;
    await pause(waitMs, exchange);
  }
}
