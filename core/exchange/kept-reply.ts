import type { EncodedKept, Json, KeptReply, ModelInfo, Operation } from '@dragoman/plugin-sdk';
import { GatewayError } from '../errors/gateway-error.ts';
import { asGatewayError } from '../errors/upstream-error.ts';
import type { LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import { followChain, type KeptRow } from '../replies/kept-row.ts';
import { formatFrames } from '../translate/frames.ts';
import { parseTurn } from '../translate/inline-runner.ts';
import type { BaseContext, TranslateStep } from '../translate/runner.ts';
import { runAttempt } from './attempt.ts';
import type { Exchange } from './exchange.ts';
import type { Facts } from './facts.ts';
import { keepsReplies } from './keeping.ts';
import { planDialect, planFor } from './plans.ts';
import { requestIdHeaders } from './reply-headers.ts';
import type { Services } from './services.ts';
import { streamHeaders } from './stream-headers.ts';
import type { Tally } from './tally.ts';

const operations: ReadonlySet<Operation> = new Set([
  'get-response',
  'list-response-input',
  'delete-response',
]);

export function isAboutKept(operation: Operation): boolean {
  return operations.has(operation);
}

/**
 * A kept reply, what it was made from, or its end; only for the key that asked for it. The provider that keeps it itself
 * is asked, because it knows whether the reply has changed; otherwise, or when that provider is gone, the gateway's copy
 * serves.
 */
export async function serveKept(
  exchange: Exchange,
  facts: Facts,
  snapshot: Snapshot,
  services: Services,
  tally: Tally,
): Promise<void> {
  const { operation, owner, dialect, path } = exchange;
  const id = path.response ?? '';
  const find = await services.replies.open();
  const last = find(owner, id);
  if (last === null || last === 'foreign' || last.dialect !== dialect.id) throw unknown(id);
  const isDelete = operation === 'delete-response';
  const keeper = keeperOf(last, exchange, snapshot);
  if (keeper !== undefined) {
    try {
      await askKeeper(keeper, last, exchange, facts, snapshot, services, tally);
      if (isDelete) await services.replies.remove(owner, id);
      return;
    } catch (thrown) {
      const isGone = isDelete && asGatewayError(thrown, exchange.id).upstream?.status === 404;
      if (!isGone || exchange.sink.started) throw thrown;
    }
  }
  const rows = operation === 'list-response-input' ? followChain(find, last).rows : null;
  if (isDelete) await services.replies.remove(owner, id);
  await serveCopy(exchange, rows ?? [last], snapshot, tally);
}

function unknown(id: string): GatewayError {
  const reason = 'no such reply of this key: it was not stored, was deleted or has expired';
  return new GatewayError('GW_REPLY_UNKNOWN', { id: id.slice(0, 200), reason });
}

function keeperOf(
  { provider: name }: KeptRow,
  { dialect, operation }: Exchange,
  snapshot: Snapshot,
): LoadedProvider | undefined {
  const provider = name === null ? undefined : snapshot.providers.get(name);
  if (provider === undefined || !keepsReplies(provider, dialect)) return undefined;
  if (planFor(snapshot, dialect, provider, operation) === null) return undefined;
  const endpoints = Object.values(provider.declaration.endpoints ?? {});
  return endpoints.some((endpoint) => endpoint.operation === operation) ? provider : undefined;
}

/** An attempt like any other, about a reply in place of a model. */
async function askKeeper(
  provider: LoadedProvider,
  { id }: KeptRow,
  exchange: Exchange,
  facts: Facts,
  snapshot: Snapshot,
  services: Services,
  tally: Tally,
): Promise<void> {
  const credential = provider.credentials.find(({ disabled }) => disabled !== true) ?? null;
  const model: ModelInfo = { id, input: [], output: [], features: [] };
  await runAttempt(exchange, facts, { provider, model, credential }, snapshot, services, tally);
  // It was about a reply, not about a model.
  tally.record.upstreamModel = '';
}

async function serveCopy(
  exchange: Exchange,
  rows: readonly KeptRow[],
  snapshot: Snapshot,
  tally: Tally,
): Promise<void> {
  const { dialect, path, query, framing, sink } = exchange;
  const { module, config } = planDialect(dialect);
  const step: TranslateStep = {
    type: 'translate',
    module,
    target: `dialect:${dialect.id}`,
    function: 'encodeKept',
    config,
  };
  const kept: KeptReply = { turns: rows.map(parseTurn), path, query };
  const { output } = await snapshot.runner.call([step], kept as unknown as Json, contextOf(exchange), []);
  const { body, frames } = output as unknown as EncodedKept;
  const headers = requestIdHeaders(exchange.id, dialect);
  const isStream = frames !== undefined;
  const text = isStream
    ? formatFrames(frames, framing, { isFirst: true, isLast: true })
    : JSON.stringify(body ?? null);
  if (isStream) Object.assign(headers, streamHeaders(framing));
  else headers['content-type'] = 'application/json';
  headers['content-length'] = String(Buffer.byteLength(text));
  tally.firstByte(200);
  sink.head(200, headers);
  sink.end(text);
}

function contextOf({ id, now, operation, dialect }: Exchange): BaseContext {
  return {
    requestId: id,
    now,
    operation,
    model: { id: '', input: [], output: [], features: [] },
    provider: { id: '', family: '', dialect: dialect.id, options: {} },
    client: { dialect: dialect.id },
  };
}
