import type { JsonObject, Warning } from '@dragoman/plugin-sdk';
import type { Attempt } from '../router/decide.ts';
import { parseBody } from '../translate/parse-body.ts';
import type { TranslationPlan } from '../translate/plan.ts';
import { applyEdits } from '../translate/quirks.ts';
import type { Memos, RequestInput } from '../translate/runner.ts';
import type { AttemptJob } from './attempt-job.ts';
import type { Exchange } from './exchange.ts';
import type { Facts } from './facts.ts';
import { spliceBody } from './scan-body.ts';

/** What an attempt sends, before address and credential. Made once per attempt: its retries send the same. */
export interface Prepared {
  /** Null for a request without one (GET). */
  body: Buffer | string | null;
  endpoint: string | undefined;
  /** Its name in the address; absent: the provider's id of it. */
  model?: string | undefined;
  query: Record<string, string>;
  headers: Record<string, string>;
  warnings: readonly Warning[];
  memos: Memos;
}

export function prepare(job: AttemptJob): Prepared | Promise<Prepared> {
  const { exchange, facts, attempt, plan, context, snapshot } = job;
  if (plan.passThrough) return passThrough(exchange, facts, attempt, plan);
  const output = snapshot.runner.request(plan.request, requestInput(job), context);
  return output instanceof Promise ? output.then(translated) : translated(output);
}

/** What the client sent, with the kept replies it builds on. */
export function requestInput({ exchange, told }: AttemptJob): RequestInput {
  if (told === undefined) return exchange;
  const { path, query, headers, body } = exchange;
  return { path, query, headers, body, ...told };
}

function translated(output: {
  body: Buffer | string;
  endpoint?: string;
  model?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  warnings: Warning[];
  memos: Memos;
}): Prepared {
  return {
    body: output.body,
    endpoint: output.endpoint,
    model: output.model,
    query: output.query ?? {},
    headers: output.headers ?? {},
    warnings: output.warnings,
    memos: output.memos,
  };
}

/** Same dialect on both sides: the client's bytes, with the model's name changed where the upstream has another. */
function passThrough(exchange: Exchange, facts: Facts, attempt: Attempt, plan: TranslationPlan): Prepared {
  const prepared: Prepared = {
    body: exchange.method === 'GET' || exchange.method === 'DELETE' ? null : exchange.body,
    endpoint: exchange.route.endpoint,
    query: exchange.query,
    headers: exchange.headers,
    warnings: [],
    memos: [],
  };
  if (plan.raw && exchange.body.length === 0) prepared.body = null;
  if (prepared.body === null) return prepared;
  if (plan.edits !== null) return edited(exchange, attempt, plan.edits, prepared);
  if (facts.model === attempt.model.id) return prepared;
  if (facts.modelSpan === null) return edited(exchange, attempt, {}, prepared);
  prepared.body = spliceBody(exchange.body, facts.modelSpan, JSON.stringify(attempt.model.id));
  return prepared;
}

function edited(
  exchange: Exchange,
  attempt: Attempt,
  edits: NonNullable<TranslationPlan['edits']>,
  prepared: Prepared,
): Prepared {
  const body = parseBody(exchange.body) as JsonObject;
  if (body.model !== undefined) body.model = attempt.model.id;
  prepared.warnings = applyEdits(body, edits);
  prepared.body = JSON.stringify(body);
  return prepared;
}
