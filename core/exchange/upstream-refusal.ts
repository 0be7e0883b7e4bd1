import type { UpstreamError, WireResponse } from '@dragoman/plugin-sdk';
import { secretsOf } from '../auth/credential.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { parseResponse } from '../translate/inline-runner.ts';
import { type RetryHints, readRetryHints } from '../upstream/retry-after.ts';
import type { AttemptJob } from './attempt-job.ts';
import { translatorHeaders, type WholeReply } from './reply.ts';

/** An upstream's refusal, in the hub's words, with what it said about coming back. */
export interface Refusal {
  error: GatewayError;
  hints: RetryHints;
}

/** Reads an answer whose status is not 2xx with the provider's dialect. */
export async function readRefusal(job: AttemptJob, whole: WholeReply): Promise<Refusal> {
  const { attempt, snapshot, plan, context } = job;
  const { status, headers } = whole;
  const body = scrub(whole.body, job);
  // Of this moment, not of the arrival: the service may have taken minutes to say so.
  const hints = readRetryHints(status, headers, Date.now(), attempt.provider.declaration.retry?.afterHeader);
  const answer = parseResponse({ status, headers: translatorHeaders(job, headers), body });
  let upstream: UpstreamError;
  try {
    const run = await snapshot.runner.call(plan.decodeError, answer, context, []);
    upstream = run.output as unknown as UpstreamError;
  } catch {
    // A decoder that cannot read an error page must not hide that there was one.
    upstream = { kind: 'unknown', message: `${attempt.provider.name} answered with status ${status}` };
  }
  upstream.status = status;
  if (hints.retryAfterMs !== undefined) upstream.retryAfterMs = hints.retryAfterMs;
  if (status === 401 || status === 403) {
    logRefusal(job, status, upstream.message);
    upstream.message = `${attempt.provider.name}: the provider refused the gateway's credential`;
    // Its body would be taken for a refusal of the client's own key; what it says is in the log.
    delete upstream.raw;
  }
  // A load balancer's page is no answer of the dialect: its clients read JSON.
  const isOfDialect = typeof (answer as unknown as WireResponse).body === 'object';
  const passed =
    plan.passThrough && isOfDialect
      ? { status, contentType: headers['content-type'] ?? 'application/json', body }
      : undefined;
  const error = new GatewayError('GW_UPSTREAM_STATUS', { reason: upstream.message }, { upstream, passed });
  return { error, hints };
}

/** The client is not told what only the operator can put right: a key that has expired, a model the account may not use. */
function logRefusal({ attempt, exchange, services }: AttemptJob, status: number, reason: string): void {
  services.log.warn('a provider refused a credential', {
    requestId: exchange.id,
    provider: attempt.provider.name,
    credential: attempt.credential?.id,
    status,
    reason: reason.slice(0, maxReasonLength),
  });
}

const maxReasonLength = 300;

/** Some services repeat the key they refuse, or the request they could not verify. */
function scrub(body: Buffer, job: AttemptJob): Buffer {
  const { credential } = job.attempt;
  if (credential === null) return body;
  let clean = body;
  for (const secret of secretsOf(credential)) {
    const key = secret.reveal();
    if (clean.includes(key)) clean = Buffer.from(clean.toString('utf8').replaceAll(key, '[secret]'));
  }
  return clean;
}
