import { type CountResponse, type Json, UNSUPPORTED_OPERATION, type Warning } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import type { LoadedDialect, LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import type { Step } from '../translate/runner.ts';
import { encodingName } from '../translate/tokens/counter.ts';
import type { AttemptJob } from './attempt-job.ts';
import { warningHeaders } from './loss.ts';
import { planDialect } from './plans.ts';
import { requestInput } from './prepare.ts';
import { replyHeaders } from './reply-headers.ts';

/** Why a provider's tokens have to be estimated; null when it counts itself. */
export function whyEstimated(provider: LoadedProvider, snapshot: Snapshot): string | null {
  const { name, local, declaration } = provider;
  if (local !== null) {
    const functions = local.functions?.[`provider:${declaration.id}`];
    return functions === undefined || functions.includes('count') ? null : `'${name}' does not count tokens`;
  }
  const endpoints = Object.values(declaration.endpoints ?? {});
  const isOffered = endpoints.some((endpoint) => endpoint.operation === 'count-tokens');
  const functions = snapshot.dialects.get(provider.dialect)?.module.functions?.[
    `dialect:${provider.dialect}`
  ];
  const isSpoken = functions === undefined || functions.includes('encodeCountRequest');
  return isOffered && isSpoken ? null : `'${name}' has no endpoint that counts tokens`;
}

/**
 * The service turned out to have no such endpoint: the path or the method is not there, or its dialect knows that it does
 * not count for this model. An unknown model is told.
 */
export function isMissingEndpoint({ code, upstream }: GatewayError, model: string): boolean {
  if (code !== 'GW_UPSTREAM_STATUS' || upstream === undefined) return false;
  if (upstream.code === UNSUPPORTED_OPERATION) return true;
  if (upstream.status === 405 || upstream.status === 501) return true;
  return upstream.status === 404 && !upstream.message.includes(model);
}

/** Counts with a tokenizer of our own and says so: in a warning, and in `x-dragoman-estimated`. */
export async function estimateCount(job: AttemptJob, why: string): Promise<void> {
  const { exchange, attempt, snapshot, services, context, tally } = job;
  const { request, response } = stepsFor(exchange.dialect);
  const collected = await snapshot.runner.request(request, requestInput(job), context);
  const inputTokens = await services.tokens.count(collected.body);
  const count: CountResponse = { inputTokens, estimated: true };
  const encoded = await snapshot.runner.call(response, count as unknown as Json, context, collected.memos);
  if (exchange.sink.closed) throw new GatewayError('GW_CLIENT_ABORTED');
  tally.warn([...collected.warnings, estimated(why), ...encoded.warnings]);
  tally.record.provider = attempt.provider.name;
  tally.used({ inputTokens }, undefined);
  const body = JSON.stringify(encoded.output);
  tally.firstByte(200);
  exchange.sink.head(200, {
    ...replyHeaders(job, {}),
    ...warningHeaders(tally.warnings),
    'x-dragoman-estimated': 'true',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  });
  exchange.sink.end(body);
}

function estimated(why: string): Warning {
  const message = `${why}: the count is an estimate with the ${encodingName} tokenizer`;
  return { code: 'approximated', path: '', message };
}

interface EstimateSteps {
  request: Step[];
  response: Step[];
}
/** The very lists each time: pools keep what they packed by them. */
const compiled = new WeakMap<LoadedDialect, EstimateSteps>();

function stepsFor(dialect: LoadedDialect): EstimateSteps {
  let steps = compiled.get(dialect);
  if (steps === undefined) {
    const { id, module, config } = planDialect(dialect);
    const at = { type: 'translate', module, target: `dialect:${id}`, config } as const;
    steps = {
      request: [{ ...at, function: 'decodeCount' }, { type: 'collect' }],
      response: [{ ...at, function: 'encodeCount', memoOf: 0 }],
    };
    compiled.set(dialect, steps);
  }
  return steps;
}
