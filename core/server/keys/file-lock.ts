import { rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { GatewayError } from '../../errors/gateway-error.ts';

/** A change takes milliseconds: an older lock was left by a process that died. */
const staleAfterMs = 10_000;
const waitAtMostMs = 5_000;
const waitStepMs = 20;

/** Runs `work` while no other process does, so that two `dragoman keys add` at once keep both keys. */
export function withFileLock<Result>(lockFile: string, work: () => Result): Result {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waitedMs = 0; !tryLock(lockFile); waitedMs += waitStepMs) {
    if (waitedMs >= waitAtMostMs) {
      const reason = `another process holds ${lockFile}; delete it if there is none`;
      throw new GatewayError('GW_CONFIG_INVALID', { file: lockFile, reason });
    }
    Atomics.wait(pause, 0, 0, waitStepMs);
  }
  try {
    return work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function tryLock(lockFile: string): boolean {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      // On a full disk it was made, and stays empty.
      rmSync(lockFile, { force: true });
      throw error;
    }
  }
  const found = statSync(lockFile, { throwIfNoEntry: false });
  // One that is gone by now may already be that of the next.
  if (found !== undefined && Date.now() - found.mtimeMs > staleAfterMs) {
    try {
      unlinkSync(lockFile);
    } catch {
      // Another process cleared it first: the next try finds out who holds it.
    }
  }
  return false;
}
