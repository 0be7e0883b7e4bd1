import { GatewayError } from '../errors/gateway-error.ts';
import {
  loadingOwn,
  loadingPlugin,
  monotonicMs,
  progressCall,
  progressExited,
  progressItem,
  progressLoading,
  progressSince,
  progressSlots,
  progressThread,
  type WorkerCall,
  type WorkerTask,
} from './pool-messages.ts';

/** A worker that has not begun, or is still loading code, after this long is not going to. */
const startLimitMs = 10_000;
/** The same of code of the gateway's own: on a slow machine it takes its time, and another thread would take as long. */
const ownLimitMs = 60_000;
const leastLoadMs = 1_000;
/** So often a thread at work is asked for its memory. */
const lookMs = 20;
/** Code is loaded once per thread: so many times as long as one call may take. */
const loadFactor = 5;
/** Others wait for the thread meanwhile. */
const mostLoadMs = 10_000;
/** A job whose thread was ended before it had the job's code has cost nothing: another thread is tried, so often and so long. */
const maxStarts = 100;
const startsForMs = 30_000;

export interface Job {
  /**
   * Makes the message, when a thread is free and again for a repeat: what is moved to a thread is gone.
   */
  make(): { call: WorkerCall; transfer: ArrayBuffer[] };
  /** The shortest limit of any of its calls; asked after `make`. */
  leastMs(): number;
  /** Asked when a thread is free for it: an error, if by now it is not worth one. */
  refusal?(): GatewayError | null;
  /** How long the call with this number (of this item of a batch) may take. */
  limitMs(item: number, call: number): number;
  /** Whose call it is. */
  pluginOf(item: number, call: number): string;
}
/**
 * Where a task was when its thread died. `exit`: code in the thread ended it. `killed`: somebody outside did, which says
 * nothing about the call.
 */
export interface Death {
  cause: 'timeout' | 'memory' | 'exit' | 'killed' | 'start';
  item: number;
  call: number;
  loading: boolean;
  limitMs: number;
  reason: string;
}
export type Outcome = { type: 'done'; result: unknown } | { type: 'died'; death: Death };

/** Anything that runs a task on a thread of its own: Piscina, whose types are made for other callers. */
export interface TaskPool {
  run(task: WorkerTask, options: { transferList: ArrayBuffer[]; signal: AbortSignal }): Promise<unknown>;
  /** Whether the thread with this number holds more than it may; answered while it runs whatever it runs. */
  isFull(threadId: number): Promise<boolean>;
  destroy(): Promise<void>;
}

/**
 * Where a job waits when all threads are busy: at the end of the queue if there is room, at its end although there is
 * none (streams under way), or at its head (a call that is run again).
 */
export type Place = 'if-room' | 'last' | 'next';

export interface Threads {
  /** Fails with GW_TRANSLATE_BUSY, or with the job's own refusal. */
  run(job: Job, place?: Place): Promise<Outcome>;
  /** Waits for all jobs, then ends the threads. */
  close(): Promise<void>;
}
export interface ThreadsOptions {
  threads: number;
  maxQueue: number;
  /** Makes the pool when the first job needs it. */
  open(): Promise<TaskPool>;
}

interface Entry {
  job: Job;
  settle(outcome: Outcome): void;
  refuse(error: GatewayError): void;
}

/**
 * Jobs over the threads of one Piscina. The queue is ours: Piscina is given one job per thread, so that a job's time
 * begins when a thread takes it up, and a batch takes in what came while it waited.
 */
export function createThreads(options: ThreadsOptions): Threads {
  const queue: Entry[] = [];
  const spare: Float64Array[] = [];
  let running = 0;
  let isClosed = false;
  let opening: Promise<TaskPool> | undefined;
  let idle: (() => void) | undefined;

  function start(entry: Entry): void {
    running++;
    const progress = spare.pop() ?? new Float64Array(new SharedArrayBuffer(8 * progressSlots));
    progress.fill(0);
    opening ??= options.open();
    opening
      .then((pool) => runTaken(pool, entry.job, progress))
      .catch((error: unknown) => died('start', progress, 0, error))
      .then((outcome) => {
        // A thread that was ended may still write for a moment.
        if (outcome.type === 'done') spare.push(progress);
        running--;
        startNext();
        // First the one who asked, who may want to run it again; then the one who waits for the end.
        entry.settle(outcome);
        if (running === 0) idle?.();
      });
  }
  function startNext(): void {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const refusal = next.job.refusal?.() ?? null;
      if (refusal === null) {
        start(next);
        return;
      }
      next.refuse(refusal);
    }
  }
  return {
    run(job, place = 'if-room') {
      return new Promise((settle, refuse) => {
        const entry = { job, settle, refuse };
        const refusal = job.refusal?.() ?? null;
        if (isClosed) refuse(new GatewayError('GW_TRANSLATE_BUSY'));
        else if (refusal !== null) refuse(refusal);
        else if (running < options.threads) start(entry);
        else if (place === 'next') queue.unshift(entry);
        else if (place === 'last' || queue.length < options.maxQueue) queue.push(entry);
        else refuse(new GatewayError('GW_TRANSLATE_BUSY', {}, { retryAfterMs: 1_000 }));
      });
    },
    async close() {
      // What streams put together in this turn of the event loop comes in at its end.
      await new Promise((resolve) => setImmediate(resolve));
      while (running > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      isClosed = true;
      await opening?.then(
        (pool) => pool.destroy(),
        () => undefined,
      );
    },
  };
}

/** Runs a job on the first thread that lives long enough to take it up. */
async function runTaken(pool: TaskPool, job: Job, progress: Float64Array): Promise<Outcome> {
  const begun = monotonicMs();
  for (let starts = 1; ; starts++) {
    const outcome = await runOnce(pool, job, progress);
    const isKilled = outcome.type === 'died' && outcome.death.cause === 'killed';
    const isUntouched = progress[progressSince] === 0 || progress[progressLoading] !== 0;
    const isLast = starts === maxStarts || monotonicMs() - begun > startsForMs;
    if (!isKilled || !isUntouched || isLast) return outcome;
    progress.fill(0);
  }
}

/** Runs a job on a thread and ends that thread when one of the job's calls takes too long, or too much memory. */
async function runOnce(pool: TaskPool, job: Job, progress: Float64Array): Promise<Outcome> {
  const { call, transfer } = job.make();
  const controller = new AbortController();
  const task: WorkerTask = Object.assign(call, { progress });
  const begun = monotonicMs();
  let overdue = 0;
  let isFull = false;
  let isAsking = false;
  let timer = setTimeout(watch, Math.min(lookMs, job.leastMs()));
  function watch(): void {
    const since = progress[progressSince] ?? 0;
    const limitMs = limitOf(job, progress);
    const leftMs = limitMs - (monotonicMs() - (since || begun));
    if (leftMs > 0) {
      // No later than that: the next thing it does, taking up the job or the next call of it, may have less time.
      timer = setTimeout(watch, Math.ceil(Math.min(leftMs, job.leastMs(), lookMs)));
      if (!isAsking) void weigh();
      return;
    }
    overdue = limitMs;
    controller.abort();
  }
  async function weigh(): Promise<void> {
    const thread = progress[progressThread] ?? 0;
    if (thread === 0) return;
    isAsking = true;
    isFull = await pool.isFull(thread);
    isAsking = false;
    if (isFull) controller.abort();
  }
  try {
    return {
      type: 'done',
      result: await pool.run(task, { transferList: transfer, signal: controller.signal }),
    };
  } catch (error) {
    if (isFull) return died('memory', progress, 0, error);
    if (overdue === 0) return died(causeOf(progress, error), progress, 0, error);
    const isOwn = progress[progressSince] === 0 || progress[progressLoading] === loadingOwn;
    return died(isOwn ? 'start' : 'timeout', progress, overdue, error);
  } finally {
    clearTimeout(timer);
  }
}

function limitOf(job: Job, progress: Float64Array): number {
  if (progress[progressSince] === 0) return startLimitMs;
  if (progress[progressLoading] === loadingOwn) return ownLimitMs;
  const limitMs = job.limitMs(progress[progressItem] ?? 0, progress[progressCall] ?? 0);
  return progress[progressLoading] === loadingPlugin
    ? Math.min(mostLoadMs, Math.max(leastLoadMs, loadFactor * limitMs))
    : limitMs;
}

/** A thread that is ended from outside has no time to note its own end, and dies of no error of its own. */
function causeOf(progress: Float64Array, error: unknown): Death['cause'] {
  const isSilent = String((error as Error).message).startsWith('worker exited with code');
  return isSilent && progress[progressExited] === 0 ? 'killed' : 'exit';
}

function died(cause: Death['cause'], progress: Float64Array, limitMs: number, error: unknown): Outcome {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return {
    type: 'died',
    death: {
      cause: code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : cause,
      item: progress[progressItem] ?? 0,
      call: progress[progressCall] ?? 0,
      loading: progress[progressLoading] === loadingPlugin,
      limitMs,
      reason: String(message),
    },
  };
}
