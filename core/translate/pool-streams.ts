import type { GatewayError } from '../errors/gateway-error.ts';
import { deathError, maxKills, replyError } from './pool-death.ts';
import { limitOf } from './pool-limits.ts';
import type { PackedPlan, StreamCall, StreamReply } from './pool-messages.ts';
import type { Death, Job, Outcome, Threads } from './pool-threads.ts';
import type { ModuleRef } from './runner.ts';

/** More than this in one message would hold up everything else on the thread. */
const maxBatch = 256;

export type StreamDone = Extract<StreamReply, { ok: true }>;
export interface StreamBatches {
  /** Runs a stream's next call in a batch with all others that wait. Never refuses for want of room. */
  push(plan: PackedPlan, call: StreamCall): Promise<StreamDone>;
}

interface Entry {
  plan: PackedPlan;
  call: StreamCall;
  resolve(reply: StreamDone): void;
  reject(error: unknown): void;
}

/**
 * One task per event costs more than the event: what streams wait for in a tick, and while all threads are busy, goes in
 * one batch. When a batch dies its calls are run again, each by itself, so that only the guilty one fails.
 */
export function createStreamBatches(
  threads: Threads,
  refusal: (modules: readonly ModuleRef[]) => GatewayError | null,
): StreamBatches {
  const waiting = new Map<string, Entry[]>();

  function flush(group: string): void {
    let entries: Entry[] | undefined;
    run(() => {
      // Taken when a thread is free, not now: until then the batch grows.
      entries ??= take(group);
      return entries;
    }, false);
  }
  function take(group: string): Entry[] {
    const all = waiting.get(group) ?? [];
    waiting.delete(group);
    if (all.length <= maxBatch) return all;
    waiting.set(group, all.slice(maxBatch));
    setImmediate(flush, group);
    return all.slice(0, maxBatch);
  }
  async function run(batch: () => Entry[], isRepeat: boolean): Promise<void> {
    try {
      const job = batchJob(batch);
      // Others of its batch hung: it would most likely cost a thread as they did.
      if (isRepeat) job.refusal = () => refusal(modulesOf(batch()));
      let outcome = await threads.run(job, isRepeat ? 'next' : 'last');
      for (let kills = 0; kills < maxKills && isKilled(outcome); kills++) {
        outcome = await threads.run(job, 'next');
      }
      if (outcome.type === 'done') settle(batch(), outcome.result as StreamReply[]);
      else mourn(batch(), outcome.death, isRepeat);
    } catch (error) {
      for (const entry of batch()) entry.reject(error);
    }
  }
  /** Only a time-out is sure to be the fault of the call that ran; a thread may die of what an earlier one left in it. */
  function mourn(entries: Entry[], death: Death, isRepeat: boolean): void {
    const isGuilty = death.cause === 'timeout' || isRepeat;
    for (let index = 0; index < entries.length; index++) {
      const entry = entries[index] as Entry;
      if (isGuilty && index === death.item) entry.reject(deathError(entry.plan, death));
      else run(() => [entry], true);
    }
  }

  return {
    push(plan, call) {
      return new Promise((resolve, reject) => {
        const entry = { plan, call, resolve, reject };
        const others = waiting.get(plan.group);
        if (others !== undefined) {
          others.push(entry);
          return;
        }
        waiting.set(plan.group, [entry]);
        setImmediate(flush, plan.group);
      });
    },
  };
}

function isKilled(outcome: Outcome): boolean {
  return outcome.type === 'died' && outcome.death.cause === 'killed';
}

function modulesOf(entries: readonly Entry[]): ModuleRef[] {
  return entries.flatMap(({ plan }) => plan.calls.map(({ module }) => module));
}

function batchJob(entries: () => Entry[]): Job {
  return {
    make: () => ({ call: { type: 'streams', calls: entries().map((entry) => entry.call) }, transfer: [] }),
    leastMs: () => entries().reduce((least, { plan }) => Math.min(least, plan.leastMs), 10_000),
    limitMs: (item, call) => limitOf(entries()[item]?.plan.calls[call]),
    pluginOf: (item, call) => entries()[item]?.plan.calls[call]?.module.plugin ?? '',
  };
}

function settle(entries: Entry[], replies: StreamReply[]): void {
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] as Entry;
    const reply = replies[index] as StreamReply;
    if (reply.ok) entry.resolve(reply);
    else entry.reject(replyError(reply.error));
  }
}
