import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { createGateway } from '../../core/gateway.ts';
import type { LogLevel } from '../../core/observe/level.ts';
import type { Log } from '../../core/observe/log.ts';
import { lendCopies } from './bundled-copies.ts';
import type { ChildAnswer, ChildQuestion, ChildStart } from './gateway-process.ts';

/**
 * A gateway in a process of its own, so that its memory is only its own. What the command line cannot be asked comes
 * over the channel to the parent. Needs `--expose-gc`.
 */
function send(message: ChildAnswer): void {
  process.send?.(message);
}

function log(level: LogLevel, message: string, fields: object = {}): void {
  // One line for each exchange would be most of the traffic under load; only what went wrong is of interest.
  if (level === 'info' && message === 'exchange') return;
  send({ type: 'line', line: { level, message, fields: JSON.parse(JSON.stringify(fields)) } });
}

const channelLog: Log = {
  debugEnabled: true,
  error: (message, fields) => log('error', message, fields),
  warn: (message, fields) => log('warn', message, fields),
  info: (message, fields) => log('info', message, fields),
  debug: (message, fields) => log('debug', message, fields),
  log,
  flush() {},
  async close() {},
};

/** Three rounds: what finalizers let go of is collected by the next. The last resort also gives free pages back. */
async function measure(): Promise<NodeJS.MemoryUsage> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    await turn();
  }
  return process.memoryUsage();
}

const lookMs = 10;
/** Milliseconds of this thread's own CPU time between two looks, which a machine that is busy with others does not move. */
let turns: number[] = [];
let lastCpu = process.threadCpuUsage();
let isLooking = false;
function look(): void {
  const { user, system } = process.threadCpuUsage(lastCpu);
  lastCpu = process.threadCpuUsage();
  turns.push((user + system) / 1_000);
}

/** Since it was last asked, which begins with the first time. */
function takeTurns(): number {
  const [longest = 0] = turns.toSorted((left, right) => right - left).slice(Math.floor(turns.length / 100));
  if (!isLooking) setInterval(look, lookMs).unref();
  isLooking = true;
  lastCpu = process.threadCpuUsage();
  turns = [];
  return longest;
}

/** In the order they were started. */
const threads = new Set<Worker>();
process.on('worker', (thread: Worker) => {
  threads.add(thread);
  thread.once('exit', () => threads.delete(thread));
});
let kills = 0;

/** One in turn: mostly one that is at work, now and then one that is just starting. */
function killThread(): boolean {
  const thread = [...threads][kills++ % Math.max(1, threads.size)];
  if (thread === undefined) return false;
  threads.delete(thread);
  void thread.terminate();
  return true;
}

const start = JSON.parse(process.argv[2] ?? '{}') as ChildStart;
const gateway = await createGateway({ cwd: start.cwd, port: 0, env: start.env, log: channelLog });

process.on('message', async (question: ChildQuestion) => {
  const { id, ask } = question;
  switch (ask) {
    case 'memory':
      return send({ type: 'answer', id, value: await measure() });
    case 'peak':
      return send({ type: 'answer', id, value: process.resourceUsage().maxRSS * 1024 });
    case 'plugins':
      return send({ type: 'answer', id, value: gateway.plugins() });
    case 'handles':
      return send({ type: 'answer', id, value: process.getActiveResourcesInfo() });
    case 'turns':
      return send({ type: 'answer', id, value: takeTurns() });
    case 'threads':
      return send({ type: 'answer', id, value: threads.size });
    case 'kill-thread':
      return send({ type: 'answer', id, value: killThread() });
    case 'stop':
      await gateway.stop();
      send({ type: 'answer', id, value: null });
      process.disconnect?.();
  }
});
// A parent that died must not leave a gateway behind.
process.on('disconnect', () => process.exit());

lendCopies(join(start.cwd, '.dragoman'));
const { url } = await gateway.start();
send({ type: 'started', url });
