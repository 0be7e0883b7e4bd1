import { threadId } from 'node:worker_threads';
import {
  loadingOwn,
  loadingPlugin,
  monotonicMs,
  notLoading,
  progressCall,
  progressExited,
  progressItem,
  progressLoading,
  progressSince,
  progressSlots,
  progressThread,
} from './pool-messages.ts';

/** What the host reads of this thread while it is at work; each task brings its own. */
let progress: Float64Array = new Float64Array(progressSlots);

// Runs when code of this thread ends it, and not when it is ended from outside: that is nobody's fault here.
process.on('exit', () => {
  progress[progressExited] = 1;
});

export function takeUp(taken: Float64Array): void {
  progress = taken;
  progress[progressThread] = threadId;
  startTime();
}

/** Which part of a batch it is at, or which fixture. */
export function noteItem(item: number): void {
  progress[progressItem] = item;
}

/** Which step of the plan what follows is for. */
export function noteCall(call: number): void {
  progress[progressCall] = call;
}

/** What follows has the time of one call. */
export function startTime(): void {
  progress[progressSince] = monotonicMs();
}

/** Code and instances are made ready in a time of their own, which is not that of the call that needs them. */
export function asLoading<Made>(work: () => Promise<Made>): Promise<Made> {
  return apart(loadingPlugin, work);
}

/** What the gateway itself has to get ready is in no plugin's time at all. */
export function asOwn<Made>(work: () => Promise<Made>): Promise<Made> {
  return apart(loadingOwn, work);
}

async function apart<Made>(kind: Loading, work: () => Promise<Made>): Promise<Made> {
  setLoading(kind);
  try {
    return await work();
  } finally {
    setLoading(notLoading);
  }
}

type Loading = typeof notLoading | typeof loadingPlugin | typeof loadingOwn;

/** What follows is of this kind; its time begins. */
export function setLoading(kind: Loading): void {
  progress[progressLoading] = kind;
  startTime();
}
