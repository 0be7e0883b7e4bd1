import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LogLevel } from '../../core/observe/level.ts';
import type { PluginReport } from '../../core/plugins/snapshot.ts';

export interface LogLine {
  level: LogLevel;
  message: string;
  fields: Record<string, unknown>;
}
export interface ChildStart {
  cwd: string;
  env: Record<string, string>;
}
export interface ChildQuestion {
  id: number;
  ask: 'memory' | 'peak' | 'plugins' | 'handles' | 'threads' | 'turns' | 'kill-thread' | 'stop';
}
export type ChildAnswer =
  | { type: 'started'; url: string }
  | { type: 'line'; line: LogLine }
  | { type: 'answer'; id: number; value: unknown };

/** A gateway in a child process. */
export interface GatewayProcess {
  readonly url: string;
  /** The client key it accepts. */
  readonly key: string;
  /** Every line logged, oldest first, but those of exchanges that went well. */
  readonly lines: LogLine[];
  /** The first line from `from` on (default: the next one) for which `holds`; rejects when the process ends. */
  until(holds: (line: LogLine) => boolean, from?: number): Promise<LogLine>;
  /** After forced collections, in bytes. */
  memory(): Promise<NodeJS.MemoryUsage>;
  /** The most memory it ever had resident, in bytes. */
  peak(): Promise<number>;
  plugins(): Promise<PluginReport[]>;
  /** Kinds of open handles, as `process.getActiveResourcesInfo()` lists them. */
  handles(): Promise<string[]>;
  /**
   * How long its event loop was at work without a pause, in milliseconds of CPU, in 99 % of all looks since it was last
   * asked for; the first time it begins to look.
   */
  turns(): Promise<number>;
  /** Worker threads that run now. */
  threads(): Promise<number>;
  /** Ends one worker thread, whatever it is doing, the next one in turn; false when there is none. */
  killThread(): Promise<boolean>;
  /** True while the process runs. */
  isAlive(): boolean;
  /** Drains and ends it. */
  stop(): Promise<void>;
  kill(): void;
}

const childFile = join(import.meta.dirname, 'gateway-child.ts');
const key = 'a-key-made-for-these-tests';

/** Starts a gateway over `cwd` and its `gateway.yaml`. No setting of the machine finds its way into it. */
export async function startGatewayProcess(cwd: string): Promise<GatewayProcess> {
  const start: ChildStart = { cwd, env: { DRAGOMAN_KEY: key } };
  const child = fork(childFile, [JSON.stringify(start)], {
    cwd,
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '' },
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const lines: LogLine[] = [];
  const answers = new Map<number, (value: unknown) => void>();
  const watchers = new Set<(line: LogLine) => void>();
  const started = Promise.withResolvers<string>();
  let lastId = 0;
  child.on('message', (message: ChildAnswer) => {
    switch (message.type) {
      case 'started':
        return started.resolve(message.url);
      case 'line':
        lines.push(message.line);
        for (const watcher of watchers) watcher(message.line);
        return;
      case 'answer':
        answers.get(message.id)?.(message.value);
        answers.delete(message.id);
    }
  });
  const ended: Promise<never> = exited.then(([code, signal]) => {
    throw new Error(`the gateway ended: ${code ?? signal}`);
  });
  ended.catch(() => undefined);

  function ask<Value>(what: ChildQuestion['ask']): Promise<Value> {
    lastId++;
    const id = lastId;
    const answer = new Promise<Value>((resolve) => {
      answers.set(id, (value) => resolve(value as Value));
    });
    child.send({ id, ask: what } satisfies ChildQuestion);
    return Promise.race([answer, ended]);
  }

  const url = await Promise.race([started.promise, ended]);
  return {
    url,
    key,
    lines,
    until(holds, from = lines.length) {
      const there = lines.slice(from).find(holds);
      if (there !== undefined) return Promise.resolve(there);
      const coming = new Promise<LogLine>((resolve) => {
        const watcher = (line: LogLine): void => {
          if (!holds(line)) return;
          watchers.delete(watcher);
          resolve(line);
        };
        watchers.add(watcher);
      });
      return Promise.race([coming, ended]);
    },
    memory: () => ask('memory'),
    peak: () => ask('peak'),
    plugins: () => ask('plugins'),
    handles: () => ask('handles'),
    threads: () => ask('threads'),
    turns: () => ask('turns'),
    killThread: () => ask('kill-thread'),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async stop() {
      await ask('stop');
      await exited;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
