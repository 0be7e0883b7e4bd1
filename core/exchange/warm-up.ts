import type { CanonicalEvent } from '@dragoman/plugin-sdk';
import type { Snapshot } from '../plugins/snapshot.ts';
import type { Attempt } from '../router/decide.ts';
import { parseRequest } from '../translate/inline-runner.ts';
import { buildContext } from './attempt.ts';
import type { Exchange } from './exchange.ts';
import { planDialect } from './plans.ts';
import { requestIdHeaders } from './reply-headers.ts';
import { StreamDelivery } from './stream.ts';
import { streamHeaders } from './stream-headers.ts';
import type { Tally } from './tally.ts';

const nothing: CanonicalEvent[] = [
  { type: 'response-start', id: '', model: '' },
  { type: 'usage', usage: { inputTokens: 0, outputTokens: 0 } },
  { type: 'response-end', finish: { reason: 'stop' } },
];

/** A request that only says what later ones will build on: an empty reply, made here. No provider is asked. */
export async function serveWarmUp(
  exchange: Exchange,
  attempt: Attempt,
  snapshot: Snapshot,
  tally: Tally,
): Promise<void> {
  const { dialect, framing, sink } = exchange;
  const { id, module, config } = planDialect(dialect);
  const target = `dialect:${id}` as const;
  const context = buildContext(exchange, attempt);
  const decode = { type: 'translate', module, target, function: 'decodeRequest', config } as const;
  const encode = { type: 'translate', module, target, function: 'encodeStream', config, memoOf: 0 } as const;
  const { memos } = await snapshot.runner.call([decode], parseRequest(exchange), context, []);
  const run = snapshot.runner.stream([encode], framing, context, memos);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers = { ...requestIdHeaders(exchange.id, dialect), ...streamHeaders(framing) };
  const settle = (error?: unknown): void => (error === undefined ? resolve() : reject(error));
  const reply = { sink, headers, tally, requestId: exchange.id, provider: attempt.provider.name, settle };
  await new StreamDelivery(run, null, reply, { resume() {}, abort() {} }).events(nothing, 'complete');
  await promise;
}
