import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Test } from 'tap';
import { spawnCommand, waitFor } from '../core/cli/command.ts';
import type { ChatTarget } from '../helpers/chat.ts';

export interface Serving extends ChatTarget {
  child: ChildProcess;
  /** Exit code and signal. */
  exited: Promise<[number | null, string | null]>;
  /** Sends a signal and waits until the log says that it was seen. */
  signal(name: NodeJS.Signals): Promise<void>;
}

const key = 'a-key-made-for-these-tests';

/** The real command, serving what `cwd` holds. */
export async function startServing(t: Test, cwd: string): Promise<Serving> {
  const child = spawnCommand(['start', '--port', '0'], { cwd, env: { DRAGOMAN_KEY: key } });
  t.teardown(() => child.kill('SIGKILL'));
  return asServing(child);
}

/** A child that runs `dragoman start`, once it listens. */
export async function asServing(child: ChildProcess): Promise<Serving> {
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const banner = await waitFor(child, 'stdout', /^curl .*\n/m);
  return {
    child,
    url: /listens at (\S+)/.exec(banner)?.[1] ?? '',
    key,
    exited,
    async signal(name) {
      const seen = waitFor(child, 'stderr', /stopping/);
      child.kill(name);
      await seen;
    },
  };
}
