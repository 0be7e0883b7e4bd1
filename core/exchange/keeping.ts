import { randomFillSync } from 'node:crypto';
import type { LoadedDialect, LoadedProvider, Snapshot } from '../plugins/snapshot.ts';
import type { FindRow, KeptRow } from '../replies/kept-row.ts';
import type { ReplyMemory } from '../replies/reply-memory.ts';
import { parseRequest } from '../translate/inline-runner.ts';
import type { BaseContext } from '../translate/runner.ts';
import type { Exchange, Keeping } from './exchange.ts';
import type { KeepFacts } from './facts.ts';
import { KeepingSink } from './keeping-sink.ts';
import { planDialect } from './plans.ts';
import type { Services } from './services.ts';
import type { Tally } from './tally.ts';

/** The exchange with what it continues, and with a sink that keeps its reply. A promise only where a file is read. */
export function withKeeping(
  exchange: Exchange,
  facts: KeepFacts,
  snapshot: Snapshot,
  services: Services,
  tally: Tally,
): Exchange | Promise<Exchange> {
  const { previous } = facts;
  const mark = exchange.route.keep?.references;
  const refers = mark !== undefined && exchange.body.includes(mark);
  if (previous === undefined && !refers)
    return keepReply(exchange, facts, nothing, snapshot, services, tally);
  return lookUp(exchange, previous, refers, snapshot, services).then((known) =>
    keepReply(exchange, facts, known, snapshot, services, tally),
  );
}

type Known = Pick<Keeping, 'last' | 'find' | 'referred'>;
const nothing: Known = { last: null, find: () => null, referred: [] };

async function lookUp(
  exchange: Exchange,
  previous: string | undefined,
  refers: boolean,
  snapshot: Snapshot,
  services: Services,
): Promise<Known> {
  const { owner, dialect } = exchange;
  const ids = refers ? await findReferences(exchange, snapshot) : [];
  const find = withMemory(await services.replies.open(), exchange.memory);
  const referred: KeptRow[] = [];
  for (const id of ids) {
    const row = find(owner, id);
    if (row !== null && row !== 'foreign' && row.dialect === dialect.id) referred.push(row);
  }
  return { last: previous === undefined ? null : find(owner, previous), find, referred };
}

async function findReferences(exchange: Exchange, snapshot: Snapshot): Promise<string[]> {
  const { module, config, id } = planDialect(exchange.dialect);
  const target = `dialect:${id}` as const;
  const step = { type: 'translate', module, target, function: 'findReferences', config } as const;
  const context: BaseContext = {
    requestId: exchange.id,
    now: exchange.now,
    operation: exchange.operation,
    model: { id: '', input: [], output: [], features: [] },
    provider: { id: '', family: '', dialect: '', options: {} },
    client: { dialect: id },
  };
  const { output } = await snapshot.runner.call([step], parseRequest(exchange), context, []);
  return output as string[];
}

/** What a connection remembers comes first: it may be there alone. */
function withMemory(find: FindRow, memory: ReplyMemory | undefined): FindRow {
  return memory === undefined ? find : (owner, id) => memory.get(id) ?? find(owner, id);
}

function keepReply(
  exchange: Exchange,
  facts: KeepFacts,
  known: Known,
  snapshot: Snapshot,
  services: Services,
  tally: Tally,
): Exchange {
  const { dialect, owner, memory, route } = exchange;
  const isStored = facts.isWanted && snapshot.settings.replies.keep;
  const reply = isStored || memory !== undefined ? { id: newReplyId(), isStored } : undefined;
  const keeping: Keeping = { reply, previous: facts.previous, ...known };
  if (reply === undefined || route.keep === undefined) return { ...exchange, keeping };
  const sink = new KeepingSink(exchange.sink, route.keep, exchange.framing, (id, bytes) => {
    const provider = snapshot.providers.get(tally.record.provider);
    const knows = facts.isWanted && provider !== undefined && keepsReplies(provider, dialect);
    const row = {
      id,
      owner,
      dialect: dialect.id,
      previous: facts.previous ?? null,
      provider: knows ? provider.name : null,
      input: facts.input,
      reply: bytes,
    };
    if (isStored) services.replies.put(row);
    memory?.put(row);
  });
  return { ...exchange, keeping, sink };
}

/** Replies of this provider can be asked for by the id it gave them. */
export function keepsReplies({ dialect, declaration }: LoadedProvider, client: LoadedDialect): boolean {
  if (dialect !== client.id) return false;
  for (const name in declaration.endpoints) {
    if (declaration.endpoints[name]?.operation === 'get-response') return true;
  }
  return false;
}

const idBytes = 16;
const drawn = Buffer.alloc(idBytes * 64);
let at = drawn.length;

/** 128 random bits: nobody guesses the id of another's reply. Drawn 64 at a time. */
function newReplyId(): string {
  if (at === drawn.length) {
    randomFillSync(drawn);
    at = 0;
  }
  at += idBytes;
  return drawn.toString('hex', at - idBytes, at);
}
